namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

[<Struct; StructuralEquality; NoComparison>]
type Shape =
    { Channels: int option
      Positions: int option }

[<RequireQualifiedAccess>]
module Shape =

    let unknown = { Channels = None; Positions = None }

    let vector channels =
        { Channels = Some channels
          Positions = Some 1 }

    let private mismatch at reason =
        Fail.because (ShapeMismatch(at, reason))

    /// The kind of a term, with its label where it has one.
    let private at kind network =
        match Network.label network with
        | "" -> kind
        | label -> $"{kind} '{label}'"

    let private agree kind network what a b =
        match a, b with
        | Some x, Some y when x <> y -> mismatch (at kind network) $"{what} {x} and {y} meet"
        | Some _, _ -> a
        | None, _ -> b

    let private meet kind network (a: Shape) (b: Shape) =
        { Channels = agree kind network "channel counts" a.Channels b.Channels
          Positions = agree kind network "position counts" a.Positions b.Positions }

    let private linear kind (a: Affine) (input: Shape) =
        let mismatch reason =
            mismatch $"{kind}({a.Weight.Name})" reason

        let fits what count (g: Gain) =
            match count, Gain.length g with
            | Some n, Some entries when n <> entries -> mismatch $"{n} {what} are scaled by {entries} gains"
            | _ -> ()

        fits "rows" a.Weight.Rows a.Left
        fits "columns" a.Weight.Columns a.Right
        a.Bias |> Option.iter (fun b -> fits "biases" a.Weight.Rows b.Gain)

        match a.Weight.Columns, input.Channels with
        | Some columns, Some channels when columns <> channels ->
            mismatch $"the weight reads {columns} channels and {channels} arrive"
        | _ -> { input with Channels = a.Weight.Rows }

    let private entrywise kind network channels (input: Shape) =
        { input with
            Channels = agree kind network "channel counts" channels input.Channels }

    /// The network with its children filled in; itself where nothing was open.
    let private filled children network =
        if List.forall2 LanguagePrimitives.PhysicalEquality (Traversal.children network) children then
            network
        else
            Traversal.withChildren children network

    /// The network with the sizes that its terms leave open filled in, and the shape behind it.
    let rec private run (wires: Map<string, Shape>) (input: Shape) network : struct (Network * Shape) =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        match network with
        | Linear(a, _) -> struct (network, linear "linear" a input)
        | UnitRowLinear(rows, _) -> struct (network, linear "unit_row_linear" rows.Coefficients input)
        | Scale g -> struct (network, entrywise "scale" network (Gain.length g) input)
        | Activation(PRelu slope, _) when slope.Rows <> Some 1 ->
            struct (network, entrywise "prelu" network slope.Rows input)
        | Activation _ -> struct (network, input)
        | Clip(_, _, thresholds, _) -> struct (network, entrywise "clip" network (Gain.length thresholds) input)
        | Flatten(positions, label) ->
            let positions = agree "flatten" network "position counts" positions input.Positions

            struct (Flatten(positions, label),
                    { Channels = Option.map2 (*) input.Channels positions
                      Positions = Some 1 })
        | Compose parts -> flow wires input network parts
        | Sum(branches, _) ->
            let branches, shapes = each wires input branches
            struct (filled branches network, List.reduce (meet "sum" network) shapes)
        | Product(branches, _) ->
            let branches, shapes = each wires input branches
            struct (filled branches network, List.reduce (meet "product" network) shapes)
        | Concat(branches, widths, label) ->
            let branches, shapes = each wires input branches

            let widths =
                List.map2 (fun w (s: Shape) -> agree "concat" network "widths" w s.Channels) widths.Known shapes

            struct (Concat(branches, Widths widths, label),
                    { Channels = List.fold (Option.map2 (+)) (Some 0) widths
                      Positions =
                        shapes
                        |> List.map _.Positions
                        |> List.reduce (agree "concat" network "position counts") })
        | As _ -> struct (network, input)
        | Wire wire ->
            match Map.tryFind wire wires with
            | Some shape -> struct (network, shape)
            | None -> Fail.because (UnknownWire wire)
        | Tuple outputs ->
            let outputs, _ = each wires input outputs
            struct (filled outputs network, unknown)
        | Opaque(node, inputs) ->
            let inputs, _ = each wires input inputs

            struct (filled inputs network,
                    { Channels = node.Channels
                      Positions = node.Positions })

    and private each wires input branches =
        branches
        |> List.map (fun branch -> let struct (branch, shape) = run wires input branch in branch, shape)
        |> List.unzip

    /// The parts of a composition, each filled in with the shape behind those before it.
    and private flow wires input network parts =
        let terms = List<Network>()

        let rec along wires shape same parts =
            match parts with
            | [] -> struct ((if same then network else Network.compose (List.ofSeq terms)), shape)
            | part :: rest ->
                let struct (term, behind) = run wires shape part
                terms.Add term

                let wires =
                    match part with
                    | As wire -> Map.add wire shape wires
                    | _ -> wires

                along wires behind (same && LanguagePrimitives.PhysicalEquality term part) rest

        along wires input true parts

    let infer wires input network =
        Fail.guard (fun () -> let struct (_, shape) = run wires input network in shape)

    let annotate wires input network =
        Fail.guard (fun () -> let struct (network, _) = run wires input network in network)

    let rec inputChannels network =
        match network with
        | Linear(a, _) -> a.Weight.Columns
        | UnitRowLinear(rows, _) -> rows.Coefficients.Weight.Columns
        | Scale g -> Gain.length g
        | Clip(_, _, thresholds, _) -> Gain.length thresholds
        | Activation(PRelu slope, _) when slope.Rows <> Some 1 -> slope.Rows
        | Compose parts -> inputOfParts parts
        | Sum(branches, _)
        | Concat(branches, _, _)
        | Product(branches, _)
        | Tuple branches
        | Opaque(_, branches) -> List.tryPick inputChannels branches
        | Activation _
        | Flatten _
        | As _
        | Wire _ -> None

    and private inputOfParts parts =
        match parts with
        | [] -> None
        | part :: rest ->
            match inputChannels part with
            | Some n -> Some n
            | None ->
                match part with
                | Activation _
                | Clip _
                | As _
                | Compose _
                | Scale _ -> inputOfParts rest
                | Sum(branches, _)
                | Product(branches, _) when List.contains Network.identity branches -> inputOfParts rest
                | Linear _
                | UnitRowLinear _
                | Flatten _
                | Sum _
                | Concat _
                | Product _
                | Wire _
                | Tuple _
                | Opaque _ -> None
