namespace Canon.Algebra.Training

open System
open System.Numerics.Tensors
open Canon.Algebra

/// What works on every number, or on the channels of one position.
[<RequireQualifiedAccess>]
module internal EntrySteps =

    /// f of every number.
    let inline private forward ([<InlineIfLambda>] f: float -> float) (x: Signal) =
        let output = Array.zeroCreate<float> x.Data.Length

        for k in 0 .. output.Length - 1 do
            output[k] <- f x.Data[k]

        { x with Data = output }

    /// The derivatives by what f was taken of; `slope` of it and of what became of it.
    let inline private backward
        ([<InlineIfLambda>] slope: float -> float -> float)
        (x: Signal)
        (y: Signal)
        (dy: float[])
        =
        let dx = Array.zeroCreate<float> dy.Length

        for k in 0 .. dx.Length - 1 do
            dx[k] <- dy[k] * slope x.Data[k] y.Data[k]

        dx

    let activate (tape: Tape) activation (input: Node) =
        let x = input.Signal

        match activation with
        | Relu ->
            let y = forward Scalar.relu x
            tape.Record y (backward (fun x _ -> if x > 0.0 then 1.0 else 0.0) x y >> input.Add)
        | LeakyRelu slope ->
            let y = forward (Scalar.leaky slope) x
            tape.Record y (backward (fun x _ -> if x < 0.0 then slope else 1.0) x y >> input.Add)
        | PRelu parameter ->
            let slopes = tape.Numbers.Vector parameter

            if slopes.Length > 1 then
                Meeting.channels $"prelu({parameter.Name})" slopes.Length x

            let slope c =
                slopes[if slopes.Length = 1 then 0 else c]

            let y =
                { x with
                    Data = Step.mapChannels x.Channels (fun c v -> Scalar.leaky (slope c) v) x.Data }

            tape.Record y (fun dy ->
                let dx = Array.zeroCreate<float> dy.Length
                let ds = Array.zeroCreate<float> slopes.Length

                for k in 0 .. dy.Length - 1 do
                    let c = k % x.Channels

                    if x.Data[k] < 0.0 then
                        dx[k] <- dy[k] * slope c
                        let own = if slopes.Length = 1 then 0 else c
                        ds[own] <- ds[own] + dy[k] * x.Data[k]
                    else
                        dx[k] <- dy[k]

                input.Add dx
                tape.Adjoints.Parameter(parameter, ds))
        | Abs ->
            let y = forward abs x
            tape.Record y (backward (fun x _ -> float (sign x)) x y >> input.Add)
        | Negate ->
            let y = forward (~-) x
            tape.Record y (backward (fun _ _ -> -1.0) x y >> input.Add)
        | Square ->
            let y = forward Scalar.square x
            tape.Record y (backward (fun x _ -> 2.0 * x) x y >> input.Add)
        | ReluSquared ->
            let y = forward Scalar.reluSquared x
            tape.Record y (backward (fun x _ -> 2.0 * Scalar.relu x) x y >> input.Add)
        | Sigmoid ->
            let y = forward Scalar.sigmoid x
            tape.Record y (backward (fun _ y -> y * (1.0 - y)) x y >> input.Add)
        | Tanh ->
            let y = forward tanh x
            tape.Record y (backward (fun _ y -> 1.0 - y * y) x y >> input.Add)
        | Softmax ->
            let channels = x.Channels

            let y =
                { x with
                    Data = Entries.softmax Step.work channels x.Data }

            tape.Record y (fun dy ->
                let dx = Array.zeroCreate<float> dy.Length

                for n in 0 .. dy.Length / channels - 1 do
                    let first = n * channels

                    let mean =
                        TensorPrimitives.Dot(ReadOnlySpan(dy, first, channels), ReadOnlySpan(y.Data, first, channels))

                    for k in first .. first + channels - 1 do
                        dx[k] <- y.Data[k] * (dy[k] - mean)

                input.Add dx)

    let scale (tape: Tape) (g: Gain) (input: Node) =
        let x = input.Signal
        let f = Step.factors tape "scale" g x

        let y =
            { x with
                Data = Step.mapChannels x.Channels (fun c v -> f[c] * v) x.Data }

        tape.Record y (fun dy ->
            input.Add(Step.mapChannels x.Channels (fun c v -> f[c] * v) dy)
            tape.Adjoints.Gain("scale", Some x.Channels, g, Step.perChannel x.Channels (Step.times dy x.Data)))

    let clip (tape: Tape) lower upper (thresholds: Gain) (input: Node) =
        let x = input.Signal
        let t = Step.factors tape "clip" thresholds x

        let y =
            { x with
                Data = Step.mapChannels x.Channels (fun c v -> Scalar.clip lower upper t[c] v) x.Data }

        tape.Record y (fun dy ->
            let dx = Array.zeroCreate<float> dy.Length
            let dt = Array.zeroCreate<float> x.Channels

            for k in 0 .. dy.Length - 1 do
                let c = k % x.Channels

                if y.Data[k] = x.Data[k] then
                    dx[k] <- dy[k]
                else
                    dt[c] <- dt[c] + dy[k] * (if y.Data[k] > x.Data[k] then lower else upper)

            input.Add dx

            if not thresholds.IsOne then
                tape.Adjoints.Gain("clip", Some x.Channels, thresholds, dt))
