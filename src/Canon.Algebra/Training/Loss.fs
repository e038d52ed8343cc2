namespace Canon.Algebra.Training

open System
open Canon.Algebra

[<RequireQualifiedAccess; NoEquality; NoComparison>]
type Targets =
    | Classes of classes: int[]
    | Values of values: float[]

[<RequireQualifiedAccess>]
type Loss =
    | CrossEntropy
    | BinaryCrossEntropy
    | Squared

[<RequireQualifiedAccess>]
module Loss =

    let take samples (chosen: int[]) targets =
        match targets with
        | Targets.Classes classes -> Targets.Classes(chosen |> Array.map (fun i -> classes[i]))
        | Targets.Values values ->
            let width = values.Length / samples

            chosen
            |> Array.collect (fun i -> Array.sub values (i * width) width)
            |> Targets.Values

    let private mismatch reason =
        Fail.because (ShapeMismatch("the loss", reason))

    let private crossEntropy (classes: int[]) (output: Signal) =
        if output.Data.Length <> classes.Length * output.Channels then
            mismatch $"{classes.Length} classes are given for {output.Data.Length / output.Channels} outputs"

        let derivative = Array.zeroCreate<float> output.Data.Length
        let count = float classes.Length
        let mutable total = 0.0

        for n in 0 .. classes.Length - 1 do
            let first = n * output.Channels

            if classes[n] < 0 || classes[n] >= output.Channels then
                mismatch $"class {classes[n]} is none of the {output.Channels} of the output"

            let largest = Array.max output.Data[first .. first + output.Channels - 1]
            let mutable sum = 0.0

            for c in first .. first + output.Channels - 1 do
                derivative[c] <- Math.Exp(output.Data[c] - largest)
                sum <- sum + derivative[c]

            for c in first .. first + output.Channels - 1 do
                derivative[c] <- derivative[c] / sum / count

            let own = first + classes[n]
            total <- total + Math.Log sum + largest - output.Data[own]
            derivative[own] <- derivative[own] - 1.0 / count

        struct (total / count, derivative)

    let private numbers (targets: float[]) (output: Signal) (loss: float -> float -> struct (float * float)) =
        if targets.Length <> output.Data.Length then
            mismatch $"{targets.Length} numbers are given for {output.Data.Length} of the output"

        let count = float targets.Length
        let derivative = Array.zeroCreate<float> targets.Length
        let mutable total = 0.0

        for k in 0 .. targets.Length - 1 do
            let struct (own, slope) = loss output.Data[k] targets[k]
            total <- total + own
            derivative[k] <- slope / count

        struct (total / count, derivative)

    let private compute loss targets output =
        match loss, targets with
        | Loss.CrossEntropy, Targets.Classes classes -> crossEntropy classes output
        | Loss.BinaryCrossEntropy, Targets.Values values ->
            // max(y, 0) − y·t + ln(1 + e^−|y|): the same, and finite for every y.
            numbers values output (fun y t ->
                struct (max y 0.0 - y * t + Math.Log(1.0 + Math.Exp(-(abs y))), Scalar.sigmoid y - t))
        | Loss.Squared, Targets.Values values ->
            numbers values output (fun y t -> struct ((y - t) * (y - t), 2.0 * (y - t)))
        | Loss.CrossEntropy, Targets.Values _ -> mismatch "cross-entropy needs classes"
        | (Loss.BinaryCrossEntropy | Loss.Squared), Targets.Classes _ -> mismatch "it needs numbers, not classes"

    let value loss targets output =
        Fail.guard (fun () -> compute loss targets output)

    let objective loss targets : Objective =
        fun outputs ->
            match outputs with
            | [ output ] ->
                let struct (value, derivative) = compute loss targets output
                struct (value, [ derivative ])
            | several -> mismatch $"the network has {several.Length} outputs, and one is trained"
