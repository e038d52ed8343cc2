namespace Canon.Algebra

open System.Collections.Generic
open Canon.Algebra.Rules

/// A step gone over again: the terms at its place before and after, with the wires told apart whose values differ by a scale.
[<NoEquality; NoComparison>]
type internal Retraced =
    {
        /// What to compare; None where there is nothing to compare by itself.
        Sides: (Network * Network) option
        /// The whole network before and after.
        Networks: Lazy<Network * Network>
        Faults: List<StepFault>
    }

/// What the uses of a wire have to become when a scale moves past its `as`, and which step moved it.
[<NoEquality; NoComparison>]
type internal WireScaling =
    { Gain: Gain
      Before: string
      Step: int }

/// Goes over the steps of a derivation again, by the rules alone. A sweep moves a scale past an `as` in steps of two kinds, neither a
/// function-preserving step by itself: [scale(g), as x] becomes [as x, scale(g)], and later each use [x] becomes [x, scale(g)]. The
/// first gives the value a new name, x₁ with x = g ⊙ x₁; the second writes x in terms of x₁. Under these equations both are exact, and
/// every other step is a step between terms in which x and x₁ are two wires. At the end no use of x may be left below `as x₁`.
[<Sealed>]
type internal Retrace(rules: Rule list) =
    let byName = rules |> List.groupBy _.Name |> Map.ofList
    let scalings = Dictionary<string, WireScaling>()
    // Of a sweep turned round: the uses lose their scales first, and the `as` takes the name that they got.
    let reversed = Dictionary<string, string>()
    let mutable marks = 0

    let rulesNamed name =
        Map.tryFind name byName |> Option.defaultValue []

    let renamed wire gain step =
        marks <- marks + 1
        let name = WireMarks.mark wire marks

        scalings[name] <-
            { Gain = gain
              Before = wire
              Step = step }

        name

    let wireFault wire reason =
        Error [ StepFault.WireScale(WireMarks.plain wire, reason) ]

    let scaleUse wire gain place =
        match WireMarks.binder wire place with
        | Some name when scalings.ContainsKey name && scalings[name].Before = wire ->
            if scalings[name].Gain = gain then
                Ok [ Wire name; Scale gain ]
            else
                wireFault wire "this is not the scale that was moved past its 'as'"
        | Some name when name = wire && scalings.ContainsKey name -> wireFault wire "it has its scale already"
        | Some _
        | None -> wireFault wire "no scale was moved past its 'as'"

    let unscaleUse index wire gain place =
        match WireMarks.binder wire place with
        | Some name when name = wire ->
            match reversed.TryGetValue name with
            | true, next when scalings[next].Gain <> gain -> wireFault wire "its uses do not have the same scale"
            | true, next -> Ok [ Wire next ]
            | false, _ ->
                let next = renamed wire gain index
                reversed[name] <- next
                Ok [ Wire next ]
        | Some _
        | None -> wireFault wire "no scale is to be moved in front of its 'as'"

    let unscaleName index wire gain =
        match reversed.TryGetValue wire with
        | true, next when scalings[next].Gain <> gain -> wireFault wire "its uses do not have the scale of its 'as'"
        | true, next -> Ok [ Scale gain; As next ]
        | false, _ -> Ok [ Scale gain; As(renamed wire gain index) ]

    /// The terms after a step of a sweep past an `as`; None for any other step.
    let pastName index (step: Step) terms place =
        if step.Rule <> Wires.copy.Name || (rulesNamed step.Rule).IsEmpty then
            None
        else
            match terms, step.After with
            | [ Scale g; As wire ], [ As _; Scale h ] when g = h && not step.Inverted ->
                Some(Ok [ As(renamed wire g index); Scale g ])
            | [ Wire wire ], [ Wire _; Scale g ] when not step.Inverted -> Some(scaleUse wire g place)
            | [ As wire; Scale g ], [ Scale h; As _ ] when g = h && step.Inverted -> Some(unscaleName index wire g)
            | [ Wire wire; Scale g ], [ Wire _ ] when step.Inverted -> Some(unscaleUse index wire g place)
            | _ -> None

    /// The terms that the rule gives in the place of the first `count`, marks and all.
    let applied (rule: Rule) count (parts: Network list) =
        match rule.Apply parts with
        | NoMatch -> Error StepFault.NoMatch
        | Refused reason -> Error(StepFault.Refused reason)
        | Fired rewrite ->
            let given = Network.parts (Network.compose rewrite.Produced)

            if rewrite.Consumed = count then
                Ok(given, rewrite.Assumptions)
            else
                Error(StepFault.GivesOther(WireMarks.strip given))

    /// The terms after the step, when it is an instance of the rule.
    let instance (step: Step) (terms: Network list) behind rule =
        let after = WireMarks.transfer terms step.After

        let outcome, expected =
            if step.Inverted then
                applied rule after.Length (after @ behind), terms
            else
                applied rule terms.Length (terms @ behind), step.After

        match outcome with
        | Error fault -> Error [ fault ]
        | Ok(given, _) when (if step.Inverted then given else WireMarks.strip given) <> expected ->
            Error [ StepFault.GivesOther(WireMarks.strip given) ]
        | Ok(_, assumptions) when assumptions <> step.Assumptions -> Error [ StepFault.AssumesOther assumptions ]
        | Ok(given, _) -> Ok(if step.Inverted then after else given)

    let byRule (step: Step) terms behind =
        match rulesNamed step.Rule |> List.map (instance step terms behind) with
        | [] -> Error [ StepFault.UnknownRule ]
        | outcomes -> outcomes |> List.tryFind _.IsOk |> Option.defaultValue outcomes.Head

    /// The flow through the terms, and the values that they name and that are read behind them.
    let observed (behind: Network list) (terms: Network list) (others: Network list) =
        let names =
            terms @ others
            |> List.choose (fun term ->
                match term with
                | As name -> Some name
                | _ -> None)
            |> List.distinct

        let read =
            if names.IsEmpty then
                []
            else
                let free = Traversal.freeWires (Network.compose behind)
                names |> List.filter (fun name -> List.contains name free)

        let outputs =
            if read.IsEmpty then [] else [ Tuple(Network.identity :: List.map Wire read) ]

        Network.compose (terms @ outputs), Network.compose (others @ outputs)

    let found (zipper: Zipper) (step: Step) =
        Zipper.moveTo step.Place.Path zipper
        |> Option.bind (fun place ->
            Zipper.tryTake step.Before.Length place
            |> Option.map (fun (terms, behind) -> place, terms, behind))

    /// The network with the uses of wires that wait for their scale, or have lost it early, written by what their `as` names.
    let completed zipper =
        WireMarks.mapUnmatched
            (fun name nearest ->
                let scaled (scaling: WireScaling) = [ Wire nearest; Scale scaling.Gain ]

                match scalings.TryGetValue nearest, scalings.TryGetValue name with
                | (true, scaling), _ when scaling.Before = name -> scaled scaling
                | _, (true, scaling) when scaling.Before = nearest -> scaled scaling
                | _ -> [ Wire name ])
            (Zipper.toNetwork zipper)

    let retraced (faults: StepFault seq) sides before after =
        { Sides = sides
          Networks = lazy (completed before, completed after)
          Faults = List<StepFault> faults }

    let follow index zipper (step: Step) =
        match found zipper step with
        | Some(place, terms, behind) when WireMarks.strip terms = step.Before ->
            let after, faults, sides =
                match pastName index step terms place with
                | Some(Ok after) -> after, [], None
                | Some(Error faults) -> step.After, faults, None
                | None ->
                    let after, faults =
                        match byRule step terms behind with
                        | Ok after -> after, []
                        | Error faults -> WireMarks.transfer terms step.After, faults

                    after, faults, Some(observed behind terms after)

            let next = Zipper.withRest after behind place
            Some next, retraced faults sides place next
        | _ -> None, retraced [ StepFault.TermsNotThere ] None zipper zipper

    /// One record a step, and whether the steps end in the derivation's result.
    member _.Run(derivation: Derivation) : Retraced list * bool =
        let records = List<Retraced>()

        let rec along index zipper (steps: Step list) =
            match steps with
            | [] -> Some zipper
            | step :: rest ->
                let next, record = follow index zipper step
                records.Add record

                match next with
                | Some zipper -> along (index + 1) zipper rest
                | None ->
                    rest
                    |> List.iter (fun _ -> records.Add(retraced [ StepFault.NotReached ] None zipper zipper))

                    None

        match along 0 (Zipper.ofNetwork (WireMarks.distinct derivation.Original)) derivation.Steps with
        | None -> List.ofSeq records, false
        | Some zipper ->
            let network = Zipper.toNetwork zipper

            for struct (wire, nearest) in WireMarks.unmatched network do
                let step =
                    [ nearest; wire ]
                    |> List.tryPick (fun name ->
                        match scalings.TryGetValue name with
                        | true, scaling -> Some scaling.Step
                        | false, _ -> None)

                step
                |> Option.iter (fun step ->
                    records[step]
                        .Faults.Add(
                            StepFault.WireScale(
                                WireMarks.plain wire,
                                "not every use of it follows the scale of its 'as'"
                            )
                        ))

            List.ofSeq records, WireMarks.strip (Network.parts network) = Network.parts derivation.Result
