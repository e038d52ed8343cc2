namespace Canon.Algebra

/// A rewriting of a network, step by step.
[<StructuralEquality; NoComparison>]
type Derivation =
    {
        Original: Network
        Result: Network
        Steps: Step list
        /// Rules that matched and did not fire.
        Refusals: Refusal list
        Stop: StopReason
    }

    /// What the steps took for granted, each once.
    member x.Assumptions = x.Steps |> List.collect _.Assumptions |> List.distinct

[<RequireQualifiedAccess>]
module Derivation =

    /// Runs a strategy over a network, for at most `limit` steps.
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
              Stop = if trail.Full then StepLimit limit else Completed })
