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
              Steps = trail.Steps
              Refusals = trail.Refusals
              Stop = if trail.StoppedEarly then StepLimit limit else Completed })

    /// `before` at the place replaced by `after`; None where something else stands there.
    let rec private replace path before after network =
        let parts = Network.parts network

        match path with
        | index :: inside when index >= 0 && index <= parts.Length ->
            let passed, rest = List.splitAt index parts

            match inside, rest with
            | [], _ ->
                let count = List.length before

                if List.length rest >= count && List.take count rest = before then
                    Some(Network.compose (passed @ after @ List.skip count rest))
                else
                    None
            | child :: deeper, term :: rest ->
                let children = Traversal.children term

                List.tryItem child children
                |> Option.bind (replace deeper before after)
                |> Option.map (fun replaced ->
                    Network.compose (
                        passed
                        @ Traversal.withChildren (List.updateAt child replaced children) term :: rest
                    ))
            | _, [] -> None
        | _ -> None

    let replay (derivation: Derivation) network =
        let rec follow index network (steps: Step list) =
            match steps with
            | [] -> Ok network
            | step :: rest ->
                match replace step.Place.Path step.Before step.After network with
                | Some next -> follow (index + 1) next rest
                | None ->
                    Error
                        { Index = index
                          Step = step
                          Met = network }

        follow 0 network derivation.Steps

    let invert (derivation: Derivation) =
        { derivation with
            Original = derivation.Result
            Result = derivation.Original
            Steps =
                derivation.Steps
                |> List.rev
                |> List.map (fun (step: Step) ->
                    { step with
                        Before = step.After
                        After = step.Before }) }

    let andThen (first: Derivation) (second: Derivation) =
        if first.Result = second.Original then
            Some
                { second with
                    Original = first.Original
                    Steps = first.Steps @ second.Steps
                    Refusals = first.Refusals @ second.Refusals }
        else
            None
