namespace Canon.Algebra

[<StructuralEquality; NoComparison>]
type Derivation =
    { Original: Network
      Result: Network
      Steps: Step list
      Refusals: Refusal list
      Stop: StopReason }

    member x.Assumptions = x.Steps |> List.collect _.Assumptions |> List.distinct

[<StructuralEquality; NoComparison>]
type ReplayError =
    { Index: int
      Step: Step
      Met: Network }

    member x.Message =
        $"step {x.Index}, {x.Step.Rule} at {x.Step.Place}, does not find its terms there"

[<RequireQualifiedAccess>]
module Derivation =

    let run limit (strategy: Strategy) network =
        Fail.guard (fun () ->
            let trail = Trail limit

            let result =
                strategy.Apply(trail, [ 0 ], Network.parts network)
                |> Option.map Network.compose
                |> Option.defaultValue network

            { Original = network
              Result = result
              Steps = trail.Close()
              Refusals = trail.Refusals
              Stop = if trail.StoppedEarly then StepLimit limit else Completed })

    let replay (derivation: Derivation) network =
        let rec follow index zipper (steps: Step list) =
            match steps with
            | [] -> Ok(Zipper.toNetwork zipper)
            | step :: rest ->
                let found =
                    Zipper.moveTo step.Place.Path zipper
                    |> Option.bind (fun place ->
                        Zipper.tryTake step.Before.Length place
                        |> Option.map (fun (terms, behind) -> place, terms, behind))

                match found with
                | Some(place, terms, behind) when terms = step.Before ->
                    follow (index + 1) (Zipper.withRest step.After behind place) rest
                | _ ->
                    Error
                        { Index = index
                          Step = step
                          Met = Zipper.toNetwork zipper }

        follow 0 (Zipper.ofNetwork network) derivation.Steps

    let internal unitRows (derivation: Derivation) =
        derivation.Original
        :: derivation.Result
        :: (derivation.Steps |> List.collect (fun step -> step.Before @ step.After))
        |> List.map Substitution.unitRows
        |> Set.unionMany

    let substitute (substitution: Substitution) (derivation: Derivation) =
        Fail.guard (fun () ->
            let replacing = Substitution.replacing (unitRows derivation) substitution

            let assumption (Positive gain) = Positive(replacing.Gain gain)

            let step (step: Step) =
                step.With(
                    List.map replacing.Network step.Before,
                    List.map replacing.Network step.After,
                    List.map assumption step.Assumptions
                )

            { derivation with
                Original = replacing.Network derivation.Original
                Result = replacing.Network derivation.Result
                Steps = List.map step derivation.Steps })

    let invert (derivation: Derivation) =
        { derivation with
            Original = derivation.Result
            Result = derivation.Original
            Steps = derivation.Steps |> List.rev |> List.map _.Invert() }

    let andThen (first: Derivation) (second: Derivation) =
        if first.Result = second.Original then
            Some
                { second with
                    Original = first.Original
                    Steps = first.Steps @ second.Steps
                    Refusals = first.Refusals @ second.Refusals }
        else
            None
