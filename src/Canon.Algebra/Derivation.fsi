namespace Canon.Algebra

/// A rewriting of a network, step by step.
[<StructuralEquality; NoComparison>]
type Derivation =
    {
        /// The network before the first step.
        Original: Network
        /// The network after the last step.
        Result: Network
        /// The steps in order.
        Steps: Step list
        /// Rules that matched and did not fire.
        Refusals: Refusal list
        /// Why the strategy ended.
        Stop: StopReason
    }

    /// What the steps took for granted, each once.
    member Assumptions: Assumption list

/// Why a derivation does not apply to a network.
[<StructuralEquality; NoComparison>]
type ReplayError =
    {
        /// The step, from 0.
        Index: int
        /// The step that does not find its terms.
        Step: Step
        /// The network that the step meets.
        Met: Network
    }

    /// One line for people: which step, and where.
    member Message: string

/// Running strategies, and working with what they did.
[<RequireQualifiedAccess>]
module Derivation =

    /// Runs a strategy over a network, for at most `limit` steps. Where it does not apply the network stays as it is.
    /// Law: the result is the same function, under the assumptions. Errors: NestedTooDeep; OutOfRange when a power of a gain
    /// leaves an int.
    val run: limit: int -> strategy: Strategy -> network: Network -> Result<Derivation, NetworkError>

    /// The same steps on a network that has the same terms at their places. Linear for a derivation that goes from input to output.
    /// Law: replay d d.Original = d.Result. Errors: the first step that does not find its terms.
    val replay: derivation: Derivation -> network: Network -> Result<Network, ReplayError>

    /// Matrices that some `unit_row_linear` on the way takes to have unit rows.
    val internal unitRows: derivation: Derivation -> Set<string>

    /// The same steps with symbols replaced, in the terms and in the assumptions, which stay even where numbers now decide them.
    /// Law: the derivation of a network whose numbers are put in afterwards is the derivation of the numbers, step by step, where the
    /// rules decide alike by symbols and by numbers. They do not where a symbol is assumed positive: a sum has one leader by
    /// symbols and may have several by numbers, a clip that does not keep 0 refuses numbers, and so does a concat of unknown width.
    /// Errors: as for `Substitution.network`.
    val substitute: substitution: Substitution -> derivation: Derivation -> Result<Derivation, NetworkError>

    /// The way back. Law: replay (invert d) d.Result = d.Original; invert (invert d) = d.
    val invert: derivation: Derivation -> Derivation

    /// The first, then the second; None where the second does not begin with what the first ends with. Refusals and the stop
    /// reason are the second's.
    val andThen: first: Derivation -> second: Derivation -> Derivation option
