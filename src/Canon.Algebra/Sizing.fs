namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

/// What flows between layers, in unknown sizes.
[<NoEquality; NoComparison>]
type internal Extent =
    {
        Channels: Size
        Positions: Size
        /// Of a concat what its branches yield, until a linear layer mixes them.
        Parts: Extent list
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
    let equations = SizeEquations()
    let parameters = Dictionary<string, struct (Parameter * Size * Size)>()
    let symbols = Dictionary<string, Size>()
    let atoms = Dictionary<GainAtom, Size>()
    let widths = Dictionary<GainAtom, Size list>()
    let positions = HashSet<int>()
    let flattened = List<Size>()
    let concats = List<Extent>()
    let astray = List<struct (Gain * Size)>()

    let number (n: int) = Size.constant (int64 n)

    let sizeOr name (given: int option) =
        match given with
        | Some n -> number n
        | None -> equations.Fresh name

    let freshPositions name =
        let size = equations.Fresh name
        positions.Add((Size.tryUnknown size).Value) |> ignore
        size

    let meet at what a b =
        equations.Equate(a, b, (fun x y -> ShapeMismatch(at, $"{what} {x} and {y} meet")))

    let meetExtent at (a: Extent) (b: Extent) =
        meet at "channel counts" a.Channels b.Channels
        meet at "position counts" a.Positions b.Positions

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
            let rows = sizeOr $"rows({p.Name})" p.Rows
            let columns = sizeOr $"columns({p.Name})" p.Columns
            parameters[p.Name] <- struct (p, rows, columns)
            struct (rows, columns)

    /// The entries of a vector.
    let vector (p: Parameter) =
        let struct (rows, columns) = parameter p
        meet p.Name "columns" columns (number 1)
        rows

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
        let struct (rows, columns) = parameter a.Weight
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
        | Joined parts -> joined atom parts
        | Repeated(g, times) ->
            match product "flatten" g with
            | Some length -> Size.multiply length (number times)
            | None -> equations.Fresh "the channels of a flatten"

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
            | Repeated(inner, count) -> lineUp (Size.multiply times (number count)) inner extent
            | Joined _
            | Symbol _
            | Constants _
            | Norms _
            | Leader _ -> ()

    let isJoined (g: Gain) =
        g.Factors
        |> List.exists (fun (struct (atom, _)) -> atom.Expression.IsJoined || atom.Expression.IsRepeated)

    let linesUp g (extent: Extent) =
        if isJoined g then
            if extent.Parts.IsEmpty then
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

    let linear kind (a: Affine) (input: Extent) =
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
                Parts = [] }

        { input with
            Channels = rows
            Parts = [] }

    /// The shape behind a network.
    let rec flow (readers: Readers) nextOpaque (wires: Map<string, Extent>) (input: Extent) network : Extent =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let at kind =
            match Network.label network with
            | "" -> kind
            | label -> $"{kind} '{label}'"

        let all branches =
            branches |> List.map (flow readers nextOpaque wires input)

        let sameShape kind branches =
            let shapes = all branches
            shapes.Tail |> List.iter (meetExtent (at kind) shapes.Head)
            shapes.Head

        match network with
        | Linear(a, _) -> linear "linear" a input
        | UnitRowLinear(rows, _) -> linear "unit_row_linear" rows.Coefficients input
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
        | Flatten(given, _) ->
            given
            |> Option.iter (fun n -> meet (at "flatten") "position counts" (number n) input.Positions)

            flattened.Add input.Positions

            let rec flat (extent: Extent) =
                { Channels = Size.multiply (equations.Resolve extent.Channels) (equations.Resolve input.Positions)
                  Positions = number 1
                  Parts = List.map flat extent.Parts }

            let flat = flat input
            concats.Add flat
            flat
        | Compose parts ->
            let step (wires, shape) part =
                match part with
                | As wire -> Map.add wire shape wires, shape
                | part -> wires, flow readers nextOpaque wires shape part

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
            |> List.iter (fun shape -> meet (at "concat") "position counts" shapes.Head.Positions shape.Positions)

            match shapes with
            | [ single ] -> single
            | _ ->
                let joined =
                    { shapes.Head with
                        Channels =
                            shapes
                            |> List.map (fun shape -> equations.Resolve shape.Channels)
                            |> List.reduce Size.add
                        Parts = shapes }

                concats.Add joined
                joined
        | As _ -> input
        | Wire wire ->
            match Map.tryFind wire wires with
            | Some shape -> shape
            | None -> named readers wire
        | Tuple outputs -> all outputs |> List.last
        | Opaque(node, inputs) ->
            all inputs |> ignore
            opaque readers nextOpaque node

    and named readers wire =
        match readers.Wires.TryGetValue wire with
        | true, shape -> shape
        | false, _ ->
            let shape =
                { Channels = equations.Fresh $"the channels of {wire}"
                  Positions = freshPositions $"the positions of {wire}"
                  Parts = [] }

            readers.Wires[wire] <- shape
            shape

    and opaque readers (nextOpaque: int ref) node =
        let index = nextOpaque.Value
        nextOpaque.Value <- index + 1

        if index = readers.Opaque.Count then
            readers.Opaque.Add
                { Channels = sizeOr $"the channels of {node.Name}" node.Channels
                  Positions =
                    match node.Positions with
                    | Some n -> number n
                    | None -> freshPositions $"the positions of {node.Name}"
                  Parts = [] }

        readers.Opaque[index]

    /// Reads networks that share their input. When their sizes contradict each other nothing is learnt of them.
    member _.Read(networks: Network list) : Result<Readers, NetworkError> =
        equations.Attempt(fun () ->
            let readers =
                { Networks = networks
                  Input =
                    { Channels = equations.Fresh "the channels of the input"
                      Positions = freshPositions "the positions of the input"
                      Parts = [] }
                  Wires = Dictionary()
                  Opaque = List() }

            for network in networks do
                flow readers (ref 0) Map.empty readers.Input network |> ignore

            readers)

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

    member private _.Shape(at, extent: Extent) : Shape =
        { Channels = Some(equations.Number(at, extent.Channels))
          Positions = Some(equations.Number(at, extent.Positions)) }

    /// Symbols of the same names with the sizes that they have, after `Settle`.
    member _.Replacement: Replacement =
        { Parameter =
            fun p ->
                match parameters.TryGetValue p.Name with
                | true, struct (_, rows, columns) when p.IsSymbolic ->
                    Parameter.symbolic
                        p.Name
                        (Some(equations.Number(p.Name, rows)))
                        (Some(equations.Number(p.Name, columns)))
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
                            Positions = shape.Positions },
                        inputs
                    )
                | other -> other

            replacing.Network network
            |> Traversal.map filled
            |> Shape.annotate options.Wires options.Input
            |> Fail.value

        List.map fill readers.Networks, options
