namespace Canon.Algebra.Training

open System
open System.Collections.Generic
open System.Numerics.Tensors
open System.Runtime.CompilerServices
open Canon.Algebra

type Objective = Signal list -> struct (float * float[] list)

[<NoEquality; NoComparison>]
type GradientOptions =
    { BatchStatistics: bool
      BeforeLayer: unit -> unit }

[<NoEquality; NoComparison>]
type BatchStatistics =
    { MeanName: string
      VarianceName: string
      Mean: float[]
      Variance: float[] }

[<NoEquality; NoComparison>]
type Gradient =
    { Outputs: Signal list
      Loss: float
      Parameters: Tensors
      Statistics: BatchStatistics list }

/// A value that flows, and the derivatives of the loss by it as far as its readers have said.
[<Sealed; AllowNullLiteral(false)>]
type private Node(signal: Signal) =
    let mutable adjoint: float[] | null = null

    member _.Signal = signal

    /// None where nobody reads it.
    member _.Adjoint = Option.ofObj adjoint

    /// Takes an array over that nobody else holds.
    member _.Add(increment: float[]) =
        match adjoint with
        | null -> adjoint <- increment
        | known -> TensorPrimitives.Add(ReadOnlySpan known, ReadOnlySpan increment, Span known)

[<RequireQualifiedAccess>]
module Gradient =

    let inference =
        { BatchStatistics = false
          BeforeLayer = ignore }

    let training =
        { inference with
            BatchStatistics = true }

    let private work = Work.full

    let private fitted at result =
        match result with
        | Ok value -> value
        | Error reason -> Fail.because (ShapeMismatch(at, reason))

    let private meets at expected (signal: Signal) =
        if signal.Channels <> expected then
            Fail.because (ShapeMismatch(at, $"it reads {expected} channels and {signal.Channels} arrive"))

    /// Σ over samples and positions, a channel.
    let private perChannel channels (data: float[]) =
        let sums = Array.zeroCreate<float> channels

        for n in 0 .. data.Length / channels - 1 do
            TensorPrimitives.Add(ReadOnlySpan sums, ReadOnlySpan(data, n * channels, channels), Span sums)

        sums

    let private times (a: float[]) (b: float[]) =
        let product = Array.zeroCreate<float> a.Length
        TensorPrimitives.Multiply(ReadOnlySpan a, ReadOnlySpan b, Span product)
        product

    let private mapChannels channels (f: int -> float -> float) (data: float[]) =
        let output = Array.zeroCreate<float> data.Length
        Entries.map work channels f data output
        output

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

    /// A dense layer, its weight by rows.
    let private dense (x: Signal) rows (weight: float[]) =
        let panels = MatrixProduct.Panels(x.Channels, rows)

        for i in 0 .. rows - 1 do
            panels.SetColumn(i, ReadOnlySpan(weight, i * x.Channels, x.Channels))

        let count = x.Data.Length / x.Channels
        let output = Array.zeroCreate<float> (count * rows)
        MatrixProduct.dense work count x.Channels 0 x.Data panels output rows 0 false
        output

    /// What a dense layer hands back to its input, and to its weight.
    let private denseBack (x: Signal) rows (weight: float[]) (dy: float[]) =
        let columns = x.Channels
        let count = x.Data.Length / columns
        let byRows = MatrixProduct.Panels(rows, columns)

        for i in 0 .. rows - 1 do
            byRows.SetRow(i, ReadOnlySpan(weight, i * columns, columns))

        let dx = Array.zeroCreate<float> x.Data.Length
        MatrixProduct.dense work count rows 0 dy byRows dx columns 0 false
        let across = Array.zeroCreate<float> dy.Length

        for n in 0 .. count - 1 do
            for i in 0 .. rows - 1 do
                across[i * count + n] <- dy[n * rows + i]

        let bySamples = MatrixProduct.Panels(count, columns)

        for n in 0 .. count - 1 do
            bySamples.SetRow(n, ReadOnlySpan(x.Data, n * columns, columns))

        let dw = Array.zeroCreate<float> weight.Length
        MatrixProduct.dense work rows count 0 across bySamples dw columns 0 false
        dx, dw

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

    /// The maps of an axis from its outputs to its inputs.
    let private turnedMap size (map: AxisMap) : AxisMap =
        let reached = Array.init size (fun _ -> List<struct (int * float)>())

        map
        |> Array.iteri (fun o seen ->
            for struct (i, weight) in seen do
                reached[i].Add(struct (o, weight)))

        reached |> Array.map _.ToArray()

    /// The interpretation of one evaluation: what was done last is undone first.
    [<Sealed>]
    type private Tape(numbers: Numbers, options: GradientOptions, adjoints: Adjoints) =
        let steps = Stack<unit -> unit>()
        let statistics = List<BatchStatistics>()

        /// Notes how the derivatives by an output become those by what it was made of.
        let record (output: Signal) (back: float[] -> unit) =
            let node = Node output
            steps.Push(fun () -> Option.iter back node.Adjoint)
            node

        /// A layer of any kernel and grouping: the space behind it, its output, and what it hands back to its input and its weight.
        let windowed at (matrix: StoredMatrix) kernel (weight: float[]) (x: Signal) =
            let layer: Convolution.Layer =
                { Samples = x.Samples
                  Positions = x.Positions
                  Columns = x.Channels
                  Rows = matrix.Entries.Rows
                  Groups = matrix.Entries.Rows / matrix.Entries.BlockRows
                  Taps = matrix.Entries.Taps
                  Weight = weight }

            let behind (space: int list) =
                { layer with
                    Positions = List.fold (*) 1 space
                    Columns = layer.Rows
                    Rows = layer.Columns
                    Weight = turned layer }

            let correlate sight positions rows columns a b =
                Convolution.correlate work x.Samples sight positions layer.Groups layer.Taps rows columns a b

            match kernel with
            | _ when Kernel.isPointwise kernel ->
                let sight = Sight.point x.Positions

                struct (x.Space,
                        Convolution.direct work layer sight x.Data,
                        fun dy ->
                            Convolution.direct work (behind x.Space) sight dy,
                            correlate sight x.Positions layer.Rows layer.Columns dy x.Data)
            | Direct window ->
                let axes = Window.axes false x.Space window |> fitted at
                let sight = Sight.ofWindow axes
                let space = axes |> List.map (fun (axis: SlidingAxis) -> axis.Output)

                struct (space,
                        Convolution.direct work layer sight x.Data,
                        fun dy ->
                            Convolution.transposed work (behind space) (Sight.below axes) dy,
                            correlate sight x.Positions layer.Rows layer.Columns dy x.Data)
            | Transposed(window, outputPadding) ->
                let axes = Window.transposedAxes outputPadding x.Space window |> fitted at
                let space = axes |> List.map (fun (axis: SlidingAxis) -> axis.Size)
                let seen = Sight.ofWindow axes

                struct (space,
                        Convolution.transposed work layer (Sight.below axes) x.Data,
                        fun dy ->
                            let back = behind space
                            let dw = correlate seen back.Positions layer.Columns layer.Rows x.Data dy
                            // By columns: as the weight of the way back.
                            Convolution.direct work back seen dy, turned { back with Weight = dw })

        let linear (a: Affine) kernel (input: Node) =
            let at = $"linear({a.Weight.Name})"
            let matrix = numbers.Weight a
            let x = input.Signal
            meets at matrix.Entries.Columns x
            let window = (Kernel.window kernel).Axes

            if window > 0 && window <> x.Space.Length then
                Fail.because (ShapeMismatch(at, $"a window of {window} axes meets {x.Space.Length}"))

            let weight = matrix.ReadRows None
            let rows = matrix.Entries.Rows

            let struct (space, data, back) =
                if Kernel.isPointwise kernel && a.Weight.Grouping = Groups 1 then
                    struct (x.Space, dense x rows weight, denseBack x rows weight)
                else
                    windowed at matrix kernel weight x

            match a.Bias with
            | Some _ -> Entries.addTo work data (numbers.Bias a).Value
            | None -> ()

            let y =
                { x with
                    Channels = rows
                    Space = space
                    Data = data }

            record y (fun dy ->
                let dx, dw = back dy
                input.Add dx
                adjoints.Weight(a, weight, dw)

                match a.Bias with
                | None -> ()
                | Some bias ->
                    let db = perChannel rows dy

                    if bias.Gain.IsOne then
                        adjoints.Parameter(bias.Vector, db)
                    else
                        let gains = numbers.Entries(at, Some rows, bias.Gain) |> Array.map Magnitude.toFloat
                        adjoints.Parameter(bias.Vector, times db gains)
                        adjoints.Gain(at, Some rows, bias.Gain, times db (numbers.Vector bias.Vector)))

        /// γ ⊙ (x − mean) ⊘ √(variance + ε) + β by the statistics of the batch.
        let batchNorm gamma beta (mean: Parameter) (variance: Parameter) epsilon (input: Node) =
            let x = input.Signal
            let channels = x.Channels
            let gammas, betas = numbers.Vector gamma, numbers.Vector beta
            meets $"batch_norm({gamma.Name})" gammas.Length x
            let count = float (x.Data.Length / channels)
            let means = perChannel channels x.Data |> Array.map (fun sum -> sum / count)
            let centred = mapChannels channels (fun c v -> v - means[c]) x.Data
            let squares = perChannel channels (times centred centred)

            let deviations =
                squares |> Array.map (fun square -> sqrt (square / count + epsilon))

            let normal = mapChannels channels (fun c v -> v / deviations[c]) centred

            statistics.Add
                { MeanName = mean.Name
                  VarianceName = variance.Name
                  Mean = means
                  Variance = squares |> Array.map (fun square -> square / max 1.0 (count - 1.0)) }

            let y =
                { x with
                    Data = mapChannels channels (fun c v -> gammas[c] * v + betas[c]) normal }

            record y (fun dy ->
                let byGamma = perChannel channels (times dy normal)
                let byBeta = perChannel channels dy
                adjoints.Parameter(gamma, byGamma)
                adjoints.Parameter(beta, byBeta)
                let dx = Array.zeroCreate<float> dy.Length

                for k in 0 .. dy.Length - 1 do
                    let c = k % channels

                    dx[k] <-
                        gammas[c] / deviations[c]
                        * (dy[k] - byBeta[c] / count - normal[k] * byGamma[c] / count)

                input.Add dx)

        let activate activation (input: Node) =
            let x = input.Signal

            match activation with
            | Relu ->
                let y = forward Scalar.relu x
                record y (backward (fun x _ -> if x > 0.0 then 1.0 else 0.0) x y >> input.Add)
            | LeakyRelu slope ->
                let y = forward (Scalar.leaky slope) x
                record y (backward (fun x _ -> if x < 0.0 then slope else 1.0) x y >> input.Add)
            | PRelu parameter ->
                let x = input.Signal
                let slopes = numbers.Vector parameter

                if slopes.Length > 1 then
                    meets $"prelu({parameter.Name})" slopes.Length x

                let slope c =
                    slopes[if slopes.Length = 1 then 0 else c]

                let y =
                    { x with
                        Data = mapChannels x.Channels (fun c v -> Scalar.leaky (slope c) v) x.Data }

                record y (fun dy ->
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
                    adjoints.Parameter(parameter, ds))
            | Abs ->
                let y = forward abs x
                record y (backward (fun x _ -> float (sign x)) x y >> input.Add)
            | Negate ->
                let y = forward (~-) x
                record y (backward (fun _ _ -> -1.0) x y >> input.Add)
            | Square ->
                let y = forward Scalar.square x
                record y (backward (fun x _ -> 2.0 * x) x y >> input.Add)
            | ReluSquared ->
                let y = forward Scalar.reluSquared x
                record y (backward (fun x _ -> 2.0 * Scalar.relu x) x y >> input.Add)
            | Sigmoid ->
                let y = forward Scalar.sigmoid x
                record y (backward (fun _ y -> y * (1.0 - y)) x y >> input.Add)
            | Tanh ->
                let y = forward tanh x
                record y (backward (fun _ y -> 1.0 - y * y) x y >> input.Add)
            | Softmax ->
                let channels = x.Channels

                let y =
                    { x with
                        Data = Entries.softmax work channels x.Data }

                record y (fun dy ->
                    let dx = Array.zeroCreate<float> dy.Length

                    for n in 0 .. dy.Length / channels - 1 do
                        let first = n * channels

                        let mean =
                            TensorPrimitives.Dot(
                                ReadOnlySpan(dy, first, channels),
                                ReadOnlySpan(y.Data, first, channels)
                            )

                        for k in first .. first + channels - 1 do
                            dx[k] <- y.Data[k] * (dy[k] - mean)

                    input.Add dx)

        let factors at (g: Gain) (signal: Signal) =
            let entries = numbers.Entries(at, Some signal.Channels, g)
            meets at entries.Length signal
            Array.map Magnitude.toFloat entries

        let scale (g: Gain) (input: Node) =
            let x = input.Signal
            let f = factors "scale" g x

            let y =
                { x with
                    Data = mapChannels x.Channels (fun c v -> f[c] * v) x.Data }

            record y (fun dy ->
                input.Add(mapChannels x.Channels (fun c v -> f[c] * v) dy)
                adjoints.Gain("scale", Some x.Channels, g, perChannel x.Channels (times dy x.Data)))

        let clip lower upper (thresholds: Gain) (input: Node) =
            let x = input.Signal
            let t = factors "clip" thresholds x

            let y =
                { x with
                    Data = mapChannels x.Channels (fun c v -> Scalar.clip lower upper t[c] v) x.Data }

            record y (fun dy ->
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
                    adjoints.Gain("clip", Some x.Channels, thresholds, dt))

        /// What pools that are no sums hand back, number by number: `share` of what was seen, its place in the order of taps, and the
        /// output.
        let pooled (x: Signal) (y: Signal) (sight: Sight) (dy: float[]) share =
            let dx = Array.zeroCreate<float> x.Data.Length
            let places = Array.zeroCreate<int> sight.Taps

            for item in 0 .. x.Samples * sight.Outputs - 1 do
                sight.Fill(item % sight.Outputs, Span places)

                for c in 0 .. x.Channels - 1 do
                    let out = item * x.Channels + c
                    let mutable taken = false

                    for place in places do
                        if place >= 0 then
                            let k = (item / sight.Outputs * x.Positions + place) * x.Channels + c
                            let struct (factor, takes) = share taken x.Data[k] y.Data[out]
                            taken <- taken || takes
                            dx[k] <- dx[k] + factor * dy[out]

            dx

        let spatial operation (input: Node) =
            let at = "spatial"
            let x = input.Signal

            let space =
                (Spatial.sizes (Some(List.map Some x.Space)) operation |> fitted at).Value
                |> List.map Option.get

            match Spatial.axisMaps x.Space operation |> fitted at, operation with
            | Some maps, _ ->
                let y =
                    { x with
                        Space = space
                        Data = SpatialKernels.mapAxes work x.Samples x.Space x.Channels maps x.Data }

                record y (fun dy ->
                    let sizes = maps |> List.map Array.length

                    SpatialKernels.mapAxes work x.Samples sizes x.Channels (List.map2 turnedMap x.Space maps) dy
                    |> Array.copy
                    |> input.Add)
            | None, Spatial.Pool(pooling, region) ->
                let sight =
                    match region with
                    | PoolRegion.Sliding(window, ceil) -> Window.axes ceil x.Space window |> fitted at |> Sight.ofWindow
                    | PoolRegion.Whole(axes, _) -> Sight.whole x.Space (Spatial.wholeAxes x.Space.Length axes)

                let y =
                    { x with
                        Space = space
                        Data = SpatialKernels.pool work x.Samples x.Positions x.Channels pooling sight x.Data }

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
                    | Pooling.Total -> Fail.because (ShapeMismatch(at, "a mean without maps"))

                record y (fun dy -> input.Add(pooled x y sight dy share))
            | None, _ -> input

        let rearrange rearrangement (input: Node) =
            let x = input.Signal

            let struct (channels, space) =
                Rearrangement.shape (Some x.Channels) (Some(List.map Some x.Space)) rearrangement
                |> fitted "rearrange"

            let places = Rearrangement.places x.Channels x.Space rearrangement
            let perSample = x.Positions * x.Channels

            let y =
                { x with
                    Channels = channels.Value
                    Space = List.map Option.get space.Value
                    Data = Entries.take work x.Samples places x.Data }

            record y (fun dy ->
                let dx = Array.zeroCreate<float> x.Data.Length

                for sample in 0 .. x.Samples - 1 do
                    for k in 0 .. places.Length - 1 do
                        let place = sample * perSample + places[k]
                        dx[place] <- dx[place] + dy[sample * places.Length + k]

                input.Add dx)

        let normalize normalization epsilon (tolerance: Gain) (input: Node) =
            let x = input.Signal
            let t = (factors (Normalization.name normalization) tolerance x)[0]

            let keys, isRms, (key: int -> int -> int) =
                match normalization with
                | LayerNorm -> x.Positions, false, (fun position _ -> position)
                | RmsNorm -> x.Positions, true, (fun position _ -> position)
                | InstanceNorm -> x.Channels, false, (fun _ channel -> channel)
                | GroupNorm groups when x.Channels % groups <> 0 ->
                    Fail.because (ShapeMismatch("group_norm", $"{x.Channels} channels in {groups} groups"))
                | GroupNorm groups -> groups, false, (fun _ channel -> channel / (x.Channels / groups))

            let y =
                { x with
                    Data = Entries.normalize work x.Samples x.Channels isRms (epsilon * t * t) keys key x.Data }

            record y (fun dy ->
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
                    adjoints.Gain(Normalization.name normalization, Some x.Channels, tolerance, first))

        /// The maps from a space to one in which some of its axes of one position are longer.
        let spreading at (own: int list) (space: int list) =
            if own.Length <> space.Length then
                Fail.because (ShapeMismatch(at, $"spaces of {own.Length} and {space.Length} axes meet"))

            List.map2
                (fun own size ->
                    if own <> size && own <> 1 then
                        Fail.because (ShapeMismatch(at, $"{own} and {size} positions meet"))

                    Array.init size (fun o -> [| struct ((if own = 1 then 0 else o), 1.0) |])
                    : AxisMap)
                own
                space

        let spread at space (input: Node) =
            let x = input.Signal

            if x.Space = space then
                input
            else
                let maps = spreading at x.Space space

                let y =
                    { x with
                        Space = space
                        Data = SpatialKernels.mapAxes work x.Samples x.Space x.Channels maps x.Data }

                record y (fun dy ->
                    SpatialKernels.mapAxes work x.Samples space x.Channels (List.map2 turnedMap x.Space maps) dy
                    |> input.Add)

        /// Branches of as many channels in one space.
        let together at (branches: Node list) =
            let first = branches.Head.Signal

            for branch in branches do
                meets at first.Channels branch.Signal

            let largest (a: int list) (b: int list) =
                if a.Length = b.Length then List.map2 max a b else a

            let space = branches |> List.map _.Signal.Space |> List.reduce largest
            branches |> List.map (spread at space)

        let sum (branches: Node list) =
            let branches = together "sum" branches
            let data = branches |> List.map _.Signal.Data |> List.reduce (Entries.map2 work (+))

            record
                { branches.Head.Signal with
                    Data = data }
                (fun dy ->
                    for branch in branches do
                        branch.Add(Array.copy dy))

        let product (branches: Node list) =
            let branches = together "product" branches |> Array.ofList
            let data = branches |> Array.map _.Signal.Data

            let multiply (all: float[] seq) =
                all |> Seq.reduce (Entries.map2 work (*))

            record
                { branches[0].Signal with
                    Data = multiply data }
                (fun dy ->
                    branches
                    |> Array.iteri (fun k branch ->
                        let others = data |> Array.indexed |> Array.filter (fun (i, _) -> i <> k)
                        branch.Add(multiply (Seq.append [ Array.copy dy ] (others |> Seq.map snd)))))

        let concat (branches: Node list) =
            let first = branches.Head.Signal
            let channels = branches |> List.sumBy _.Signal.Channels
            let count = first.Samples * first.Positions
            let data = Array.zeroCreate<float> (count * channels)

            for branch in branches do
                if branch.Signal.Space <> first.Space then
                    Fail.because (
                        ShapeMismatch("concat", $"{first.Positions} and {branch.Signal.Positions} positions meet")
                    )

            let offsets =
                branches |> List.scan (fun offset branch -> offset + branch.Signal.Channels) 0

            for branch, offset in List.zip branches (List.take branches.Length offsets) do
                let width = branch.Signal.Channels

                for n in 0 .. count - 1 do
                    Array.blit branch.Signal.Data (n * width) data (n * channels + offset) width

            record
                { first with
                    Channels = channels
                    Data = data }
                (fun dy ->
                    for branch, offset in List.zip branches (List.take branches.Length offsets) do
                        let width = branch.Signal.Channels
                        let dx = Array.zeroCreate<float> (count * width)

                        for n in 0 .. count - 1 do
                            Array.blit dy (n * channels + offset) dx (n * width) width

                        branch.Add dx)

        let affine (a: Affine) kernel input =
            options.BeforeLayer()

            match a.Weight.Source, a.Bias with
            | Source.NormFactor(gamma, variance, epsilon), Some bias when options.BatchStatistics && Affine.isPlain a ->
                match bias.Vector.Source with
                | Source.NormShift(other, beta, mean, same, _) when other = gamma && same = variance ->
                    batchNorm gamma beta mean variance epsilon input
                | _ -> linear a kernel input
            | _ -> linear a kernel input

        let rec single wires network input =
            match many wires network input with
            | [ output ] -> output
            | several -> Fail.because (ShapeMismatch("tuple", $"{several.Length} outputs stand where one is read"))

        and many (wires: Map<string, Node>) network (input: Node) : Node list =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            let all branches =
                branches |> List.map (fun branch -> single wires branch input)

            match network with
            | Linear(a, kernel, _) -> [ affine a kernel input ]
            | UnitRowLinear(rows, kernel, _) -> [ affine rows.Coefficients kernel input ]
            | Scale g -> [ scale g input ]
            | Activation(activation, _) -> [ activate activation input ]
            | Clip(lower, upper, thresholds, _) -> [ clip lower upper thresholds input ]
            | Spatial(operation, _) -> [ spatial operation input ]
            | Rearrange(rearrangement, _) -> [ rearrange rearrangement input ]
            | Normalize(normalization, epsilon, tolerance, _) -> [ normalize normalization epsilon tolerance input ]
            | Compose parts ->
                let rec flow wires parts input =
                    match parts with
                    | [] -> [ input ]
                    | [ last ] -> many wires last input
                    | As wire :: rest -> flow (Map.add wire input wires) rest input
                    | part :: rest -> flow wires rest (single wires part input)

                flow wires parts input
            | Sum(branches, _) -> [ sum (all branches) ]
            | Product(branches, _) -> [ product (all branches) ]
            | Concat(branches, _, _) -> [ concat (all branches) ]
            | As _ -> [ input ]
            | Wire wire ->
                match Map.tryFind wire wires with
                | Some node -> [ node ]
                | None -> Fail.because (UnknownWire wire)
            | Tuple outputs -> outputs |> List.collect (fun output -> many wires output input)
            | Opaque(node, _) ->
                Fail.because (ShapeMismatch($"opaque({node.Name})", "nothing is known of what this operator computes"))

        member _.Run(wires, network, input) = many wires network input

        member _.Statistics = List.ofSeq statistics

        /// Hands the derivatives by the outputs back to all that they were made of.
        member _.Undo() =
            while steps.Count > 0 do
                steps.Pop () ()

    let run (numbers: Numbers) options (wires: Map<string, Signal>) input (objective: Objective) network =
        Fail.guard (fun () ->
            let adjoints = Adjoints numbers
            let tape = Tape(numbers, options, adjoints)

            let outputs =
                tape.Run(Map.map (fun _ signal -> Node signal) wires, network, Node input)

            let signals = outputs |> List.map _.Signal
            let struct (loss, derivatives) = objective signals
            List.iter2 (fun (output: Node) (d: float[]) -> output.Add(Array.copy d)) outputs derivatives
            tape.Undo()

            { Outputs = signals
              Loss = loss
              Parameters = adjoints.Settle()
              Statistics = tape.Statistics })

    let ofGains (numbers: Numbers) objective (gains: Gain list) =
        Fail.guard (fun () ->
            let adjoints = Adjoints numbers

            let entries =
                gains
                |> List.map (fun gain -> numbers.Entries("gain", None, gain) |> Array.map Magnitude.toFloat)

            let struct (value: float, derivatives: float[]) = objective (Array.concat entries)
            let mutable first = 0

            for gain, own in List.zip gains entries do
                adjoints.Gain("gain", Some own.Length, gain, Array.sub derivatives first own.Length)
                first <- first + own.Length

            struct (value, adjoints.Settle()))
