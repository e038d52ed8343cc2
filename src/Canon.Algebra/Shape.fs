namespace Canon.Algebra

open System.Collections.Generic
open System.Runtime.CompilerServices

[<Struct; StructuralEquality; NoComparison>]
type Shape =
    { Channels: int option
      Space: int option list option }

    member x.Positions = x.Space |> Option.bind (List.fold (Option.map2 (*)) (Some 1))

[<RequireQualifiedAccess>]
module Shape =

    let unknown = { Channels = None; Space = None }

    let create channels sizes =
        { Channels = Some channels
          Space = Some(List.map Some sizes) }

    let vector channels = create channels []

    let private mismatch at reason =
        Fail.because (ShapeMismatch(at, reason))

    let private agree kind network what a b =
        match a, b with
        | Some x, Some y when x <> y -> mismatch (Network.at kind network) $"{what} {x} and {y} meet"
        | Some _, _ -> a
        | None, _ -> b

    /// Sizes of space that must be the same.
    let private agreeSpace kind network a b =
        match a, b with
        | Some xs, Some ys when List.length xs <> List.length ys ->
            mismatch (Network.at kind network) $"spaces of {xs.Length} and {ys.Length} axes meet"
        | Some xs, Some ys -> Some(List.map2 (agree kind network "position counts") xs ys)
        | Some _, None -> a
        | None, _ -> b

    /// Sizes of space where one position stands for any number.
    let private broadcast kind network a b =
        match a, b with
        | Some xs, Some ys when List.length xs = List.length ys ->
            let size x y =
                match x, y with
                | Some 1, other
                | other, Some 1 -> other
                | _ -> agree kind network "position counts" x y

            Some(List.map2 size xs ys)
        | _ -> agreeSpace kind network a b

    let private meet kind network (a: Shape) (b: Shape) =
        { Channels = agree kind network "channel counts" a.Channels b.Channels
          Space = broadcast kind network a.Space b.Space }

    let private axesBehind kernel sizes =
        match kernel with
        | Direct window -> Window.axes false sizes window |> Result.map (List.map _.Output)
        | Transposed(window, outputPadding) ->
            Window.transposedAxes outputPadding sizes window |> Result.map (List.map _.Size)

    let behindKernel (space: int option list option) kernel =
        match space with
        | _ when Kernel.isDense kernel -> Ok space
        | None -> Ok(Some(List.replicate (Kernel.window kernel).Axes None))
        | Some sizes -> Window.overUnknown (axesBehind kernel) sizes |> Result.map Some

    /// One gain for each of what it scales.
    let private fits kind (a: Affine) what count (g: Gain) =
        if not g.IsOne then
            match count, Gain.length g with
            | Some n, Some entries when n <> entries ->
                mismatch $"{kind}({a.Weight.Name})" $"{n} {what} are scaled by {entries} gains"
            | _ -> ()

    let private linear kind (a: Affine) kernel (input: Shape) =
        fits kind a "rows" a.Weight.Rows a.Left
        fits kind a "columns" a.Weight.Columns a.Right

        match a.Bias with
        | Some bias -> fits kind a "biases" a.Weight.Rows bias.Gain
        | None -> ()

        match a.Weight.Columns, input.Channels with
        | Some columns, Some channels when columns <> channels ->
            mismatch $"{kind}({a.Weight.Name})" $"the weight reads {columns} channels and {channels} arrive"
        | _ ->
            let channels =
                match a.Weight.Grouping with
                | Diagonal -> Option.orElse a.Weight.Rows input.Channels
                | Groups _ -> a.Weight.Rows

            match behindKernel input.Space kernel with
            | Ok space -> { Channels = channels; Space = space }
            | Error reason -> mismatch $"{kind}({a.Weight.Name})" reason

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
        | Linear(a, kernel, _) -> struct (network, linear "linear" a kernel input)
        | UnitRowLinear(rows, kernel, _) -> struct (network, linear "unit_row_linear" rows.Coefficients kernel input)
        | Scale g -> struct (network, entrywise "scale" network (Gain.length g) input)
        | Activation(PRelu slope, _) when slope.Rows <> Some 1 ->
            struct (network, entrywise "prelu" network slope.Rows input)
        | Activation _ -> struct (network, input)
        | Clip(_, _, thresholds, _) -> struct (network, entrywise "clip" network (Gain.length thresholds) input)
        | Spatial(operation, _) ->
            match Spatial.sizes input.Space operation with
            | Ok space -> struct (network, { input with Space = space })
            | Error reason -> mismatch (Network.at "spatial" network) reason
        | Rearrange(rearrangement, label) ->
            match Rearrangement.shape input.Channels input.Space rearrangement with
            | Error reason -> mismatch (Network.at "rearrange" network) reason
            | Ok(struct (channels, space)) ->
                let filled =
                    match rearrangement, input.Positions with
                    | Rearrangement.Flatten None, (Some _ as positions) ->
                        Rearrange(Rearrangement.Flatten positions, label)
                    | _ -> network

                struct (filled, { Channels = channels; Space = space })
        | Normalize(normalization, _, tolerance, _) ->
            match normalization, input.Channels with
            | GroupNorm groups, Some channels when channels % groups <> 0 ->
                mismatch (Network.at "group_norm" network) $"{channels} channels in {groups} groups"
            | _ -> struct (network, entrywise (Normalization.name normalization) network (Gain.length tolerance) input)
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
                      Space = shapes |> List.map _.Space |> List.reduce (agreeSpace "concat" network) })
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
                      Space = node.Space })

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
        | Linear(a, _, _) -> a.Weight.Columns
        | UnitRowLinear(rows, _, _) -> rows.Coefficients.Weight.Columns
        | Scale g
        | Clip(_, _, g, _)
        | Normalize(_, _, g, _) -> Gain.length g
        | Activation(PRelu slope, _) when slope.Rows <> Some 1 -> slope.Rows
        | Compose parts -> inputOfParts parts
        | Sum(branches, _)
        | Concat(branches, _, _)
        | Product(branches, _)
        | Tuple branches
        | Opaque(_, branches) -> List.tryPick inputChannels branches
        | Activation _
        | Spatial _
        | Rearrange _
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
                | Spatial _
                | Normalize _
                | As _
                | Compose _
                | Scale _ -> inputOfParts rest
                | Sum(branches, _)
                | Product(branches, _) when List.contains Network.identity branches -> inputOfParts rest
                // A diagonal layer of a width that is not given has that of what is behind it.
                | Linear({ Weight = weight }, _, _) when weight.Grouping = Diagonal -> inputOfParts rest
                | Linear _
                | UnitRowLinear _
                | Rearrange _
                | Sum _
                | Concat _
                | Product _
                | Wire _
                | Tuple _
                | Opaque _ -> None
