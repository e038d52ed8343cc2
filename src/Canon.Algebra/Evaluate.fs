namespace Canon.Algebra

open System
open System.Buffers
open System.Runtime.CompilerServices
open Canon.Kernels

[<NoEquality; NoComparison>]
type EvaluateOptions =
    { Rounded: bool
      Precision: Precision
      Opaque: OpaqueNode -> Signal list -> Signal
      BeforeLayer: unit -> unit }

[<RequireQualifiedAccess>]
module Evaluate =

    let exact =
        { Rounded = false
          Precision = Precision.Double
          Opaque =
            fun node _ ->
                Fail.because (ShapeMismatch($"opaque({node.Name})", "nothing is known of what this operator computes"))
          BeforeLayer = ignore }

    let private work = Work.full

    /// Stored rows as they enter products, from the row `at` of the numbers on.
    let private read (matrix: StoredMatrix) stored first count (numbers: float[]) at =
        let rows = Span(numbers, at * matrix.InnerCount, count * matrix.InnerCount)
        matrix.Read(first, rows)

        if not matrix.IsAsStored then
            ElementTypes.round stored matrix.Entries.Name rows

    /// A dense layer stored by rows on fewer positions than it has rows: a few rows at a time stay in a core's cache from where they
    /// are read to where they are multiplied.
    let private ofFew precision (matrix: StoredMatrix) stored count (input: float[]) (output: float[]) =
        let rows, columns = matrix.Entries.Rows, matrix.Entries.Columns
        use panels = MatrixProduct.ofColumns work precision columns count input
        let each = max 1 (32768 / columns / Tile.Rows) * Tile.Rows

        Work.each work (int64 rows * int64 columns) ((rows + each - 1) / each) (fun task ->
            let first = task * each
            let here = min each (rows - first)
            let numbers = ArrayPool<float>.Shared.Rent(here * columns)
            let products = ArrayPool<float>.Shared.Rent(here * count)
            read matrix stored first here numbers 0
            MatrixProduct.dense { work with Threads = 1 } here columns 0 numbers panels products count 0 false

            for position in 0 .. count - 1 do
                for row in 0 .. here - 1 do
                    output[position * rows + first + row] <- products[row * count + position]

            ArrayPool<float>.Shared.Return numbers
            ArrayPool<float>.Shared.Return products)

    /// A dense layer on many positions, or stored by columns, the weight read once and a part of it held at a time.
    let private ofMany precision (matrix: StoredMatrix) stored count (input: float[]) (output: float[]) =
        let rows, columns, length =
            matrix.Entries.Rows, matrix.Entries.Columns, matrix.InnerCount

        let held = Math.Clamp(work.Held / length, 1, matrix.OuterCount)
        let part = Array.zeroCreate<float> (held * length)

        for first in 0..held .. matrix.OuterCount - 1 do
            let here = min held (matrix.OuterCount - first)

            Work.chunks work length here (fun a b -> read matrix stored (first + a) (b - a) part a)

            if matrix.Entries.ByColumns then
                use panels = MatrixProduct.ofRows work precision here rows part
                MatrixProduct.dense work count columns first input panels output rows 0 (first > 0)
            else
                MatrixProduct.withRows work precision count columns here input part output rows first

    let private dense precision (matrix: StoredMatrix) stored (input: Signal) =
        let rows = matrix.Entries.Rows
        let count = input.Samples * input.Positions
        let output = GC.AllocateUninitializedArray<float>(count * rows)

        if count < rows && not matrix.Entries.ByColumns then
            ofFew precision matrix stored count input.Data output
        else
            ofMany precision matrix stored count input.Data output

        { input with
            Channels = rows
            Data = output }

    /// A layer of any kernel and grouping, its weight in memory.
    let private windowed precision at (matrix: StoredMatrix) stored kernel (input: Signal) =
        let layer: Convolution.Layer =
            { Samples = input.Samples
              Positions = input.Positions
              Columns = input.Channels
              Rows = matrix.Entries.Rows
              Groups = matrix.Entries.Rows / matrix.Entries.BlockRows
              Taps = matrix.Entries.Taps
              Weight = matrix.ReadRows(Some stored)
              Precision = precision }

        let space, data =
            match kernel with
            | _ when Kernel.isPointwise kernel ->
                input.Space, Convolution.direct work layer (Sight.point input.Positions) input.Data
            | Direct window ->
                let axes = Window.axes false input.Space window |> Meeting.fitted at
                axes |> List.map _.Output, Convolution.direct work layer (Sight.ofWindow axes) input.Data
            | Transposed(window, outputPadding) ->
                let axes =
                    Window.transposedAxes outputPadding input.Space window |> Meeting.fitted at

                axes |> List.map _.Size, Convolution.transposed work layer (Sight.below axes) input.Data

        { input with
            Channels = layer.Rows
            Space = space
            Data = data }

    let private linear (numbers: Numbers) options (a: Affine) kernel (input: Signal) =
        let at = $"linear({a.Weight.Name})"

        let stored (p: Parameter) =
            if options.Rounded then ParameterNumbers.ElementType p else Float64

        let matrix = numbers.Weight a
        Meeting.channels at matrix.Entries.Columns input
        Meeting.axes at kernel input

        let product =
            if Kernel.isPointwise kernel && a.Weight.Grouping = Groups 1 && a.Weight.Taps = 1 then
                dense options.Precision matrix (stored a.Weight) input
            else
                windowed options.Precision at matrix (stored a.Weight) kernel input

        match a.Bias with
        | None -> ()
        | Some bias ->
            let entries = Array.copy (numbers.Bias a).Value
            ElementTypes.round (stored bias.Vector) bias.Vector.Name (Span entries)

            Entries.addTo work product.Data entries

        product

    /// f channel value, entry by entry; in place where nobody else reads the input.
    let inline private entrywise alone ([<InlineIfLambda>] f: int -> float -> float) (input: Signal) =
        let output = if alone then input.Data else Array.zeroCreate input.Data.Length

        Entries.map work input.Channels f input.Data output
        { input with Data = output }

    let private activate alone (numbers: Numbers) activation (input: Signal) =
        match activation with
        | Relu -> entrywise alone (fun _ x -> Scalar.relu x) input
        | LeakyRelu slope -> entrywise alone (fun _ x -> Scalar.leaky slope x) input
        | PRelu parameter ->
            let slopes = numbers.Vector parameter

            if slopes.Length > 1 then
                Meeting.channels $"prelu({parameter.Name})" slopes.Length input

            entrywise alone (fun c x -> Scalar.leaky slopes[if slopes.Length = 1 then 0 else c] x) input
        | Abs -> entrywise alone (fun _ x -> abs x) input
        | Negate -> entrywise alone (fun _ x -> -x) input
        | Square -> entrywise alone (fun _ x -> Scalar.square x) input
        | ReluSquared -> entrywise alone (fun _ x -> Scalar.reluSquared x) input
        | Sigmoid -> entrywise alone (fun _ x -> Scalar.sigmoid x) input
        | Tanh -> entrywise alone (fun _ x -> tanh x) input
        | Softmax ->
            { input with
                Data = Entries.softmax work input.Channels input.Data }

    let private rearrange rearrangement (input: Signal) =
        let struct (channels, space, places) = Meeting.places rearrangement input

        { input with
            Channels = channels
            Space = space
            Data = Entries.take work input.Samples places input.Data }

    let private spatial operation (input: Signal) =
        let space = Meeting.spaceBehind operation input

        let data =
            match Spatial.axisMaps input.Space operation |> Meeting.fitted "spatial", operation with
            | Some maps, _ -> SpatialKernels.mapAxes work input.Samples input.Space input.Channels maps input.Data
            | None, Spatial.Pool(pooling, region) ->
                let sight = Meeting.sight region input
                SpatialKernels.pool work input.Samples input.Positions input.Channels pooling sight input.Data
            | None, _ -> input.Data

        { input with
            Space = space
            Data = data }

    let private normalize normalization epsilon (input: Signal) =
        let struct (keys, isRms, key) = Meeting.means normalization input

        { input with
            Data = Entries.normalize work input.Samples input.Channels isRms epsilon keys key input.Data }

    /// The signal at every position of a space in which some of its own axes of one position are longer.
    let private spread at (space: int list) (s: Signal) =
        if s.Space = space then
            s
        else
            { s with
                Space = space
                Data =
                    SpatialKernels.mapAxes work s.Samples s.Space s.Channels (Meeting.spreading at s.Space space) s.Data }

    let inline private entries at (signals: Signal list) ([<InlineIfLambda>] f: float -> float -> float) =
        let combine (a: Signal) (b: Signal) =
            Meeting.channels at a.Channels b

            let space = Meeting.larger a.Space b.Space
            let a, b = spread at space a, spread at space b

            { a with
                Data = Entries.map2 work f a.Data b.Data }

        List.reduce combine signals

    /// Whether an output is an array that nobody else holds.
    let private makes network =
        match network with
        | Linear _
        | UnitRowLinear _
        | Scale _
        | Activation _
        | Clip _
        | Normalize _
        | Concat _ -> true
        | Sum(branches, _)
        | Product(branches, _) -> branches.Length > 1
        | Spatial _
        | Rearrange _
        | Compose _
        | As _
        | Wire _
        | Tuple _
        | Opaque _ -> false

    /// The outputs of a network: one, or those of a tuple. `rounding`: the type that scales are stored in.
    let private outputs (numbers: Numbers) options rounding wires input network =
        let factors at (g: Gain) (signal: Signal) =
            let entries = numbers.Entries(at, Some signal.Channels, g)
            Meeting.channels at entries.Length signal
            entries |> Array.map Magnitude.toFloat

        let stored elementType at (factors: float[]) =
            ElementTypes.round elementType at (Span factors)
            factors

        let rec single alone wires network input =
            match many alone wires network input with
            | [ output ] -> output
            | several -> Fail.because (ShapeMismatch("tuple", $"{several.Length} outputs stand where one is read"))

        /// `alone`: nobody else reads the input, which may be written over.
        and many alone (wires: Map<string, Signal>) network (input: Signal) : Signal list =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            let all branches =
                branches |> List.map (fun b -> single false wires b input)

            let affine a kernel =
                options.BeforeLayer()
                [ linear numbers options a kernel input ]

            match network with
            | Linear(a, kernel, _) -> affine a kernel
            | UnitRowLinear(rows, kernel, _) -> affine rows.Coefficients kernel
            | Scale g ->
                let factors =
                    factors "scale" g input
                    |> stored (if options.Rounded then rounding else Float64) "scale"

                [ entrywise alone (fun c x -> factors[c] * x) input ]
            | Activation(activation, _) -> [ activate alone numbers activation input ]
            | Clip(lower, upper, thresholds, _) ->
                let factors = factors "clip" thresholds input
                let factors = if options.Rounded then stored rounding "clip" factors else factors
                [ entrywise alone (fun c x -> Scalar.clip lower upper factors[c] x) input ]
            | Spatial(operation, _) -> [ spatial operation input ]
            | Rearrange(rearrangement, _) -> [ rearrange rearrangement input ]
            | Normalize(normalization, epsilon, tolerance, _) ->
                // All entries are one number.
                let t = (factors (Normalization.name normalization) tolerance input)[0]
                [ normalize normalization (epsilon * t * t) input ]
            | Compose parts ->
                let rec flow alone wires parts (input: Signal) =
                    match parts with
                    | [] -> [ input ]
                    | [ last ] -> many alone wires last input
                    | As wire :: rest -> flow false (Map.add wire input wires) rest input
                    | part :: rest -> flow (makes part) wires rest (single alone wires part input)

                flow alone wires parts input
            | Sum(branches, _) -> [ entries "sum" (all branches) (+) ]
            | Product(branches, _) -> [ entries "product" (all branches) (*) ]
            | Concat(branches, _, _) -> [ Meeting.concat (all branches) ]
            | As _ -> [ input ]
            | Wire wire ->
                match Map.tryFind wire wires with
                | Some signal -> [ signal ]
                | None -> Fail.because (UnknownWire wire)
            | Tuple outputs -> outputs |> List.collect (fun output -> many false wires output input)
            | Opaque(node, inputs) -> [ options.Opaque node (all inputs) ]

        many false wires network input

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
