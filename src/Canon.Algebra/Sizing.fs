namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

/// What flows between layers, in unknown sizes.
[<NoEquality; NoComparison>]
type internal Extent =
    {
        Channels: Size
        /// The axes of space. Where nothing tells how many there are, all positions are one axis.
        Space: Size list
        /// Of a concat what its branches yield, until a linear layer mixes them.
        Parts: Extent list
        /// What arrived where the channels were last rearranged, until a linear layer mixes them.
        Origin: Extent option
    }

/// Networks that read the same input and the same named inputs.
[<NoEquality; NoComparison>]
type internal Readers =
    {
        Networks: Network list
        Input: Extent
        /// The named inputs.
        Wires: Dictionary<string, Extent>
        /// The outputs of opaque terms, by their order in a network.
        Opaque: List<Extent>
    }

/// The sizes of symbolic networks, from what their terms say of each other. Names are shared by all networks that are read.
/// The words of errors are those of `Shape`.
[<Sealed>]
type internal Sizing() =
    /// Sizes tried for the axes of space, which windows round, so that they are no unknowns of equations: by the number of the
    /// axis. Square ones, then others, then any.
    let trials: (int -> int) seq =
        let sizes = [ 4; 5; 6; 7; 8; 3; 2; 1; 9; 10; 12; 16; 24; 32 ]
        let few = List.truncate 8 sizes

        seq {
            for size in sizes do
                yield fun _ -> size

            for first in few do
                for second in few do
                    if first <> second then
                        yield fun axis -> if axis % 2 = 0 then first else second

            for seed in 1..300 do
                let drawn =
                    Array.init 64 (let random = System.Random seed in fun _ -> random.Next(1, 7))

                yield fun axis -> drawn[axis % drawn.Length]
        }

    let equations = SizeEquations()
    let parameters = Dictionary<string, struct (Parameter * Size * Size)>()
    let ones = Dictionary<Parameter, Size>()
    let symbols = Dictionary<string, Size>()
    let atoms = Dictionary<GainAtom, Size>()
    let widths = Dictionary<GainAtom, Size list>()
    let positions = HashSet<int>()
    let flattened = List<Size>()
    let concats = List<Extent>()
    let astray = List<struct (Gain * Size)>()

    /// How many axes have got the size of a trial.
    let mutable tried = 0

    /// Whether axes of space are told apart, so that one position is an axis and not none.
    let mutable spatial = false

    let number (n: int) = Size.constant (int64 n)

    let sizeOr name (given: int option) =
        match given with
        | Some n -> number n
        | None -> equations.Fresh name

    /// How many axes of space a term works on, where it tells.
    let axes term =
        match term with
        | Linear(_, kernel, _)
        | UnitRowLinear(_, kernel, _) when (Kernel.window kernel).Axes > 0 -> [ (Kernel.window kernel).Axes ]
        | Spatial(operation, _) ->
            match operation with
            | Spatial.Pool(_, PoolRegion.Sliding(window, _)) -> [ window.Axes ]
            | Spatial.Pool(_, PoolRegion.Whole(Some axes, _)) -> [ List.max (1 :: List.map ((+) 1) axes) ]
            | Spatial.Pool(_, PoolRegion.Whole(None, _)) -> [ 2 ]
            | Spatial.Pad(before, _, _) -> [ before.Length ]
            | Spatial.Crop runs -> [ runs.Length ]
            | Spatial.Resize(_, _, Resizing.By factors) -> [ factors.Length ]
            | Spatial.Resize(_, _, Resizing.To sizes) -> [ sizes.Length ]
        | Rearrange(Rearrangement.Regroup(_, source, _), _) -> [ source.SpaceAxes.Length ]
        | _ -> []

    let freshPositions name =
        let size = equations.Fresh name
        positions.Add((Size.tryUnknown size).Value) |> ignore
        size

    let meet at what a b =
        equations.Equate(a, b, (fun x y -> ShapeMismatch(at, $"{what} {x} and {y} meet")))

    let positionsOf (extent: Extent) =
        extent.Space |> List.map equations.Resolve |> List.fold Size.multiply (number 1)

    let meetSpace at (a: Size list) (b: Size list) =
        if a.Length <> b.Length then
            Fail.because (ShapeMismatch(at, $"spaces of {a.Length} and {b.Length} axes meet"))

        List.iter2 (meet at "position counts") a b

    /// Where an axis of one has one position it stands for any number.
    let broadcast at (a: Extent) (b: Extent) =
        meet at "channel counts" a.Channels b.Channels

        if a.Space.Length <> b.Space.Length then
            meetSpace at a.Space b.Space

        let axis x y =
            match Size.tryNumber (equations.Resolve x), Size.tryNumber (equations.Resolve y) with
            | Some 1L, _ -> y
            | _, Some 1L -> x
            | _ ->
                meet at "position counts" x y
                x

        { a with
            Space = List.map2 axis a.Space b.Space }

    let gainMeets at a b =
        equations.Equate(a, b, (fun entries n -> ShapeMismatch(at, $"a gain of {entries} entries meets {n} channels")))

    /// Rows and columns of the parameter of a name, which is one parameter throughout.
    let parameter (p: Parameter) : struct (Size * Size) =
        match parameters.TryGetValue p.Name with
        | true, struct (first, rows, columns) ->
            if first <> p && not (first.IsSymbolic && p.IsSymbolic) then
                Fail.because (AmbiguousParameter p.Name)

            let agree size given =
                given |> Option.iter (fun n -> meet p.Name "sizes" size (number n))

            agree rows p.Rows
            agree columns p.Columns
            struct (rows, columns)
        | false, _ ->
            let groups =
                match p.Grouping with
                | Groups count -> number count
                | Diagonal -> number 1

            let size name given =
                match given with
                | Some n -> number n
                | None -> Size.multiply groups (equations.Fresh name)

            let rows = size $"rows({p.Name})" p.Rows
            let columns = size $"columns({p.Name})" p.Columns
            parameters[p.Name] <- struct (p, rows, columns)
            struct (rows, columns)

    /// There are as many as the last that is taken tells.
    let reaches name what taken size =
        let least = List.max (0 :: taken) + 1
        let more = equations.Fresh $"the {what} of {name} behind those that are taken"

        equations.Equate(
            size,
            Size.add more (number (least - 1)),
            (fun size _ -> ShapeMismatch(name, $"{what} up to {least - 1} of {size} are taken"))
        )

    /// The entries of a vector, or of a diagonal.
    let rec vector (p: Parameter) =
        let all (parts: Parameter list) =
            let sizes = List.map vector parts
            sizes.Tail |> List.iter (meet p.Name "entries" sizes.Head)
            sizes.Head

        match p.Source with
        | Source.Symbol
        | Source.Stored _ ->
            let struct (rows, columns) = parameter (Parameter.leaves p).Head
            meet p.Name "columns" columns (number 1)
            rows
        | Source.Ones ->
            match ones.TryGetValue p with
            | true, size -> size
            | false, _ ->
                let size = sizeOr $"rows({p.Name})" p.Rows
                ones[p] <- size
                size
        | Source.NormFactor(gamma, variance, _) -> all [ gamma; variance ]
        | Source.NormShift(gamma, beta, mean, variance, _) -> all [ gamma; beta; mean; variance ]
        | Source.Times(a, b)
        | Source.TimesColumns(a, b)
        | Source.Plus(a, b) -> all [ a; b ]
        | Source.Image(w, v) ->
            let struct (rows, columns) = weight w
            meet p.Name "entries" columns (vector v)
            rows
        | Source.Selected(inner, selection) ->
            reaches p.Name "rows" selection.Rows (vector inner)
            number selection.Rows.Length

    /// Rows and columns of a weight.
    and weight (p: Parameter) : struct (Size * Size) =
        match p.Source with
        | _ when p.Grouping = Diagonal ->
            let entries = vector p
            struct (entries, entries)
        | Source.Times(factors, inner) ->
            let struct (rows, columns) = weight inner
            meet p.Name "rows" (vector factors) rows
            struct (rows, columns)
        | Source.TimesColumns(inner, factors) ->
            let struct (rows, columns) = weight inner
            meet p.Name "columns" (vector factors) columns
            struct (rows, columns)
        | Source.Selected(inner, selection) ->
            let struct (rows, columns) = weight inner
            reaches p.Name "rows" selection.Rows rows
            reaches p.Name "columns" selection.Columns columns
            struct (number selection.Rows.Length, number selection.Columns.Length)
        | Source.Symbol
        | Source.Stored _ -> parameter p
        | Source.Ones
        | Source.NormFactor _
        | Source.NormShift _
        | Source.Image _
        | Source.Plus _ -> struct (vector p, number 1)

    let symbol name length =
        match symbols.TryGetValue name with
        | true, size ->
            length |> Option.iter (fun n -> meet name "lengths" size (number n))
            size
        | false, _ ->
            let size = sizeOr $"length({name})" length
            symbols[name] <- size
            size

    /// The length of a gain whose atoms are known; None for the gain 1.
    let product at (g: Gain) =
        match g.Factors |> List.map (fun (struct (atom, _)) -> atoms[atom]) with
        | [] -> None
        | first :: others ->
            others |> List.iter (gainMeets at first)
            Some first

    let gainOf at size g =
        product at g |> Option.iter (fun length -> gainMeets at length size)

    /// Rows and columns of coefficients whose gains are known.
    let coefficients (a: Affine) : struct (Size * Size) =
        let name = a.Weight.Name
        let struct (rows, columns) = weight a.Weight
        gainOf name columns a.Right
        gainOf name rows a.Left

        a.Bias
        |> Option.iter (fun bias ->
            equations.Equate(
                vector bias.Vector,
                rows,
                (fun entries rows ->
                    ShapeMismatch(bias.Vector.Name, $"the bias has {entries} entries; {name} has {rows} rows"))
            )

            gainOf bias.Vector.Name rows bias.Gain)

        struct (rows, columns)

    let joined atom (parts: (Gain * int option) list) =
        let sizes =
            parts
            |> List.map (fun (g, width) ->
                match product "concat" g, width with
                | None, width -> sizeOr "the width of a branch" width
                | Some length, None -> length
                | Some length, Some width ->
                    gainMeets "concat" length (number width)
                    length)

        widths[atom] <- sizes
        List.reduce Size.add sizes

    let measure (atom: GainAtom) =
        match atom.Expression with
        | Symbol(name, length) -> symbol name length
        | Constants values -> number values.Length
        | Norms(a, _) ->
            let struct (rows, _) = coefficients a
            rows
        | Leader gains ->
            match gains |> List.choose (product "sum") with
            | [] -> equations.Fresh "the channels of a sum"
            | first :: others ->
                others |> List.iter (gainMeets "sum" first)
                first
        | RootMeanSquare g ->
            match product "a mean" g with
            | Some length -> length
            | None -> equations.Fresh "the channels of a mean"
        | Joined parts -> joined atom parts
        | Viewed(g, Each times) ->
            match product "flatten" g with
            | Some length -> Size.multiply length (number times)
            | None -> equations.Fresh "the channels of a flatten"
        | Viewed(_, Strided(_, axes)) -> number (axes |> List.fold (fun n (size, _) -> n * size) 1)

    let settle =
        GainOrder.innermostFirst atoms.ContainsKey (fun atom -> atoms[atom] <- measure atom)

    /// Joined gains seldom tell the widths of their parts, but they stem from concats: where a gain has as many parts as the value that
    /// it multiplies, their widths are the same, unless that contradicts something.
    let rec lineUp (times: Size) (g: Gain) (extent: Extent) =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        for struct (atom, _) in g.Factors do
            match atom.Expression with
            | Joined parts when parts.Length = extent.Parts.Length ->
                let agree =
                    equations.Attempt(fun () ->
                        List.iter2
                            (fun width (part: Extent) ->
                                gainMeets "concat" (Size.multiply times (equations.Resolve width)) part.Channels)
                            widths[atom]
                            extent.Parts)

                if agree.IsOk then
                    List.iter2 (fun (part, _) inner -> lineUp times part inner) parts extent.Parts
            | Viewed(inner, Each count) -> lineUp (Size.multiply times (number count)) inner extent
            | Viewed(inner, Strided _) -> extent.Origin |> Option.iter (lineUpOrigin inner)
            | Joined _
            | Symbol _
            | Constants _
            | Norms _
            | Leader _
            | RootMeanSquare _ -> ()

    /// Views of views are one: the gain stands for what arrived at the last rearrangement or at one before it.
    and lineUpOrigin (g: Gain) (origin: Extent) =
        lineUp (number 1) g origin
        origin.Origin |> Option.iter (lineUpOrigin g)

    let isJoined (g: Gain) =
        g.Factors
        |> List.exists (fun (struct (atom, _)) -> atom.Expression.IsJoined || atom.Expression.IsViewed)

    let linesUp g (extent: Extent) =
        if isJoined g then
            if extent.Parts.IsEmpty && extent.Origin.IsNone then
                astray.Add(struct (g, extent.Channels))
            else
                lineUp (number 1) g extent

    /// Behind a linear layer nothing tells the parts of a value; a joined gain there stems from some concat of as many channels.
    let lineUpAstray () =
        let known = Dictionary<Size, List<Extent>>()

        for extent in concats do
            let channels = equations.Resolve extent.Channels

            if not (known.ContainsKey channels) then
                known[channels] <- List()

            if
                known[channels]
                |> Seq.forall (fun other -> other.Parts.Length <> extent.Parts.Length)
            then
                known[channels].Add extent

        for struct (g, channels) in astray do
            match known.TryGetValue(equations.Resolve channels) with
            | true, extents -> extents |> Seq.iter (lineUp (number 1) g)
            | false, _ -> ()

    let gain at (input: Extent) g =
        settle g

        product at g
        |> Option.iter (fun length -> meet at "channel counts" length input.Channels)

        linesUp g input

    /// The sizes of space as numbers; what nothing determines is tried.
    let spaceNumbers (trial: int -> int) (space: Size list) =
        space
        |> List.map (fun axis ->
            match Size.tryNumber (equations.Resolve axis) with
            | Some n -> int n
            | None ->
                let size = trial tried
                tried <- tried + 1
                meet "space" "position counts" axis (number size)
                size)

    let spaceBehind at trial (space: Size list) behind =
        let numbers = spaceNumbers trial space |> List.map Some

        match behind (Some numbers) with
        | Ok(Some sizes: int option list option) -> sizes |> List.map (fun n -> number (Option.get n))
        | Ok None -> space
        | Error reason -> Fail.because (ShapeMismatch(at, reason))

    let linear kind trial (a: Affine) kernel (input: Extent) =
        List.iter settle a.Gains
        let struct (rows, columns) = coefficients a

        equations.Equate(
            columns,
            input.Channels,
            (fun columns channels ->
                ShapeMismatch($"{kind}({a.Weight.Name})", $"the weight reads {columns} channels and {channels} arrive"))
        )

        linesUp a.Right input

        linesUp
            a.Left
            { input with
                Channels = rows
                Parts = []
                Origin = None }

        let space =
            let axes = (Kernel.window kernel).Axes

            if Kernel.isPointwise kernel && (axes = 0 || axes = input.Space.Length) then
                input.Space
            else
                spaceBehind $"{kind}({a.Weight.Name})" trial input.Space (fun space -> Shape.behindKernel space kernel)

        { Channels = rows
          Space = space
          Parts = []
          Origin = None }

    /// The shape behind a rearrangement.
    let rearranged at trial (input: Extent) rearrangement =
        match rearrangement with
        | Rearrangement.Flatten given ->
            given
            |> Option.iter (fun n -> meet at "position counts" (number n) (positionsOf input))

            let positions = positionsOf input
            flattened.Add positions

            let rec flat (extent: Extent) =
                { Channels = Size.multiply (equations.Resolve extent.Channels) (equations.Resolve positions)
                  Space = []
                  Parts = List.map flat extent.Parts
                  Origin = Some extent }

            let flat = flat input
            concats.Add flat
            flat
        | Rearrangement.Take run ->
            let least = Run.farthest run + 1
            let more = equations.Fresh "the channels behind those that are taken"

            equations.Equate(
                input.Channels,
                Size.add more (number (least - 1)),
                (fun channels _ -> ShapeMismatch(at, $"channel {least - 1} of {channels} is taken"))
            )

            { input with
                Channels = number run.Count
                Parts = []
                Origin = Some input }
        | Rearrangement.Regroup(sizes, source, target) ->
            let product (group: int list) =
                group
                |> List.map (fun atom -> sizes[atom])
                |> List.fold (Option.map2 (*)) (Some 1)

            product source.ChannelAxis
            |> Option.iter (fun n -> meet at "channel counts" input.Channels (number n))

            let isKept = target.ChannelAxis = source.ChannelAxis
            let numbers = spaceNumbers trial input.Space

            let channels =
                match Size.tryNumber (equations.Resolve input.Channels), target.ChannelAxis with
                | _, _ when (product source.ChannelAxis).IsSome -> product source.ChannelAxis
                | Some n, _ -> Some(int n)
                | None, _ when isKept -> None
                | None, _ -> Fail.because (UnknownWidth at)

            match Rearrangement.shape channels (Some(List.map Some numbers)) rearrangement with
            | Error reason -> Fail.because (ShapeMismatch(at, reason))
            | Ok(struct (behind, space)) ->
                { Channels = behind |> Option.map number |> Option.defaultValue input.Channels
                  Space =
                    space
                    |> Option.defaultValue []
                    |> List.map (fun n -> number (Option.defaultValue 1 n))
                  Parts = if isKept then input.Parts else []
                  Origin = if isKept then input.Origin else Some input }

    /// The shape behind a network. `trial`: the size of an axis of space that nothing else determines, where it matters.
    let rec flow trial (readers: Readers) nextOpaque (wires: Map<string, Extent>) (input: Extent) network : Extent =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let at kind = Network.at kind network

        let all branches =
            branches |> List.map (flow trial readers nextOpaque wires input)

        let sameShape kind branches =
            all branches |> List.reduce (broadcast (at kind))

        match network with
        | Linear(a, kernel, _) -> linear "linear" trial a kernel input
        | UnitRowLinear(rows, kernel, _) -> linear "unit_row_linear" trial rows.Coefficients kernel input
        | Scale g ->
            gain "scale" input g
            input
        | Activation(PRelu slope, _) when slope.Rows <> Some 1 ->
            meet (at "prelu") "channel counts" (vector slope) input.Channels
            input
        | Activation _ -> input
        | Clip(_, _, thresholds, _) ->
            gain (at "clip") input thresholds
            input
        | Spatial(Spatial.Pool(_, PoolRegion.Whole(None, keep)), _) ->
            { input with
                Space = if keep then input.Space |> List.map (fun _ -> number 1) else [] }
        | Spatial(operation, _) ->
            { input with
                Space = spaceBehind (at "spatial") trial input.Space (fun space -> Spatial.sizes space operation) }
        | Rearrange(rearrangement, _) -> rearranged (at "rearrange") trial input rearrangement
        | Normalize(normalization, _, tolerance, _) ->
            gain (at "normalize") input tolerance

            match normalization with
            | GroupNorm groups ->
                let width = equations.Fresh "the channels of a group"

                equations.Equate(
                    input.Channels,
                    Size.multiply (number groups) width,
                    (fun channels _ -> ShapeMismatch(at "normalize", $"{channels} channels in {groups} groups"))
                )
            | LayerNorm
            | RmsNorm
            | InstanceNorm -> ()

            input
        | Compose parts ->
            let step (wires, shape) part =
                match part with
                | As wire -> Map.add wire shape wires, shape
                | part -> wires, flow trial readers nextOpaque wires shape part

            snd (List.fold step (wires, input) parts)
        | Sum(branches, _) -> sameShape "sum" branches
        | Product(branches, _) -> sameShape "product" branches
        | Concat(branches, given, _) ->
            let shapes = all branches

            List.iter2
                (fun width (shape: Extent) ->
                    width
                    |> Option.iter (fun n -> meet (at "concat") "widths" (number n) shape.Channels))
                given.Known
                shapes

            shapes.Tail
            |> List.iter (fun shape -> meetSpace (at "concat") shapes.Head.Space shape.Space)

            match shapes with
            | [ single ] -> single
            | _ ->
                let joined =
                    { shapes.Head with
                        Channels =
                            shapes
                            |> List.map (fun shape -> equations.Resolve shape.Channels)
                            |> List.reduce Size.add
                        Parts = shapes
                        Origin = None }

                concats.Add joined
                joined
        | As _ -> input
        | Wire wire ->
            match Map.tryFind wire wires with
            | Some shape -> shape
            | None -> named readers wire
        | Tuple outputs -> all outputs |> List.last
        | Opaque(node, inputs) -> opaque readers nextOpaque node (all inputs)

    and named readers wire =
        match readers.Wires.TryGetValue wire with
        | true, shape -> shape
        | false, _ ->
            let shape =
                { Channels = equations.Fresh $"the channels of {wire}"
                  Space =
                    readers.Input.Space
                    |> List.map (fun _ -> freshPositions $"the positions of {wire}")
                  Parts = []
                  Origin = None }

            readers.Wires[wire] <- shape
            shape

    /// What does not tell its space has the axes of its first input.
    and opaque readers (nextOpaque: int ref) node inputs =
        let index = nextOpaque.Value
        nextOpaque.Value <- index + 1

        if index = readers.Opaque.Count then
            readers.Opaque.Add
                { Channels = sizeOr $"the channels of {node.Name}" node.Channels
                  Space =
                    match node.Space with
                    | Some [] when not spatial -> [ number 1 ]
                    | Some axes -> axes |> List.map (sizeOr $"the positions of {node.Name}")
                    | None ->
                        let like = inputs |> List.tryHead |> Option.defaultValue readers.Input
                        like.Space |> List.map (fun _ -> freshPositions $"the positions of {node.Name}")
                  Parts = []
                  Origin = None }

        readers.Opaque[index]

    /// Reads networks that share their input. When their sizes contradict each other nothing is learnt of them.
    member _.Read(networks: Network list) : Result<Readers, NetworkError> =
        let read rank trial =
            equations.Attempt(fun () ->
                tried <- 0

                let readers =
                    { Networks = networks
                      Input =
                        { Channels = equations.Fresh "the channels of the input"
                          Space = List.init rank (fun _ -> freshPositions "the positions of the input")
                          Parts = []
                          Origin = None }
                      Wires = Dictionary()
                      Opaque = List() }

                for network in networks do
                    flow trial readers (ref 0) Map.empty readers.Input network |> ignore

                readers)

        match networks |> List.collect (Traversal.collect axes) |> List.distinct with
        | [] -> read 1 (fun _ -> 1)
        | told ->
            spatial <- true

            // What stands behind a flatten tells nothing of the space in front of it.
            let ranks = List.distinct (List.filter ((<>) 0) told @ [ 1; 0 ])

            let attempts =
                seq {
                    for trial in trials do
                        for rank in ranks do
                            read rank trial
                }

            let first = Seq.head attempts

            if first.IsOk then
                first
            else
                attempts |> Seq.tryFind _.IsOk |> Option.defaultValue first

    /// Settles what is still open: `pick k` for the k-th size that nothing determines; positions that no flatten reads are 1.
    member _.Settle(pick: int -> int) =
        lineUpAstray ()

        let read =
            flattened |> Seq.collect (equations.Resolve >> Size.unknowns) |> HashSet<int>

        let mutable free = 0

        equations.Settle(fun unknown ->
            if positions.Contains unknown && not (read.Contains unknown) then
                1L
            else
                free <- free + 1
                int64 (max 1 (pick (free - 1))))

    /// Where axes of space are not told apart, one position is none.
    member private _.Shape(at, extent: Extent) : Shape =
        let sizes = extent.Space |> List.map (fun axis -> equations.Number(at, axis))

        Shape.create (equations.Number(at, extent.Channels)) (if sizes = [ 1 ] && not spatial then [] else sizes)

    /// Symbols of the same names with the sizes that they have, after `Settle`.
    member _.Replacement: Replacement =
        { Parameter =
            fun _ p ->
                match p.Source, parameters.TryGetValue p.Name with
                | Source.Ones, _ ->
                    match ones.TryGetValue p with
                    | true, size -> Parameter.ones p.Name (Some(equations.Number(p.Name, size)))
                    | false, _ -> p
                | Source.Symbol, (true, struct (_, rows, columns)) ->
                    Parameter.symbolicWeight
                        p.Name
                        (Some(equations.Number(p.Name, rows)))
                        (Some(equations.Number(p.Name, columns)))
                        p.Grouping
                        p.Taps
                | _ -> p
          Symbol =
            fun name length ->
                match symbols.TryGetValue name with
                | true, size -> Gain.symbol name (Some(equations.Number(name, size)))
                | false, _ -> Gain.symbol name length
          Widths =
            fun atom parts ->
                match widths.TryGetValue atom with
                | true, sizes -> sizes |> List.map (fun size -> Some(equations.Number("concat", size)))
                | false, _ -> Replacement.givenWidths atom parts }

    /// The networks with every size filled in, by a replacement that goes on from `Replacement`, and the shapes of what they read.
    member sizing.Fill(replacing: Replacing, readers: Readers) : Network list * CanonicalOptions =
        let options =
            { Canonical.options with
                Input = sizing.Shape("input", readers.Input)
                Wires =
                    readers.Wires
                    |> Seq.map (fun pair -> pair.Key, sizing.Shape(pair.Key, pair.Value))
                    |> Map.ofSeq }

        let fill network =
            let mutable opaque = 0

            let filled term =
                match term with
                | Opaque(node, inputs) ->
                    let shape = sizing.Shape(node.Name, readers.Opaque[opaque])
                    opaque <- opaque + 1

                    Opaque(
                        { node with
                            Channels = shape.Channels
                            Space = shape.Space },
                        inputs
                    )
                | other -> other

            replacing.Network network
            |> Traversal.map filled
            |> Shape.annotate options.Wires options.Input
            |> Fail.value

        List.map fill readers.Networks, options
