namespace Canon.Verification

open Canon.Algebra

/// A step that did not lower the potential.
[<StructuralEquality; NoComparison>]
type Ascent =
    {
        /// The network that the step meets.
        From: Network
        /// The network after it.
        To: Network
        /// The potential before.
        Before: bigint
        /// The potential after.
        After: bigint
    }

/// A network that comes back to itself.
[<StructuralEquality; NoComparison>]
type Loop =
    {
        /// Where the loop begins and ends.
        Network: Network
        /// The rules of its steps, in order.
        Rules: string list
    }

/// What a rule did to the potential.
[<StructuralEquality; NoComparison>]
type RuleTermination =
    {
        /// The rule's name.
        Rule: string
        /// How many different steps of it were met.
        Fired: int
        /// The first step that did not lower the potential, networks being gone through the smaller first.
        Ascent: Ascent option
    }

/// Whether rewriting by a set of rules ends.
[<StructuralEquality; NoComparison>]
type TerminationVerdict =
    /// Every rule fired, and every step lowered the potential. So rewriting ends in all these networks, in whatever order.
    | Terminates
    /// A network comes back to itself by these rules.
    | MayLoop of example: Loop
    /// No loop was met, but the rule has a step that does not lower the potential; None when it never fired.
    | NotShown of rule: string * example: Ascent option

/// What to go through.
[<StructuralEquality; NoComparison>]
type TerminationOptions =
    {
        /// The networks of the vocabulary of at most so many terms.
        Size: int
        /// Others to start from, such as networks with numbers.
        Others: Network list
        /// So many different networks are visited from one start; beyond that the search is given up.
        Limit: int
    }

/// What was found of the end of rewriting.
[<StructuralEquality; NoComparison>]
type TerminationReport =
    {
        /// The verdict on the rules together.
        Verdict: TerminationVerdict
        /// How many different networks were visited: those to start from, and what the rules make of them.
        Networks: int
        /// Rule by rule, in the order given.
        Rules: RuleTermination list
        /// A network from which more networks are reached than the limit allows: it may grow for ever.
        Unended: Network option
    }

/// That rewriting comes to an end.
[<RequireQualifiedAccess>]
module Termination =

    /// How many steps canonicalising moves can take at most, in whatever order. Each scale counts for all terms that it may still
    /// have to pass: P of the place where it stands. Each `linear` counts for the scale that it still gives off: 1 + P behind it.
    /// P is 1 at the end of the network, of a branch of a sum and of an input of a tuple or an opaque, and in front of a wire;
    /// 1 + P behind it in front of a layer; 1 + P behind the term at the end of a branch of a concat or product;
    /// 1 + the P of the starts of all branches in front of a branching term; in front of `as x` 1 + P behind it + for every use of x
    /// 1 + P behind the use. A clip that does not keep 0 at 0 lets a part of a scale pass and keeps another, which may meet a scale
    /// with which it cancels to 1, and 1 passes: P in front of it is 2·(1 + P behind it), and a scale of 1 or one that it refuses
    /// counts half of that there. Otherwise scales do not count for P.
    /// Law: every rule of `Canonical.moves`, and `scale-copy`, lowers it. So any strategy over these rules ends after at most so
    /// many steps, a sweep included (it writes the copy of a scale once for the name and once for each use: hence the 1 + for a use).
    /// Sum-factoring does not lower it: a scale may leave the sum and others stay in its branches. It is a stratum of its own, taken
    /// when nothing moves, once a sum (see `Canonical.exhaustive`); after each the potential falls again.
    /// One pass from the output to the input; the number can have as many digits as scales can be doubled one after the other.
    /// Beyond the stack throws InsufficientExecutionStackException, as other walks do; chains may be of any length.
    val potential: network: Network -> bigint

    /// Networks of up to 3 terms; up to 100 from each start.
    val options: TerminationOptions

    /// Goes through all steps of all rules in the networks and in what becomes of them, in every order. Once a loop is found, or
    /// a search is given up after a step that does not lower the potential, only the first steps from each network are measured.
    val check: options: TerminationOptions -> rules: Rule list -> TerminationReport

    /// The report in plain lines.
    val describe: report: TerminationReport -> string
