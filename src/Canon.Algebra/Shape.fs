namespace Canon.Algebra

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

    let private agree at what a b =
        match a, b with
        | Some x, Some y when x <> y -> mismatch at $"{what} {x} and {y} meet"
        | Some _, _ -> a
        | None, _ -> b

    let private meet at (a: Shape) (b: Shape) =
        { Channels = agree at "channel counts" a.Channels b.Channels
          Positions = agree at "position counts" a.Positions b.Positions }

    let private linear kind (a: Affine) (input: Shape) =
        let at = $"{kind}({a.Weight.Name})"

        let fits what count (g: Gain) =
            match count, Gain.length g with
            | Some n, Some entries when n <> entries -> mismatch at $"{n} {what} are scaled by {entries} gains"
            | _ -> ()

        fits "rows" a.Weight.Rows a.Left
        fits "columns" a.Weight.Columns a.Right
        a.Bias |> Option.iter (fun b -> fits "biases" a.Weight.Rows b.Gain)

        match a.Weight.Columns, input.Channels with
        | Some columns, Some channels when columns <> channels ->
            mismatch at $"the weight reads {columns} channels and {channels} arrive"
        | _ -> { input with Channels = a.Weight.Rows }

    let private entrywise at channels (input: Shape) =
        { input with
            Channels = agree at "channel counts" channels input.Channels }

    /// The network with the sizes that its terms leave open filled in, and the shape behind it.
    let rec private run (wires: Map<string, Shape>) (input: Shape) network : struct (Network * Shape) =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        let at kind =
            match Network.label network with
            | "" -> kind
            | label -> $"{kind} '{label}'"

        let all branches =
            branches
            |> List.map (run wires input)
            |> List.map (fun (struct (n, s)) -> n, s)
            |> List.unzip

        match network with
        | Linear(a, _) -> struct (network, linear "linear" a input)
        | UnitRowLinear(rows, _) -> struct (network, linear "unit_row_linear" rows.Coefficients input)
        | Scale g -> struct (network, entrywise "scale" (Gain.length g) input)
        | Activation(PRelu slope, _) when slope.Rows <> Some 1 ->
            struct (network, entrywise (at "prelu") slope.Rows input)
        | Activation _ -> struct (network, input)
        | Clip(_, _, thresholds, _) -> struct (network, entrywise (at "clip") (Gain.length thresholds) input)
        | Flatten(positions, label) ->
            let positions = agree (at "flatten") "position counts" positions input.Positions

            struct (Flatten(positions, label),
                    { Channels = Option.map2 (*) input.Channels positions
                      Positions = Some 1 })
        | Compose parts ->
            let rec flow filled wires shape parts =
                match parts with
                | [] -> struct (Network.compose (List.rev filled), shape)
                | As wire as part :: rest -> flow (part :: filled) (Map.add wire shape wires) shape rest
                | part :: rest ->
                    let struct (part, shape) = run wires shape part
                    flow (part :: filled) wires shape rest

            flow [] wires input parts
        | Sum(branches, label) ->
            let branches, shapes = all branches
            struct (Sum(branches, label), List.reduce (meet (at "sum")) shapes)
        | Product(branches, label) ->
            let branches, shapes = all branches
            struct (Product(branches, label), List.reduce (meet (at "product")) shapes)
        | Concat(branches, widths, label) ->
            let branches, shapes = all branches

            let widths =
                List.map2 (fun w (s: Shape) -> agree (at "concat") "widths" w s.Channels) widths.Known shapes

            struct (Concat(branches, Widths widths, label),
                    { Channels = List.fold (Option.map2 (+)) (Some 0) widths
                      Positions =
                        shapes
                        |> List.map _.Positions
                        |> List.reduce (agree (at "concat") "position counts") })
        | As _ -> struct (network, input)
        | Wire wire ->
            match Map.tryFind wire wires with
            | Some shape -> struct (network, shape)
            | None -> Fail.because (UnknownWire wire)
        | Tuple outputs ->
            let outputs, _ = all outputs
            struct (Tuple outputs, unknown)
        | Opaque(node, inputs) ->
            let inputs, _ = all inputs

            struct (Opaque(node, inputs),
                    { Channels = node.Channels
                      Positions = node.Positions })

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
