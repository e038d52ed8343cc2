namespace Canon.Algebra

/// What is wrong with a step of a derivation.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type StepFault =
    /// The terms that it replaces do not stand at its place.
    | TermsNotThere
    /// An earlier step does not find its terms, so that this one could not be checked.
    | NotReached
    /// No rule of that name is given.
    | UnknownRule
    /// The rule does not match these terms.
    | NoMatch
    /// The rule matches and refuses, and why.
    | Refused of reason: string
    /// The rule gives other terms there (of an inverted step: other terms before).
    | GivesOther of terms: Network list
    /// The rule assumes something else.
    | AssumesOther of assumptions: Assumption list
    /// A wire and its `as` do not agree in the scale that was moved past the `as`.
    | WireScale of wire: string * reason: string
    /// The terms before and after are different functions.
    | FunctionChanged of relativeError: float
    /// What the step takes for granted is not so.
    | AssumptionFails of assumption: Assumption
    /// The terms could not be evaluated.
    | NotEvaluated of error: NetworkError

    /// One line for people: what is wrong.
    member Message: string

/// What the check says of one step.
[<StructuralEquality; NoComparison>]
type StepVerdict =
    {
        /// The step's number, from 0.
        Index: int
        Step: Step
        /// How far the terms before and after differ on random inputs; None where they are not comparable by themselves, as when a
        /// scale moves past an `as`.
        RelativeError: float option
        /// What is wrong; nothing when the step is sound.
        Faults: StepFault list
    }

    /// One line for each fault: step, rule, place, and what is wrong.
    member Messages: string list

/// What the check says of a derivation.
[<StructuralEquality; NoComparison>]
type DerivationReport =
    {
        /// One verdict a step, in order.
        Steps: StepVerdict list
        /// Whether the steps lead from the original to the result.
        ReachesResult: bool
        /// The original and the result on random inputs.
        Whole: Result<CheckReport, NetworkError>
        /// The relative error up to which numbers count as equal.
        Tolerance: float
    }

    /// No step has a fault, the steps lead to the result, and the result is the same function as the original.
    member IsSound: bool

    /// Everything that is wrong, a line each.
    member Messages: string list
