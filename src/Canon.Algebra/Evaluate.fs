namespace Canon.Algebra

open System
open System.Buffers
open System.Numerics.Tensors
open System.Runtime.CompilerServices

[<StructuralEquality; NoComparison>]
type Signal =
    { Samples: int
      Space: int list
      Channels: int
      Data: float[] }

    member x.Positions = List.fold (*) 1 x.Space

[<RequireQualifiedAccess>]
module Signal =

    let create samples space channels (data: float[]) =
        let positions = List.fold (*) 1 space

        if data.Length <> samples * positions * channels then
            invalidArg (nameof data) $"{data.Length} numbers do not fill {samples}x{positions}x{channels}"

        { Samples = samples
          Space = space
          Channels = channels
          Data = data }

    let ofVector (data: float[]) = create 1 [] data.Length data

[<NoEquality; NoComparison>]
type EvaluateOptions =
    { Rounded: bool
      Opaque: OpaqueNode -> Signal list -> Signal
      BeforeLayer: unit -> unit }

[<RequireQualifiedAccess>]
module Evaluate =

    let exact =
        { Rounded = false
          Opaque =
            fun node _ ->
                Fail.because (ShapeMismatch($"opaque({node.Name})", "nothing is known of what this operator computes"))
          BeforeLayer = ignore }

    let private meets at expected (signal: Signal) =
        if signal.Channels <> expected then
            Fail.because (ShapeMismatch(at, $"it reads {expected} channels and {signal.Channels} arrive"))

    let private fitted at result =
        match result with
        | Ok value -> value
        | Error reason -> Fail.because (ShapeMismatch(at, reason))

    /// A dense layer, a stored row of the weight after the other.
    let private dense (matrix: StoredMatrix) stored (input: Signal) =
        let rows, columns = matrix.Entries.Rows, matrix.Entries.Columns
        let count = input.Samples * input.Positions
        let output = Array.zeroCreate<float> (count * rows)

        let read row (buffer: float[]) =
            matrix.Read(row, Span(buffer, 0, matrix.InnerCount))
            ElementTypes.round stored matrix.Entries.Name (Span(buffer, 0, matrix.InnerCount))

        if matrix.Entries.ByColumns then
            let buffer = ArrayPool<float>.Shared.Rent matrix.InnerCount

            for k in 0 .. columns - 1 do
                read k buffer

                for n in 0 .. count - 1 do
                    let target = Span(output, n * rows, rows)
                    let row = ReadOnlySpan(buffer, 0, rows)
                    TensorPrimitives.MultiplyAdd(row, input.Data[n * columns + k], Span.op_Implicit target, target)

            ArrayPool<float>.Shared.Return buffer
        else
            matrix.InChunks(fun first last ->
                let buffer = ArrayPool<float>.Shared.Rent matrix.InnerCount

                for i in first .. last - 1 do
                    read i buffer

                    for n in 0 .. count - 1 do
                        output[n * rows + i] <-
                            Sums.dot
                                (ReadOnlySpan(buffer, 0, columns))
                                (ReadOnlySpan(input.Data, n * columns, columns))

                ArrayPool<float>.Shared.Return buffer)

        { input with
            Channels = rows
            Data = output }

    /// A layer of any kernel and grouping, its weight in memory.
    let private windowed at (matrix: StoredMatrix) stored kernel (input: Signal) =
        let rows = matrix.Entries.Rows
        let groups = rows / matrix.Entries.BlockRows
        let weight = matrix.ReadRows(Some stored)

        let run convolve space axes =
            { input with
                Channels = rows
                Space = space
                Data = convolve input.Channels rows groups weight (SpatialKernels.windows axes) input.Data }

        match kernel with
        | _ when Kernel.isPointwise kernel ->
            let alone = Array.init input.Positions Array.singleton

            { input with
                Channels = rows
                Data =
                    SpatialKernels.convolve
                        input.Samples
                        input.Positions
                        input.Channels
                        rows
                        groups
                        weight
                        alone
                        input.Data }
        | Direct window ->
            let axes = Window.axes false input.Space window |> fitted at
            run (SpatialKernels.convolve input.Samples input.Positions) (axes |> List.map _.Output) axes
        | Transposed(window, outputPadding) ->
            let axes = Window.transposedAxes outputPadding input.Space window |> fitted at
            let space = axes |> List.map _.Size

            run (SpatialKernels.convolveTransposed input.Samples (SpatialKernels.positions space)) space axes

    let private linear (numbers: Numbers) rounded (a: Affine) kernel (input: Signal) =
        let at = $"linear({a.Weight.Name})"

        let stored (p: Parameter) =
            if rounded then ParameterNumbers.ElementType p else Float64

        let matrix = numbers.Weight a
        meets at matrix.Entries.Columns input
        let axes = (Kernel.window kernel).Axes

        if axes > 0 && axes <> input.Space.Length then
            Fail.because (ShapeMismatch(at, $"a window of {axes} axes meets {input.Space.Length}"))

        let product =
            if Kernel.isPointwise kernel && a.Weight.Grouping = Groups 1 && a.Weight.Taps = 1 then
                dense matrix (stored a.Weight) input
            else
                windowed at matrix (stored a.Weight) kernel input

        match a.Bias with
        | None -> ()
        | Some bias ->
            let entries = Array.copy (numbers.Bias a).Value
            ElementTypes.round (stored bias.Vector) bias.Vector.Name (Span entries)

            for n in 0 .. product.Samples * product.Positions - 1 do
                let target = Span(product.Data, n * product.Channels, product.Channels)
                TensorPrimitives.Add(Span.op_Implicit target, ReadOnlySpan entries, target)

        product

    /// f channel value, entry by entry.
    let private entrywise (f: int -> float -> float) (input: Signal) =
        { input with
            Data = input.Data |> Array.mapi (fun i x -> f (i % input.Channels) x) }

    let private softmax (input: Signal) =
        let output = Array.copy input.Data

        for n in 0 .. input.Samples * input.Positions - 1 do
            let target = Span(output, n * input.Channels, input.Channels)
            // Without the shift, which changes nothing, the exponential of a large input is infinite.
            TensorPrimitives.Subtract(
                Span.op_Implicit target,
                TensorPrimitives.Max(Span.op_Implicit target: ReadOnlySpan<float>),
                target
            )

            TensorPrimitives.SoftMax(Span.op_Implicit target, target)

        { input with Data = output }

    let private activate (numbers: Numbers) activation (input: Signal) =
        let leaky slope x = if x < 0.0 then slope * x else x

        match activation with
        | Relu -> entrywise (fun _ x -> max x 0.0) input
        | LeakyRelu slope -> entrywise (fun _ x -> leaky slope x) input
        | PRelu parameter ->
            let slopes = numbers.Vector parameter

            if slopes.Length > 1 then
                meets $"prelu({parameter.Name})" slopes.Length input

            entrywise (fun c x -> leaky slopes[if slopes.Length = 1 then 0 else c] x) input
        | Abs -> entrywise (fun _ x -> abs x) input
        | Negate -> entrywise (fun _ x -> -x) input
        | Square -> entrywise (fun _ x -> x * x) input
        | ReluSquared -> entrywise (fun _ x -> let z = max x 0.0 in z * z) input
        | Sigmoid -> entrywise (fun _ x -> 1.0 / (1.0 + exp -x)) input
        | Tanh -> entrywise (fun _ x -> tanh x) input
        | Softmax -> softmax input

    let private rearrange rearrangement (input: Signal) =
        let struct (channels, space) =
            Rearrangement.shape (Some input.Channels) (Some(List.map Some input.Space)) rearrangement
            |> fitted "rearrange"

        let places = Rearrangement.places input.Channels input.Space rearrangement
        let perSample = input.Positions * input.Channels

        { input with
            Channels = channels.Value
            Space = List.map Option.get space.Value
            Data =
                Array.init (input.Samples * places.Length) (fun i ->
                    input.Data[i / places.Length * perSample + places[i % places.Length]]) }

    let private norm p (xs: float[]) =
        match p with
        | 1 -> xs |> Array.sumBy abs
        | 2 -> xs |> Array.sumBy (fun x -> x * x) |> sqrt
        | p -> (xs |> Array.sumBy (fun x -> abs x ** float p)) ** (1.0 / float p)

    let private reduction pooling (xs: float[]) =
        match pooling with
        | Pooling.Maximum -> Array.max xs
        | Pooling.Minimum -> Array.min xs
        | Pooling.Mean _ -> Array.average xs
        | Pooling.Total -> Array.sum xs
        | Pooling.Norm p -> norm p xs
        | Pooling.SumOfSquares -> xs |> Array.sumBy (fun x -> x * x)

    let private spatial operation (input: Signal) =
        let at = "spatial"

        let space =
            (Spatial.sizes (Some(List.map Some input.Space)) operation |> fitted at).Value
            |> List.map Option.get

        let data =
            match Spatial.axisMaps input.Space operation |> fitted at, operation with
            | Some maps, _ -> SpatialKernels.mapAxes input.Samples input.Space input.Channels maps input.Data
            | None, Spatial.Pool(pooling, region) ->
                let windows =
                    match region with
                    | PoolRegion.Sliding(window, ceil) ->
                        Window.axes ceil input.Space window |> fitted at |> SpatialKernels.windows
                    | PoolRegion.Whole(axes, _) ->
                        SpatialKernels.wholeWindows input.Space (Spatial.wholeAxes input.Space.Length axes)

                SpatialKernels.reduceWindows
                    input.Samples
                    input.Positions
                    input.Channels
                    (reduction pooling)
                    windows
                    input.Data
            | None, _ -> input.Data

        { input with
            Space = space
            Data = data }

    /// Mean and variance are taken over the numbers of a sample that have one key.
    let private normalized rms epsilon (key: int -> int -> int) (input: Signal) =
        let output = Array.copy input.Data
        let perSample = input.Positions * input.Channels

        for sample in 0 .. input.Samples - 1 do
            let groups =
                Array.init perSample id
                |> Array.groupBy (fun i -> key (i / input.Channels) (i % input.Channels))

            for _, members in groups do
                let numbers = members |> Array.map (fun i -> input.Data[sample * perSample + i])
                let mean = if rms then 0.0 else Array.average numbers
                let variance = numbers |> Array.averageBy (fun x -> (x - mean) * (x - mean))
                let deviation = sqrt (variance + epsilon)

                for i in members do
                    output[sample * perSample + i] <-
                        if deviation = 0.0 then
                            0.0
                        else
                            (input.Data[sample * perSample + i] - mean) / deviation

        { input with Data = output }

    let private normalize normalization epsilon (input: Signal) =
        match normalization with
        | LayerNorm -> normalized false epsilon (fun position _ -> position) input
        | RmsNorm -> normalized true epsilon (fun position _ -> position) input
        | InstanceNorm -> normalized false epsilon (fun _ channel -> channel) input
        | GroupNorm groups when input.Channels % groups <> 0 ->
            Fail.because (ShapeMismatch("group_norm", $"{input.Channels} channels in {groups} groups"))
        | GroupNorm groups -> normalized false epsilon (fun _ channel -> channel / (input.Channels / groups)) input

    /// The signal at every position of a space in which some of its own axes of one position are longer.
    let private spread at (space: int list) (s: Signal) =
        if s.Space = space then
            s
        elif s.Space.Length <> space.Length then
            Fail.because (ShapeMismatch(at, $"spaces of {s.Space.Length} and {space.Length} axes meet"))
        else
            let maps =
                List.map2
                    (fun own size ->
                        if own <> size && own <> 1 then
                            Fail.because (ShapeMismatch(at, $"{own} and {size} positions meet"))

                        Array.init size (fun o -> [| struct ((if own = 1 then 0 else o), 1.0) |]))
                    s.Space
                    space

            { s with
                Space = space
                Data = SpatialKernels.mapAxes s.Samples s.Space s.Channels maps s.Data }

    let private entries at (signals: Signal list) (f: float -> float -> float) =
        let combine (a: Signal) (b: Signal) =
            meets at a.Channels b

            let space =
                if a.Space.Length = b.Space.Length then
                    List.map2 max a.Space b.Space
                else
                    a.Space

            let a, b = spread at space a, spread at space b

            { a with
                Data = Array.map2 f a.Data b.Data }

        List.reduce combine signals

    let private concat (signals: Signal list) =
        let first = signals.Head
        let channels = signals |> List.sumBy _.Channels
        let count = first.Samples * first.Positions
        let output = Array.zeroCreate (count * channels)
        let mutable offset = 0

        for s in signals do
            if s.Space <> first.Space then
                Fail.because (ShapeMismatch("concat", $"{first.Positions} and {s.Positions} positions meet"))

            for n in 0 .. count - 1 do
                Array.blit s.Data (n * s.Channels) output (n * channels + offset) s.Channels

            offset <- offset + s.Channels

        { first with
            Channels = channels
            Data = output }

    /// The outputs of a network: one, or those of a tuple. `rounding`: the type that scales are stored in.
    let private outputs (numbers: Numbers) options rounding wires input network =
        let factors at (g: Gain) (signal: Signal) =
            let entries = numbers.Entries(at, Some signal.Channels, g)
            meets at entries.Length signal
            entries |> Array.map Magnitude.toFloat

        let stored elementType at (factors: float[]) =
            ElementTypes.round elementType at (Span factors)
            factors

        let rec single wires network input =
            match many wires network input with
            | [ output ] -> output
            | several -> Fail.because (ShapeMismatch("tuple", $"{several.Length} outputs stand where one is read"))

        and many (wires: Map<string, Signal>) network (input: Signal) : Signal list =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            let all branches =
                branches |> List.map (fun b -> single wires b input)

            let affine a kernel =
                options.BeforeLayer()
                [ linear numbers options.Rounded a kernel input ]

            match network with
            | Linear(a, kernel, _) -> affine a kernel
            | UnitRowLinear(rows, kernel, _) -> affine rows.Coefficients kernel
            | Scale g ->
                let factors =
                    factors "scale" g input
                    |> stored (if options.Rounded then rounding else Float64) "scale"

                [ entrywise (fun c x -> factors[c] * x) input ]
            | Activation(activation, _) -> [ activate numbers activation input ]
            | Clip(lower, upper, thresholds, _) ->
                let factors = factors "clip" thresholds input
                let factors = if options.Rounded then stored rounding "clip" factors else factors
                // An infinite bound stays infinite even on a channel whose thresholds vanish; 0 stays 0 where they are beyond all
                // floats, and any other bound is none there.
                let bound limit c =
                    if limit = 0.0 || Double.IsInfinity limit then limit else limit * factors[c]

                [ entrywise (fun c x -> min (max x (bound lower c)) (bound upper c)) input ]
            | Spatial(operation, _) -> [ spatial operation input ]
            | Rearrange(rearrangement, _) -> [ rearrange rearrangement input ]
            | Normalize(normalization, epsilon, tolerance, _) ->
                // All entries are one number.
                let t = (factors (Normalization.name normalization) tolerance input)[0]
                [ normalize normalization (epsilon * t * t) input ]
            | Compose parts ->
                let rec flow wires parts (input: Signal) =
                    match parts with
                    | [] -> [ input ]
                    | [ last ] -> many wires last input
                    | As wire :: rest -> flow (Map.add wire input wires) rest input
                    | part :: rest -> flow wires rest (single wires part input)

                flow wires parts input
            | Sum(branches, _) -> [ entries "sum" (all branches) (+) ]
            | Product(branches, _) -> [ entries "product" (all branches) (*) ]
            | Concat(branches, _, _) -> [ concat (all branches) ]
            | As _ -> [ input ]
            | Wire wire ->
                match Map.tryFind wire wires with
                | Some signal -> [ signal ]
                | None -> Fail.because (UnknownWire wire)
            | Tuple outputs -> outputs |> List.collect (fun output -> many wires output input)
            | Opaque(node, inputs) -> [ options.Opaque node (all inputs) ]

        many wires network input

    let internal storedType network =
        Traversal.parameters network
        |> List.tryPick Parameter.values
        |> Option.map _.ElementType
        |> Option.defaultValue Float64

    let run (numbers: Numbers) options (wires: Map<string, Signal>) (input: Signal) network =
        Fail.guard (fun () -> outputs numbers options (storedType network) wires input network)

    let vector (network: Network) (x: float[]) =
        run (Numbers()) exact Map.empty (Signal.ofVector x) network
        |> Result.map (fun outputs -> outputs.Head.Data)
