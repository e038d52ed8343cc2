namespace Canon.Algebra

[<StructuralEquality; NoComparison>]
type AxisGroups =
    { ChannelAxis: int list
      SpaceAxes: int list list }

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Rearrangement =
    | Flatten of positions: int option
    | Regroup of sizes: int option list * source: AxisGroups * target: AxisGroups
    | Take of run: Run

[<RequireQualifiedAccess>]
module Rearrangement =

    let private atoms grouping =
        grouping.ChannelAxis @ List.concat grouping.SpaceAxes

    let regroup (sizes: int option list) source target =
        let all = [ 0 .. sizes.Length - 1 ]

        let isWhole atom =
            let alone grouping =
                grouping.ChannelAxis = [ atom ] || List.contains [ atom ] grouping.SpaceAxes

            alone source && alone target

        if List.sort (atoms source) <> all || List.sort (atoms target) <> all then
            Error "every axis stands once on each side"
        elif sizes |> List.exists (fun size -> size |> Option.exists (fun n -> n < 1)) then
            Error "the size of an axis is at least 1"
        else
            match
                List.indexed sizes
                |> List.tryFind (fun (atom, size) -> size.IsNone && not (isWhole atom))
            with
            | Some(atom, _) -> Error $"the size of axis {atom} is needed where it is split or joined"
            | None ->
                let order = atoms source
                let number atom = List.findIndex ((=) atom) order

                let renumbered grouping =
                    { ChannelAxis = List.map number grouping.ChannelAxis
                      SpaceAxes = List.map (List.map number) grouping.SpaceAxes }

                Ok(
                    Rearrangement.Regroup(
                        order |> List.map (fun atom -> sizes[atom]),
                        renumbered source,
                        renumbered target
                    )
                )

    let private product (sizes: int option list) =
        List.fold (Option.map2 (*)) (Some 1) sizes

    let private meets what expected found =
        match expected, found with
        | Some a, Some b when a <> b -> Error $"{what} {a} are expected and {b} arrive"
        | _ -> Ok()

    let shape (channels: int option) (space: int option list option) rearrangement =
        match rearrangement with
        | Rearrangement.Flatten positions ->
            let arriving = space |> Option.bind product

            meets "positions" positions arriving
            |> Result.map (fun () -> struct (Option.map2 (*) channels (Option.orElse positions arriving), Some []))
        | Rearrangement.Take run ->
            match channels with
            | Some n when not (Run.fits n run) -> Error $"channel {Run.farthest run} of {n} is taken"
            | _ -> Ok(struct (Some run.Count, space))
        | Rearrangement.Regroup(sizes, source, target) ->
            let sized = Array.ofList sizes

            /// An atom that is a whole axis in front has the size that arrives there.
            let learn what (group: int list) (found: int option) =
                meets what (product (group |> List.map (fun atom -> sized[atom]))) found
                |> Result.map (fun () ->
                    match group with
                    | [ single ] -> sized[single] <- Option.orElse sized[single] found
                    | _ -> ())

            let axes =
                match space with
                | Some axes when axes.Length <> source.SpaceAxes.Length ->
                    Error $"{source.SpaceAxes.Length} axes of space are rearranged and {axes.Length} arrive"
                | Some axes ->
                    List.fold2
                        (fun result group size -> result |> Result.bind (fun () -> learn "positions" group size))
                        (Ok())
                        source.SpaceAxes
                        axes
                | None -> Ok()

            axes
            |> Result.bind (fun () -> learn "channels" source.ChannelAxis channels)
            |> Result.map (fun () ->
                let size group =
                    product (group |> List.map (fun atom -> sized[atom]))

                struct (size target.ChannelAxis, Some(List.map size target.SpaceAxes)))

    /// The strides of atoms in a row-major order of some of them; 0 for the others.
    let private strides (sizes: int option list) (group: int list) =
        let stride = Array.create sizes.Length 0

        List.foldBack
            (fun atom step ->
                stride[atom] <- step
                step * defaultArg sizes[atom] 1)
            group
            1
        |> ignore

        stride

    /// The view of gains on the channels of one grouping, on the channels of another.
    let private regrouped (sizes: int option list) (source: int list) (target: int list) (g: Gain) =
        let strides = strides sizes source
        let matters = List.filter (fun atom -> sizes[atom] <> Some 1)

        if matters source = matters target || g.IsOne then
            Ok g
        elif matters source |> List.forall (fun atom -> List.contains atom target) then
            let axes =
                target |> List.map (fun atom -> (defaultArg sizes[atom] 1), strides[atom])

            Gain.tryView (Strided(0, axes)) g
        else
            Error "channels become positions, and the scale is not one for all of them"

    let gain (g: Gain) rearrangement =
        match rearrangement with
        | Rearrangement.Flatten(Some positions) -> Ok(Gain.repeat positions g)
        | Rearrangement.Flatten None when g.IsOne -> Ok g
        | Rearrangement.Flatten None -> Error "the number of positions is not known; give the input's shape"
        | Rearrangement.Take run -> Gain.tryView (Strided(run.First, [ run.Count, run.Step ])) g
        | Rearrangement.Regroup(sizes, source, target) -> regrouped sizes source.ChannelAxis target.ChannelAxis g

    let tryGainBefore (g: Gain) rearrangement =
        match rearrangement with
        | Rearrangement.Flatten(Some positions) -> Gain.tryUnrepeat positions g
        | Rearrangement.Regroup(sizes, source, target) when List.sort source.ChannelAxis = List.sort target.ChannelAxis ->
            regrouped sizes target.ChannelAxis source.ChannelAxis g |> Result.toOption
        | Rearrangement.Flatten None
        | Rearrangement.Take _
        | Rearrangement.Regroup _ -> if g.IsOne then Some g else None

    let places channels (space: int list) rearrangement =
        let positions = List.fold (*) 1 space

        match rearrangement with
        | Rearrangement.Flatten _ ->
            Array.init (positions * channels) (fun i -> i % positions * channels + i / positions)
        | Rearrangement.Take run ->
            Array.init (positions * run.Count) (fun i ->
                i / run.Count * channels + run.First + i % run.Count * run.Step)
        | Rearrangement.Regroup(sizes, source, target) ->
            let learn (known: int option[]) (group: int list) found =
                match group with
                | [ single ] -> known[single] <- Some found
                | _ -> ()

            let known = Array.ofList sizes
            List.iter2 (learn known) source.SpaceAxes space
            learn known source.ChannelAxis channels
            let sizes = List.ofArray known
            // In front positions are slowest and channels fastest.
            let stride = strides sizes (List.concat source.SpaceAxes @ source.ChannelAxis)

            List.concat target.SpaceAxes @ target.ChannelAxis
            |> List.map (fun atom -> sizes[atom].Value, stride[atom])
            |> fun axes -> Gain.viewed 1 (Strided(0, axes))
