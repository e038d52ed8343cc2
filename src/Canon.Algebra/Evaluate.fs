namespace Canon.Algebra

open System
open System.Buffers
open System.Numerics.Tensors
open System.Runtime.CompilerServices

[<StructuralEquality; NoComparison>]
type Signal =
    { Samples: int
      Positions: int
      Channels: int
      Data: float[] }

[<RequireQualifiedAccess>]
module Signal =

    let create samples positions channels (data: float[]) =
        if data.Length <> samples * positions * channels then
            invalidArg (nameof data) $"{data.Length} numbers do not fill {samples}x{positions}x{channels}"

        { Samples = samples
          Positions = positions
          Channels = channels
          Data = data }

    let ofVector (data: float[]) = create 1 1 data.Length data

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

    let private linear (numbers: Numbers) rounded (a: Affine) (input: Signal) =
        let weight = a.Weight
        let matrix = numbers.Weight a
        let rows, columns = weight.Rows.Value, weight.Columns.Value
        meets $"linear({weight.Name})" columns input
        let count = input.Samples * input.Positions
        let output = Array.zeroCreate<float> (count * rows)

        let stored (p: Parameter) =
            if rounded then p.Values.Value.ElementType else Float64

        let read row (buffer: float[]) =
            matrix.Read(row, Span(buffer, 0, matrix.InnerCount))
            ElementTypes.round (stored weight) weight.Name (Span(buffer, 0, matrix.InnerCount))

        if weight.Transposed then
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
                            TensorPrimitives.Dot(
                                ReadOnlySpan(buffer, 0, columns),
                                ReadOnlySpan(input.Data, n * columns, columns)
                            )

                ArrayPool<float>.Shared.Return buffer)

        match numbers.Bias a with
        | None -> ()
        | Some bias ->
            let bias = Array.copy bias
            ElementTypes.round (stored a.Bias.Value.Vector) a.Bias.Value.Vector.Name (Span bias)

            for n in 0 .. count - 1 do
                let target = Span(output, n * rows, rows)
                TensorPrimitives.Add(Span.op_Implicit target, ReadOnlySpan bias, target)

        { input with
            Channels = rows
            Data = output }

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
        | Square -> entrywise (fun _ x -> x * x) input
        | ReluSquared -> entrywise (fun _ x -> let z = max x 0.0 in z * z) input
        | Sigmoid -> entrywise (fun _ x -> 1.0 / (1.0 + exp -x)) input
        | Tanh -> entrywise (fun _ x -> tanh x) input
        | Softmax -> softmax input

    let private flatten positions (input: Signal) =
        match positions with
        | Some n when n <> input.Positions ->
            Fail.because (ShapeMismatch("flatten", $"it expects {n} positions and {input.Positions} arrive"))
        | _ ->
            let width = input.Positions * input.Channels
            let output = Array.zeroCreate input.Data.Length

            for n in 0 .. input.Samples - 1 do
                for p in 0 .. input.Positions - 1 do
                    for c in 0 .. input.Channels - 1 do
                        output[n * width + c * input.Positions + p] <- input.Data[n * width + p * input.Channels + c]

            { input with
                Channels = width
                Positions = 1
                Data = output }

    let private sameShape at (signals: Signal list) =
        let first = signals.Head

        for s in signals.Tail do
            meets at first.Channels s

            if s.Positions <> first.Positions then
                Fail.because (ShapeMismatch(at, $"{first.Positions} and {s.Positions} positions meet"))

        signals

    let private entries at (signals: Signal list) (f: float -> float -> float) =
        sameShape at signals
        |> List.reduce (fun a b ->
            { a with
                Data = Array.map2 f a.Data b.Data })

    let private concat (signals: Signal list) =
        let first = signals.Head
        let channels = signals |> List.sumBy _.Channels
        let count = first.Samples * first.Positions
        let output = Array.zeroCreate (count * channels)
        let mutable offset = 0

        for s in signals do
            if s.Positions <> first.Positions then
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

            let affine a =
                options.BeforeLayer()
                [ linear numbers options.Rounded a input ]

            match network with
            | Linear(a, _) -> affine a
            | UnitRowLinear(rows, _) -> affine rows.Coefficients
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
            | Flatten(positions, _) -> [ flatten positions input ]
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
        |> List.tryPick _.Values
        |> Option.map _.ElementType
        |> Option.defaultValue Float64

    let run (numbers: Numbers) options (wires: Map<string, Signal>) (input: Signal) network =
        Fail.guard (fun () -> outputs numbers options (storedType network) wires input network)

    let vector (network: Network) (x: float[]) =
        run (Numbers()) exact Map.empty (Signal.ofVector x) network
        |> Result.map (fun outputs -> outputs.Head.Data)
