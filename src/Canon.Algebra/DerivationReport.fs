namespace Canon.Algebra

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type StepFault =
    | TermsNotThere
    | NotReached
    | UnknownRule
    | NoMatch
    | Refused of reason: string
    | GivesOther of terms: Network list
    | AssumesOther of assumptions: Assumption list
    | WireScale of wire: string * reason: string
    | FunctionChanged of relativeError: float
    | AssumptionFails of assumption: Assumption
    | NotEvaluated of error: NetworkError

    member x.Message =
        let positive assumptions =
            assumptions |> List.map (Assumption.text (Notation false)) |> String.concat ", "

        match x with
        | TermsNotThere -> "the terms that it replaces do not stand there"
        | NotReached -> "it is not checked, as an earlier step does not find its terms"
        | UnknownRule -> "no rule of that name is given"
        | NoMatch -> "the rule does not match there"
        | Refused reason -> $"the rule refuses: {reason}"
        | GivesOther terms -> $"the rule gives {Print.network (Network.compose terms)}"
        | AssumesOther [] -> "the rule assumes nothing"
        | AssumesOther assumptions -> $"the rule assumes {positive assumptions}"
        | WireScale(wire, reason) -> $"wire {wire}: {reason}"
        | FunctionChanged error -> $"the terms before and after are different functions, relative error {error:G3}"
        | AssumptionFails assumption -> $"it assumes {positive [ assumption ]}, which is not so"
        | NotEvaluated error -> $"its terms could not be evaluated: {error.Message}"

[<StructuralEquality; NoComparison>]
type StepVerdict =
    { Index: int
      Step: Step
      RelativeError: float option
      Faults: StepFault list }

    member x.Messages =
        x.Faults
        |> List.map (fun fault -> $"step {x.Index}, {x.Step.Rule} at {x.Step.Place}: {fault.Message}")

[<StructuralEquality; NoComparison>]
type DerivationReport =
    { Steps: StepVerdict list
      ReachesResult: bool
      Whole: Result<CheckReport, NetworkError>
      Tolerance: float }

    member x.Messages =
        [ yield! x.Steps |> List.collect _.Messages

          if not x.ReachesResult then
              "the steps do not lead to the result"

          match x.Whole with
          | Ok report when report.MaxRelativeError <= x.Tolerance -> ()
          | Ok report ->
              $"the result is not the same function as the original, relative error {report.MaxRelativeError:G3}"
          | Error error -> $"original and result could not be compared: {error.Message}" ]

    member x.IsSound = x.Messages.IsEmpty
