namespace Canon.Algebra.Training

open System
open Canon.Algebra

/// Linear layers and batch norms.
[<RequireQualifiedAccess>]
module internal LinearSteps =

    // Samples times positions up to which a weight costs more to pack than to multiply: it is read a stored row at a time, on the way back
    // once more.
    let private few = 32

    /// A dense layer, its weight by rows.
    let private dense precision (x: Signal) rows weight =
        let count = x.Data.Length / x.Channels
        let output = Array.zeroCreate<float> (count * rows)
        MatrixProduct.withRows Step.work precision count x.Channels rows x.Data weight output rows 0
        output

    /// What a dense layer hands back to its input, and, where it is asked for, to its weight.
    let private denseBack precision (x: Signal) rows (weight: float[]) (dy: float[]) =
        let columns = x.Channels
        let count = x.Data.Length / columns
        use byRows = MatrixProduct.ofRows Step.work precision rows columns weight
        let dx = Array.zeroCreate<float> x.Data.Length
        MatrixProduct.dense Step.work count rows 0 dy byRows dx columns 0 false

        let ofWeight () =
            let across = Array.zeroCreate<float> dy.Length

            for n in 0 .. count - 1 do
                for i in 0 .. rows - 1 do
                    across[i * count + n] <- dy[n * rows + i]

            use bySamples = MatrixProduct.ofRows Step.work precision count columns x.Data
            let dw = Array.zeroCreate<float> weight.Length
            MatrixProduct.dense Step.work rows count 0 across bySamples dw columns 0 false
            dw

        dx, ofWeight

    /// The weight as its columns see it: rows and columns change places.
    let private turned (layer: Convolution.Layer) =
        let rows, columns, taps = layer.GroupRows, layer.GroupColumns, layer.Taps
        let weight = Array.zeroCreate<float> layer.Weight.Length

        for group in 0 .. layer.Groups - 1 do
            for i in 0 .. rows - 1 do
                for j in 0 .. columns - 1 do
                    for t in 0 .. taps - 1 do
                        weight[((group * columns + j) * rows + i) * taps + t] <-
                            layer.Weight[((group * rows + i) * columns + j) * taps + t]

        weight

    /// A layer of any kernel and grouping without its bias: the space behind it, its output, and what it hands back to its input and,
    /// where it is asked for, to its weight. `weight`: its numbers by rows, which are asked for each time that they are needed.
    let windowed precision at (matrix: StoredMatrix) kernel (weight: unit -> float[]) (x: Signal) =
        let rows, columns = matrix.Entries.Rows, x.Channels

        let groups, taps =
            matrix.Entries.Rows / matrix.Entries.BlockRows, matrix.Entries.Taps

        let layer () : Convolution.Layer =
            { Samples = x.Samples
              Positions = x.Positions
              Columns = columns
              Rows = rows
              Groups = groups
              Taps = taps
              Weight = weight ()
              Precision = precision }

        let behind (space: int list) =
            let layer = layer ()

            { layer with
                Positions = List.fold (*) 1 space
                Columns = rows
                Rows = columns
                Weight = turned layer }

        let correlate sight positions rows columns a b =
            Convolution.correlate Step.work precision x.Samples sight positions groups taps rows columns a b

        match kernel with
        | _ when Kernel.isPointwise kernel ->
            let sight = Sight.point x.Positions

            struct (x.Space,
                    Convolution.direct Step.work (layer ()) sight x.Data,
                    fun dy ->
                        Convolution.direct Step.work (behind x.Space) sight dy,
                        fun () -> correlate sight x.Positions rows columns dy x.Data)
        | Direct window ->
            let axes = Window.axes false x.Space window |> Meeting.fitted at
            let sight = Sight.ofWindow axes
            let space = axes |> List.map (fun (axis: SlidingAxis) -> axis.Output)

            struct (space,
                    Convolution.direct Step.work (layer ()) sight x.Data,
                    fun dy ->
                        Convolution.transposed Step.work (behind space) (Sight.below axes) dy,
                        fun () -> correlate sight x.Positions rows columns dy x.Data)
        | Transposed(window, outputPadding) ->
            let axes = Window.transposedAxes outputPadding x.Space window |> Meeting.fitted at
            let space = axes |> List.map (fun (axis: SlidingAxis) -> axis.Size)
            let seen = Sight.ofWindow axes

            struct (space,
                    Convolution.transposed Step.work (layer ()) (Sight.below axes) x.Data,
                    fun dy ->
                        let back = behind space

                        Convolution.direct Step.work back seen dy,
                        fun () ->
                            let dw = correlate seen back.Positions columns rows x.Data dy
                            // By columns: as the weight of the way back.
                            turned { back with Weight = dw })

    let linear (tape: Tape) (a: Affine) kernel (input: Node) =
        let at = $"linear({a.Weight.Name})"
        let matrix = tape.Numbers.Weight a
        let x = input.Signal
        Meeting.channels at matrix.Entries.Columns x
        Meeting.axes at kernel x
        let rows = matrix.Entries.Rows
        let read () = matrix.ReadRows None
        // Held for the way back where the derivatives by the weight need it too; read anew otherwise.
        let held = lazy (read ())

        let weight = if tape.ReachesWeights then (fun () -> held.Value) else read

        let struct (space, data, back) =
            if not (Kernel.isPointwise kernel && a.Weight.Grouping = Groups 1) then
                windowed tape.Precision at matrix kernel weight x
            elif tape.ReachesWeights || x.Samples * x.Positions > few then
                struct (x.Space,
                        dense tape.Precision x rows (weight ()),
                        (fun dy -> denseBack tape.Precision x rows (weight ()) dy))
            else
                let count = x.Samples * x.Positions
                let along, across = RowProducts.along matrix count, RowProducts.across matrix count
                let there, back = if matrix.Entries.ByColumns then across, along else along, across
                struct (x.Space, there x.Data, (fun dy -> back dy, (fun () -> [||])))

        match a.Bias with
        | Some _ -> Entries.addTo Step.work data (tape.Numbers.Bias a).Value
        | None -> ()

        let y =
            { x with
                Channels = rows
                Space = space
                Data = data }

        tape.Record y (fun dy ->
            let dx, ofWeight = back dy
            input.Add dx

            if tape.ReachesWeights then
                tape.Adjoints.Weight(a, held.Value, ofWeight ())

            match a.Bias with
            | Some bias when tape.ReachesWeights ->
                let db = Step.perChannel rows dy

                if bias.Gain.IsOne then
                    tape.Adjoints.Parameter(bias.Vector, db)
                else
                    let gains =
                        tape.Numbers.Entries(at, Some rows, bias.Gain) |> Array.map Magnitude.toFloat

                    tape.Adjoints.Parameter(bias.Vector, Step.times db gains)
                    tape.Adjoints.Gain(at, Some rows, bias.Gain, Step.times db (tape.Numbers.Vector bias.Vector))
            | _ -> ())

    /// γ ⊙ (x − mean) ⊘ √(variance + ε) + β by the statistics of the batch.
    let batchNorm (tape: Tape) gamma beta (mean: Parameter) (variance: Parameter) epsilon (input: Node) =
        let x = input.Signal
        let channels = x.Channels
        let gammas, betas = tape.Numbers.Vector gamma, tape.Numbers.Vector beta
        Meeting.channels $"batch_norm({gamma.Name})" gammas.Length x
        let count = float (x.Data.Length / channels)
        let means = Step.perChannel channels x.Data |> Array.map (fun sum -> sum / count)
        let centred = Step.mapChannels channels (fun c v -> v - means[c]) x.Data
        let squares = Step.perChannel channels (Step.times centred centred)

        let deviations =
            squares |> Array.map (fun square -> sqrt (square / count + epsilon))

        let normal = Step.mapChannels channels (fun c v -> v / deviations[c]) centred

        tape.Statistics.Add
            { MeanName = mean.Name
              VarianceName = variance.Name
              Mean = means
              Variance = squares |> Array.map (fun square -> square / max 1.0 (count - 1.0)) }

        let y =
            { x with
                Data = Step.mapChannels channels (fun c v -> gammas[c] * v + betas[c]) normal }

        tape.Record y (fun dy ->
            let byGamma = Step.perChannel channels (Step.times dy normal)
            let byBeta = Step.perChannel channels dy
            tape.Adjoints.Parameter(gamma, byGamma)
            tape.Adjoints.Parameter(beta, byBeta)
            let dx = Array.zeroCreate<float> dy.Length

            for k in 0 .. dy.Length - 1 do
                let c = k % channels

                dx[k] <-
                    gammas[c] / deviations[c]
                    * (dy[k] - byBeta[c] / count - normal[k] * byGamma[c] / count)

            input.Add dx)
