namespace Canon.Algebra.Equality

open System
open Canon.Algebra
open Canon.Algebra.Training

/// Rows of a layer of a network, by the name of its weight.
[<NoEquality; NoComparison>]
type internal Target = { Weight: string; Rows: int[] }

/// Inputs that drive units where few inputs do: up the slope of what the units are before their activation.
[<RequireQualifiedAccess>]
module internal Ascent =

    let private steps = 64

    /// From one step to the next: together they lead from the size of usual inputs to some hundred times as far.
    let private growth = 1.1

    let private holds weight network =
        network
        |> Traversal.collect (fun term ->
            match term with
            | Linear(a, _, _) when a.Weight.Name = weight -> [ () ]
            | _ -> [])
        |> List.isEmpty
        |> not

    /// The network up to a layer, which yields its output.
    let rec private upTo weight network =
        match network with
        | Compose parts ->
            let before = List.takeWhile (holds weight >> not) parts
            Network.compose (before @ [ upTo weight parts[before.Length] ])
        | Linear _ -> network
        | _ -> Traversal.children network |> List.find (holds weight) |> upTo weight

    /// The network with a slope wherever a unit is off.
    let private sloping network =
        network
        |> Traversal.map (fun term ->
            match term with
            | Activation(Relu, label)
            | Clip(_, _, _, label) -> Activation(LeakyRelu 0.1, label)
            | _ -> term)

    /// Each sample moved by a step of so many times the root of its size.
    let private moved length (signal: Signal) (slope: float[]) =
        let size = signal.Data.Length / signal.Samples
        let data = Array.copy signal.Data

        for sample in 0 .. signal.Samples - 1 do
            let mutable squares = 0.0

            for k in sample * size .. (sample + 1) * size - 1 do
                squares <- squares + slope[k] * slope[k]

            if squares > 0.0 && Double.IsFinite squares then
                let by = length * Math.Sqrt(float size / squares)

                for k in sample * size .. (sample + 1) * size - 1 do
                    data[k] <- data[k] + by * slope[k]

        { signal with Data = data }

    /// The inputs along the way.
    let private along target (wires: Map<string, Signal>) input network =
        let prefix = upTo target.Weight network |> sloping
        let numbers = Numbers()

        /// Up for every other sample, down for the rest.
        let pull (outputs: Signal list) =
            let output = List.exactlyOne outputs
            let slopes = Array.zeroCreate<float> output.Data.Length
            let perSample = output.Data.Length / output.Samples

            for sample in 0 .. output.Samples - 1 do
                let row = target.Rows[sample / 2 % target.Rows.Length]

                for position in 0 .. output.Positions - 1 do
                    slopes[sample * perSample + position * output.Channels + row] <-
                        if sample % 2 = 0 then 1.0 else -1.0

            [ slopes ]

        let next (length, wires, input) =
            let struct (outputs, back) = Gradient.pullback numbers ignore wires input prefix
            let struct (slope, ofWires) = back (pull outputs)

            growth * length,
            Map.map (fun name wire -> moved length wire (Map.find name ofWires)) wires,
            moved length input slope

        (0.05, wires, input)
        |> Seq.unfold (fun state ->
            let (_, wires, input) as after = next state
            Some(struct (wires, input), after))
        |> Seq.truncate steps
        |> Seq.indexed
        |> Seq.filter (fun (k, _) -> k % 8 = 7)
        |> Seq.map snd

    /// The inputs along the way; each sample drives one of the units, every other one down. None where the network has no such layer.
    let inputs target wires input network =
        if holds target.Weight network then
            along target wires input network
        else
            Seq.empty
