namespace Canon.Algebra

/// Why a scale does not move on.
[<StructuralEquality; NoComparison>]
type Standstill =
    /// Nothing follows: the network's output, or one of several.
    | AtOutput
    /// At the end of a branch of a sum: how loudly the branch speaks against the branch that leads (calculus §4).
    | RelativeToLeader
    /// At the end of what an opaque term reads.
    | BeforeOpaque of name: string
    /// A rule matches and refuses.
    | RefusedBy of rule: string * reason: string
    /// A rule fires here: the scale moves on when it is asked to.
    | MovedBy of rule: string
    /// No rule has anything to say of a scale in front of this term.
    | NoRule

/// A scale in a network.
[<StructuralEquality; NoComparison>]
type StandingScale =
    {
        /// Its gain.
        Gain: Gain
        /// Where it stands.
        Place: Place
        /// The term behind which it stands, in its composition; None at the start of one.
        Behind: Network option
        /// The term in front of which it stands, in its composition; None at the end of one.
        Before: Network option
        /// Why it stands there.
        Standstill: Standstill
    }

/// Says of every scale why it stands where it does.
[<RequireQualifiedAccess>]
module Explain =

    /// The scales of a network from the input on, those inside a term before those behind it. `rules` are those that might move
    /// them; the first that answers is named. Errors: NestedTooDeep.
    val scales: rules: Rule list -> network: Network -> Result<StandingScale list, NetworkError>
