namespace Canon.Algebra.Training

open System
open Canon.Algebra

/// What works on space, on places and on statistics of a sample.
[<RequireQualifiedAccess>]
module internal SpatialSteps =

    /// What pools that are no sums hand back, number by number: `share` of what was seen, its place in the order of taps, and the
    /// output.
    let private pooled (x: Signal) (y: Signal) (sight: Sight) (dy: float[]) share =
        let dx = Array.zeroCreate<float> x.Data.Length
        // The places of one position of the output after the other.
        let together = max 1 (min sight.Outputs ((1 <<< 16) / sight.Taps))
        let places = Array.zeroCreate<int> (together * sight.Taps)
        let items = x.Samples * sight.Outputs

        for item in 0 .. items - 1 do
            if item % together = 0 then
                let count = min together (items - item)
                sight.Locate(item, count, x.Positions * x.Channels, 0, x.Channels, Span places)

            let seen = item % together * sight.Taps

            for c in 0 .. x.Channels - 1 do
                let out = item * x.Channels + c
                let mutable taken = false

                for place in places.AsSpan(seen, sight.Taps) do
                    if place >= 0 then
                        let k = place + c
                        let struct (factor, takes) = share taken x.Data[k] y.Data[out]
                        taken <- taken || takes
                        dx[k] <- dx[k] + factor * dy[out]

        dx

    let spatial (tape: Tape) operation (input: Node) =
        let x = input.Signal
        let space = Meeting.spaceBehind operation x

        match Spatial.axisMaps x.Space operation |> Meeting.fitted "spatial", operation with
        | Some maps, _ ->
            let y =
                { x with
                    Space = space
                    Data = SpatialKernels.mapAxes Step.work x.Samples x.Space x.Channels maps x.Data }

            tape.Record y (fun dy ->
                let sizes = maps |> List.map Array.length

                SpatialKernels.mapAxes Step.work x.Samples sizes x.Channels (List.map2 Step.turnedMap x.Space maps) dy
                |> Array.copy
                |> input.Add)
        | None, Spatial.Pool(pooling, region) ->
            let sight = Meeting.sight region x

            let y =
                { x with
                    Space = space
                    Data = SpatialKernels.pool Step.work x.Samples x.Positions x.Channels pooling sight x.Data }

            let share =
                match pooling with
                | Pooling.Maximum
                | Pooling.Minimum ->
                    fun taken seen out ->
                        let takes = not taken && seen = out
                        struct ((if takes then 1.0 else 0.0), takes)
                | Pooling.SumOfSquares -> fun _ seen _ -> struct (2.0 * seen, false)
                | Pooling.Norm p ->
                    fun _ seen out ->
                        struct ((if out = 0.0 then 0.0 else float (sign seen) * (abs seen / out) ** float (p - 1)),
                                false)
                | Pooling.Mean _
                | Pooling.Total -> Fail.because (ShapeMismatch("spatial", "a mean without maps"))

            tape.Record y (fun dy -> input.Add(pooled x y sight dy share))
        | None, _ -> input

    let rearrange (tape: Tape) rearrangement (input: Node) =
        let x = input.Signal

        let struct (channels, space, places) = Meeting.places rearrangement x
        let perSample = x.Positions * x.Channels

        let y =
            { x with
                Channels = channels
                Space = space
                Data = Entries.take Step.work x.Samples places x.Data }

        tape.Record y (fun dy ->
            let dx = Array.zeroCreate<float> x.Data.Length

            for sample in 0 .. x.Samples - 1 do
                for k in 0 .. places.Length - 1 do
                    let place = sample * perSample + places[k]
                    dx[place] <- dx[place] + dy[sample * places.Length + k]

            input.Add dx)

    let normalize (tape: Tape) normalization epsilon (tolerance: Gain) (input: Node) =
        let x = input.Signal
        let t = (Step.factors tape (Normalization.name normalization) tolerance x)[0]

        let struct (keys, isRms, key) = Meeting.means normalization x

        let y =
            { x with
                Data = Entries.normalize Step.work x.Samples x.Channels isRms (epsilon * t * t) keys key x.Data }

        tape.Record y (fun dy ->
            let dx = Array.zeroCreate<float> dy.Length
            let perSample = x.Positions * x.Channels
            let count = float (perSample / keys)
            let mutable dt = 0.0

            for sample in 0 .. x.Samples - 1 do
                let sum f =
                    let sums = Array.zeroCreate<float> keys

                    for k in 0 .. perSample - 1 do
                        let own = key (k / x.Channels) (k % x.Channels)
                        sums[own] <- sums[own] + f (sample * perSample + k)

                    sums

                let means =
                    if isRms then
                        Array.zeroCreate keys
                    else
                        sum (fun k -> x.Data[k]) |> Array.map (fun s -> s / count)

                let squares = Array.zeroCreate<float> keys

                for k in 0 .. perSample - 1 do
                    let own = key (k / x.Channels) (k % x.Channels)
                    let d = x.Data[sample * perSample + k] - means[own]
                    squares[own] <- squares[own] + d * d

                let deviations = squares |> Array.map (fun s -> sqrt (s / count + epsilon * t * t))

                let direct = sum (fun k -> dy[k])
                let along = sum (fun k -> dy[k] * y.Data[k])

                for k in 0 .. perSample - 1 do
                    let own = key (k / x.Channels) (k % x.Channels)
                    let at = sample * perSample + k
                    let centred = if isRms then dy[at] else dy[at] - direct[own] / count

                    if deviations[own] > 0.0 then
                        dx[at] <- (centred - y.Data[at] * along[own] / count) / deviations[own]

                for own in 0 .. keys - 1 do
                    if deviations[own] > 0.0 then
                        dt <- dt - along[own] * epsilon * t / (deviations[own] * deviations[own])

            input.Add dx

            if not tolerance.IsOne then
                // All entries are one number: the first answers for all.
                let first = Array.zeroCreate<float> x.Channels
                first[0] <- dt
                tape.Adjoints.Gain(Normalization.name normalization, Some x.Channels, tolerance, first))
