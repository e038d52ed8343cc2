namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices

/// The channels that flow at some place of a network.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Stream =
    /// For each the number of the channel, and its value. Channels of one number stay or go together.
    | Channels of numbers: int[] * values: Known[]
    /// Nothing is known of them, and none may go.
    | Unknown of reason: string

/// A layer that mixes channels: its columns read some, its rows make others.
[<NoEquality; NoComparison>]
type internal Mixing =
    {
        /// Which linear term it is, in the order of the network.
        Index: int
        Coefficients: Affine
        /// The channels that it reads.
        Columns: int[]
        Values: Known[]
        /// Whether no row reads a column.
        IsUnread: bool[]
        /// The right diagonal; None for 1.
        Right: float[] option
        /// Why a constant that it reads cannot go into its bias, where it cannot.
        NoConstants: string option
        /// The channels that it makes.
        Rows: int[]
        Made: Known[]
    }

/// What a term does to channels, as far as it is to be written anew when some of them go.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Treatment =
    | Mixes of Mixing
    /// It has numbers of its own for each channel.
    | Each of channels: int[]
    /// A concat, with the channels of its branches.
    | Joins of branches: int[] option list
    /// It stays.
    | Stays

/// All channels of a network: who makes and who reads them, and what is known of their values.
[<Sealed>]
type internal Channels(numbers: Numbers, kinds: Kinds, keeps: Network -> string option) =
    let sets = Partition()
    let works = List<Treatment>()
    let linearNames = List<string>()
    let lefts = List<struct (string * string)>()
    let weights = HashSet<Parameter>()
    let shared = HashSet<Parameter>()

    let channel () = sets.Fresh()

    let pin reason stream =
        match stream with
        | Stream.Channels(numbers, _) -> Array.iter (sets.Hold(Some reason)) numbers
        | Stream.Unknown _ -> ()

    let pinned reason count =
        let stream =
            Stream.Channels(Array.init count (fun _ -> channel ()), Array.init count (fun _ -> kinds.Fresh()))

        pin reason stream
        stream

    /// A stream of so many channels; one of other channels, or of unknown ones, stays.
    let ofWidth count stream =
        match stream with
        | Stream.Channels(numbers, values) when numbers.Length = count -> numbers, values
        | other ->
            let reason =
                match other with
                | Stream.Unknown reason -> reason
                | Stream.Channels _ -> "their number does not fit"

            pin reason other

            match pinned reason count with
            | Stream.Channels(numbers, values) -> numbers, values
            | Stream.Unknown _ -> [||], [||]

    /// The channels as they are, with other values.
    let each f stream =
        match stream with
        | Stream.Channels(numbers, values) -> Stream.Channels(numbers, Array.mapi f values)
        | unknown -> unknown

    let work = works.Add

    let eachOf stream =
        match stream with
        | Stream.Channels(numbers, _) -> Treatment.Each numbers
        | Stream.Unknown _ -> Treatment.Stays

    /// What is computed of parameters and gains; None where they have no numbers.
    let computed (compute: unit -> 'a) =
        match Fail.guard compute with
        | Ok value -> Some value
        | Error(NoValues _ | UnknownWidth _) -> None
        | Error error -> Fail.because error

    let floats at (stream: Stream) (g: Gain) =
        match stream with
        | Stream.Channels(channels, _) ->
            computed (fun () -> numbers.Entries(at, Some channels.Length, g) |> Array.map Magnitude.toFloat)
            |> Option.filter (Array.forall Double.IsFinite)
        | Stream.Unknown _ -> None

    /// The numbers of a layer, diag(left)·P·diag(right), and a bias of its own.
    let coefficients (a: Affine) =
        computed (fun () ->
            let weight = numbers.Weight a
            let bias = numbers.Bias a |> Option.map Array.copy
            struct (weight, bias |> Option.defaultWith (fun () -> Array.zeroCreate weight.Entries.Rows)))

    let scaled factor value =
        match value with
        | Constant x when Double.IsFinite(x * factor) -> Constant(x * factor)
        | Like _ when factor = 0.0 -> Constant 0.0
        | Like(kind, f) when Double.IsFinite(f * factor) && f * factor > 0.0 -> Like(kind, f * factor)
        | _ -> kinds.Fresh()

    /// What a function of one entry that is homogeneous of some degree, or of none, makes of a value.
    let entrywise term (degree: int option) (own: float list) (f: float -> float) value =
        match value, degree with
        | Constant x, _ when Double.IsFinite(f x) -> Constant(f x)
        | Constant x, _ -> kinds.Fresh()
        | Like(kind, factor), Some d -> kinds.Made(term, [ kind ], own, Math.Pow(factor, float d))
        | Like(kind, factor), None -> kinds.Made(term, [ kind ], factor :: own, 1.0)

    let activate term activation (stream: Stream) =
        let simple degree f =
            each (fun _ value -> entrywise term degree [] f value) stream

        match activation, stream with
        | Softmax, _ ->
            pin "softmax mixes them" stream
            each (fun _ _ -> kinds.Fresh()) stream
        | PRelu slope, Stream.Channels(channels, _) when not slope.IsSymbolic ->
            let slopes = numbers.Vector slope

            let of' i =
                slopes[if slopes.Length = 1 then 0 else i]

            if slopes.Length <> 1 && slopes.Length <> channels.Length then
                pin "their number does not fit" stream
                each (fun _ _ -> kinds.Fresh()) stream
            else
                each (fun i value -> entrywise term (Some 1) [ of' i ] (Scalar.leaky (of' i)) value) stream
        | PRelu _, _ -> each (fun _ _ -> kinds.Fresh()) stream
        | Relu, _ -> simple (Some 1) Scalar.relu
        | LeakyRelu slope, _ -> simple (Some 1) (Scalar.leaky slope)
        | Abs, _ -> simple (Some 1) abs
        | Negate, _ -> simple (Some 1) (~-)
        | Square, _ -> simple (Some 2) Scalar.square
        | ReluSquared, _ -> simple (Some 2) Scalar.reluSquared
        | Sigmoid, _ -> simple None Scalar.sigmoid
        | Tanh, _ -> simple None tanh

    let spatial term operation (stream: Stream) =
        let keepsConstants =
            match operation with
            | Spatial.Pool((Pooling.Maximum | Pooling.Minimum | Pooling.Mean false), _)
            | Spatial.Pool(Pooling.Mean true, PoolRegion.Whole _)
            | Spatial.Pad(_, _, (Edge.Nearest | Edge.Mirrored | Edge.Wrapped))
            | Spatial.Crop _
            | Spatial.Resize((Interpolation.NearestFirst | Interpolation.NearestLast | Interpolation.NearestBefore | Interpolation.NearestBehind | Interpolation.Linear),
                             _,
                             _) -> true
            | Spatial.Pool(Pooling.Mean true, PoolRegion.Sliding(window, ceil)) -> not (Window.pads window) && not ceil
            | Spatial.Pool((Pooling.Total | Pooling.Norm _ | Pooling.SumOfSquares), _)
            | Spatial.Pad(_, _, Edge.Zeros)
            | Spatial.Resize(Interpolation.Cubic _, _, _) -> false

        let degree = float (Spatial.degree operation)

        each
            (fun _ value ->
                match value with
                | Constant x when x = 0.0 || keepsConstants -> value
                | Constant x -> kinds.Made(term, [ kinds.OfConstant x ], [], 1.0)
                | Like(kind, factor) -> kinds.Made(term, [ kind ], [], Math.Pow(factor, degree)))
            stream

    /// Whether every position of the output sees the same of a constant.
    let seesAll kernel =
        Kernel.isPointwise kernel
        || match kernel with
           | Direct window -> not (Window.pads window)
           | Transposed _ -> false

    let nameOf (a: Affine) (Label label) =
        if label = "" then a.Weight.Name else label

    /// A layer whose rows and columns stay.
    let left name reason (a: Affine) input =
        lefts.Add(struct (name, reason))
        let reason = $"{name} reads or makes them, and {reason}"
        pin reason input
        work Treatment.Stays

        match a.Weight.Rows with
        | Some rows -> pinned reason rows
        | None -> Stream.Unknown reason

    /// A diagonal layer or depthwise convolution: each channel by itself.
    let channelwise term (a: Affine) kernel (input: Stream) =
        work (eachOf input)

        match input with
        | Stream.Unknown _ -> input
        | Stream.Channels(channels, _) when a.Weight.Rows <> Some channels.Length ->
            pin "their number does not fit" input
            each (fun _ _ -> kinds.Fresh()) input
        | Stream.Channels _ ->
            match coefficients a with
            | None -> each (fun _ _ -> kinds.Fresh()) input
            | Some(struct (matrix, bias)) ->
                let weight = matrix.ReadRows None
                let taps = a.Weight.Taps
                let seesAll = seesAll kernel

                each
                    (fun i value ->
                        let own = Array.sub weight (i * taps) taps
                        let largest = own |> Array.map abs |> Array.max

                        let of' kind factor =
                            let factor = factor * largest
                            let numbers = [ for w in own -> w / largest ] @ [ bias[i] / factor ]
                            kinds.Made(term, [ kind ], numbers, factor)

                        match value with
                        | _ when largest = 0.0 -> Constant bias[i]
                        | Constant x when x = 0.0 || seesAll ->
                            let made = x * Array.sum own + bias[i]
                            if Double.IsFinite made then Constant made else kinds.Fresh()
                        | Constant x -> of' (kinds.OfConstant x) 1.0
                        | Like(kind, factor) -> of' kind factor)
                    input

    let mixing (a: Affine) kernel (matrix: StoredMatrix) (bias: float[]) (input: Stream) =
        let columns = matrix.Entries.Columns
        let channels, values = ofWidth columns input
        let seesAll = seesAll kernel

        // Columns that read channels of one class are one column.
        let places = Dictionary<int, int> values.Length

        let placed =
            values
            |> Array.map (fun value ->
                let at kind factor =
                    match places.TryGetValue kind with
                    | true, place -> { Place = place; Factor = factor }
                    | false, _ ->
                        let place = places.Count
                        places[kind] <- place
                        { Place = place; Factor = factor }

                match value with
                | Constant x when x = 0.0 || seesAll -> { Place = -1; Factor = x }
                | Constant x -> at (kinds.OfConstant x) 1.0
                | Like(kind, factor) -> at kind factor)

        let merged = MergedRows(matrix, placed, places.Count)
        let made = kinds.Rows(ParameterNumbers.ElementType a.Weight, merged, bias)
        let rows = Array.init merged.Count (fun _ -> channel ())

        let right =
            if a.Right.IsOne then
                None
            else
                Some(
                    numbers.Entries(a.Weight.Name, Some columns, a.Right)
                    |> Array.map Magnitude.toFloat
                )

        let mixing =
            { Index = linearNames.Count - 1
              Coefficients = a
              Columns = channels
              Values = values
              IsUnread = merged.IsUnread
              Right = right
              NoConstants =
                if not seesAll then
                    Some $"{linearNames[linearNames.Count - 1]} reads them through zero padding"
                elif a.Bias |> Option.exists (fun bias -> bias.Gain <> a.Left) then
                    Some $"the bias of {linearNames[linearNames.Count - 1]} has a scale of its own"
                else
                    None
              Rows = rows
              Made = made }

        work (Treatment.Mixes mixing)
        Stream.Channels(rows, made)

    let linear (a: Affine) kernel label (input: Stream) =
        let name = nameOf a label
        linearNames.Add name
        let term = works.Count

        let isDepthwise =
            match a.Weight.Grouping with
            | Diagonal -> true
            | Groups count -> count > 1 && a.Weight.Rows = Some count && a.Weight.Columns = Some count

        let isShared =
            a.Weight.IsTied || (Parameter.leaves a.Weight |> List.exists shared.Contains)

        if isShared then
            left name "it shares its weight with other layers" a input
        elif isDepthwise then
            channelwise term a kernel input
        elif a.Weight.Grouping <> Groups 1 then
            left name "it has groups of channels" a input
        else
            match coefficients a with
            | Some(struct (matrix, bias)) -> mixing a kernel matrix bias input
            | None -> left name "it has no numbers" a input

    /// The values of channels that are computed entry by entry of those of branches of as many channels.
    let joined (combine: Known list -> Known) (streams: Stream list) =
        let widths =
            streams
            |> List.choose (function
                | Stream.Channels(numbers, _) -> Some numbers.Length
                | Stream.Unknown _ -> None)

        match List.distinct widths with
        | [ width ] when widths.Length = streams.Length ->
            let branches = streams |> List.map (ofWidth width)

            for k in 0 .. width - 1 do
                branches
                |> List.iter (fun (numbers, _) -> sets.Unite (fst branches.Head).[k] numbers[k])

            Stream.Channels(
                fst branches.Head,
                Array.init width (fun k -> branches |> List.map (fun (_, values) -> values[k]) |> combine)
            )
        | _ ->
            let reason =
                streams
                |> List.tryPick (function
                    | Stream.Unknown reason -> Some reason
                    | Stream.Channels _ -> None)
                |> Option.defaultValue "branches of different widths meet"

            List.iter (pin reason) streams
            Stream.Unknown reason

    let sum term =
        joined (fun values ->
            let constant =
                values
                |> List.sumBy (function
                    | Constant x -> x
                    | Like _ -> 0.0)

            let parts =
                values
                |> List.map (function
                    | Constant _ -> 0, 0.0
                    | Like(kind, factor) -> kind, factor)

            match parts |> List.tryFind (fun (kind, _) -> kind > 0) with
            | None -> if Double.IsFinite constant then Constant constant else kinds.Fresh()
            | Some(_, first) ->
                let numbers = constant / first :: List.map (fun (_, factor) -> factor / first) parts
                kinds.Made(term, List.map fst parts, numbers, first))

    let product term =
        joined (fun values ->
            let constant =
                values
                |> List.fold
                    (fun all value ->
                        match value with
                        | Constant x -> all * x
                        | Like _ -> all)
                    1.0

            let parts =
                values
                |> List.choose (function
                    | Constant _ -> None
                    | Like(kind, factor) -> Some(kind, factor))

            if constant = 0.0 || parts.IsEmpty then
                if Double.IsFinite constant then Constant constant else kinds.Fresh()
            else
                let factor = parts |> List.fold (fun all (_, factor) -> all * factor) (abs constant)
                kinds.Made(term, List.map fst parts, [ float (sign constant) ], factor))

    let concat known (streams: Stream list) =
        let branches =
            List.map2
                (fun width stream ->
                    match stream, width with
                    | Stream.Channels(numbers, values), _ -> Some(numbers, values)
                    | Stream.Unknown _, Some n -> Some(ofWidth n stream)
                    | Stream.Unknown _, None -> None)
                known
                streams

        work (Treatment.Joins(branches |> List.map (Option.map fst)))

        if List.forall Option.isSome branches then
            let branches = List.choose id branches
            Stream.Channels(branches |> List.map fst |> Array.concat, branches |> List.map snd |> Array.concat)
        else
            let reason = "they stand beside channels whose number is not known"
            List.iter (pin reason) streams
            Stream.Unknown reason

    let flatten term positions (stream: Stream) =
        match stream, positions with
        | Stream.Channels(numbers, values), Some n ->
            let values =
                values
                |> Array.collect (fun value ->
                    Array.init n (fun p ->
                        match value with
                        | Constant _ -> value
                        | Like(kind, factor) -> kinds.Made(term, [ kind ], [ float p ], factor)))

            Stream.Channels(Array.collect (Array.replicate n) numbers, values)
        | _ ->
            let reason = "they are flattened with positions whose number is not known"
            pin reason stream
            Stream.Unknown reason

    /// What is behind a term, which is noted down with all terms inside, from the first on.
    let rec flow (wires: Map<string, Stream>) (input: Stream) (network: Network) : Stream =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let behind =
            match network with
            | Linear(a, kernel, label) -> linear a kernel label input
            | UnitRowLinear(rows, kernel, label) -> linear rows.Coefficients kernel label input
            | Compose parts ->
                let step (wires, stream) part =
                    match part with
                    | As wire -> Map.add wire stream wires, stream
                    | part -> wires, flow wires stream part

                snd (List.fold step (wires, input) parts)
            | Scale g ->
                work (eachOf input)

                match floats "scale" input g with
                | Some factors -> each (fun i value -> scaled factors[i] value) input
                | None -> each (fun _ _ -> kinds.Fresh()) input
            | Activation(activation, _) ->
                let term = works.Count

                work (
                    match activation with
                    | PRelu slope when slope.Rows <> Some 1 -> eachOf input
                    | _ -> Treatment.Stays
                )

                activate term activation input
            | Clip(lower, upper, thresholds, _) ->
                let term = works.Count
                work (eachOf input)

                match floats "clip" input thresholds with
                | Some t ->
                    each (fun i value -> entrywise term None [ t[i] ] (Scalar.clip lower upper t[i]) value) input
                | None -> each (fun _ _ -> kinds.Fresh()) input
            | Spatial(operation, _) -> spatial (noted ()) operation input
            | Rearrange(Rearrangement.Flatten positions, _) -> flatten (noted ()) positions input
            | Rearrange _ ->
                let reason = "they are rearranged"
                noted () |> ignore
                pin reason input
                Stream.Unknown reason
            | Normalize(normalization, _, _, _) ->
                noted () |> ignore
                pin $"{Normalization.name normalization} reads them" input
                each (fun _ _ -> kinds.Fresh()) input
            | Sum(branches, _) ->
                let streams = List.map (flow wires input) branches
                sum (noted ()) streams
            | Product(branches, _) ->
                let streams = List.map (flow wires input) branches
                product (noted ()) streams
            | Concat(branches, widths, _) -> List.map (flow wires input) branches |> concat widths.Known
            | As _ -> input
            | Wire wire ->
                match Map.tryFind wire wires with
                | Some stream -> stream
                | None -> Stream.Unknown $"{wire} is an input"
            | Tuple outputs ->
                for output in outputs do
                    flow wires input output |> pin "they are an output"

                Stream.Unknown "they are an output"
            | Opaque(node, inputs) ->
                let reason = $"{node.Name} reads them"

                for inner in inputs do
                    flow wires input inner |> pin reason

                Stream.Unknown $"{node.Name} makes them"

        match keeps network with
        | Some reason -> pin reason behind
        | None -> ()

        behind

    /// Notes down a term that stays, and says which it is.
    and noted () =
        works.Add Treatment.Stays
        works.Count - 1

    member _.Read(network: Network) =
        let meet (a: Affine) =
            for leaf in Parameter.leaves a.Weight do
                if not (weights.Add leaf) then
                    shared.Add leaf |> ignore

        network
        |> Traversal.fold
            (fun () term ->
                match term with
                | Linear(a, _, _) -> meet a
                | UnitRowLinear(rows, _, _) -> meet rows.Coefficients
                | _ -> ())
            ()

        flow Map.empty (Stream.Unknown "they are an input") network
        |> pin "they are an output"

    /// The terms in the order in which they were met.
    member _.Works: IReadOnlyList<Treatment> = works

    /// The names of the linear terms.
    member _.LinearNames: IReadOnlyList<string> = linearNames

    /// The layers that are left as they are, and why.
    member _.Left: IReadOnlyList<struct (string * string)> = lefts

    /// One number for all channels that stay or go together.
    member _.Root number = sets.Root number

    /// How many channels there are: their numbers are below.
    member _.Count = sets.Count

    /// Why a channel stays, where it must.
    member _.Pin number = sets.Reason number
