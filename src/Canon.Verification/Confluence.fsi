namespace Canon.Verification

open Canon.Algebra

/// One side of a critical pair.
[<StructuralEquality; NoComparison>]
type Reduct =
    {
        /// The rule that was applied.
        Rule: string
        /// Where.
        Place: Place
        /// The network after this one step.
        OneStep: Network
        /// What rewriting leads to from there, the innermost redex first.
        NormalForm: Network
    }

/// Two steps from one network whose results do not come together again.
[<StructuralEquality; NoComparison>]
type Divergence =
    {
        /// The network.
        Network: Network
        /// One step, and the other.
        First: Reduct
        /// The other step.
        Second: Reduct
    }

/// The critical pairs of two rules.
[<StructuralEquality; NoComparison>]
type PairCount =
    {
        /// The one rule; of the two the one that was given first.
        First: string
        /// The other, or the same.
        Second: string
        /// Critical pairs: two steps that replace a term in common, or of which one is inside a term that the other replaces.
        Overlapping: int
        /// Those whose two steps give the same network at once.
        Trivial: int
        /// Pairs of steps that do not overlap.
        Apart: int
        /// Of all these pairs, those from which rewriting does not lead to one network again.
        NotJoined: int
    }

/// What to go through.
[<StructuralEquality; NoComparison>]
type ConfluenceOptions =
    {
        /// The networks of the vocabulary of at most so many terms.
        Size: int
        /// Others, such as networks of terms that the vocabulary does not have.
        Others: Network list
        /// Steps towards a normal form, and networks reached while one is looked for in every order.
        Limit: int
    }

/// What was found of the order of rules.
[<StructuralEquality; NoComparison>]
type ConfluenceReport =
    {
        /// The rules, in the order given.
        Rules: string list
        /// How many networks were gone through.
        Networks: int
        /// The pairs of rules that have pairs of steps in one network.
        Pairs: PairCount list
        /// For each pair of rules with pairs that are not joined one of these, in the smallest network.
        Divergences: Divergence list
        /// A network with a pair for which the limit came before an answer. There the check stops.
        Undecided: Network option
    }

    /// Every pair of steps was joined, and there were such pairs. Together with an end of all rewriting (`Termination`) it means:
    /// in these networks the order of the rules does not matter.
    member IsLocallyConfluent: bool

/// Whether the order in which rules are applied matters.
[<RequireQualifiedAccess>]
module Confluence =

    /// Networks of up to 3 terms, which takes less than a second for the canonicalising moves; 4 terms are half a million networks.
    /// 200 steps.
    val options: ConfluenceOptions

    /// Rules are functions, whose patterns cannot be read off. So critical pairs are not computed from patterns but met in
    /// all small networks over the vocabulary: every two steps from one network are taken, and both results are rewritten to
    /// normal form, the innermost redex first. The pair is joined when the normal forms are equal as terms; where they are not,
    /// every order is tried, and the pair is joined when the two have a normal form in common. If not, the network has two normal
    /// forms, and the rules are not confluent.
    /// Pairs that do not overlap are tried too: a rule may look at terms that it does not replace.
    /// Rules whose rewriting does not end have no normal forms: the check stops at the first network that shows it.
    /// Exhaustive for rules whose patterns overlap in at most `Size` terms, none of them outside the vocabulary.
    val check: options: ConfluenceOptions -> rules: Rule list -> ConfluenceReport

    /// The report in plain lines, with each divergence in arrow notation.
    val describe: report: ConfluenceReport -> string
