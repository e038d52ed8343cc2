namespace Canon.Verification

open FsCheck
open Canon.Algebra

/// How hard a rule is tried.
[<NoEquality; NoComparison>]
type VerifyOptions =
    {
        /// How many networks it is tried on.
        Tries: int
        /// Where the random numbers start; the same seed gives the same verdict.
        Seed: int
        /// The largest difference of an output that counts as rounding, relative to what the output would be if nothing
        /// cancelled on the way to it. Bit-exact rules are allowed none.
        Tolerance: float
        /// Networks on which the rule fires, for half of the tries, where its pattern is rare.
        Redexes: Arbitrary<Sample> option
    }

/// Tries rules on networks of chance.
[<RequireQualifiedAccess>]
module RuleVerifier =

    /// 1,000 networks, always the same ones; a tolerance of 1e-13.
    val options: VerifyOptions

    /// Looks for a network on which the rule is wrong. Networks of every kind are drawn, with scales of the user between their
    /// terms, half of them after some moves of the catalog. Wherever the rule fires (at a few places of a large network) the
    /// terms replaced are compared with those that replace them: in the whole network, and alone where they are closed, on
    /// inputs that reach zeros, negatives, saturation and large values. The rule is asked twice everywhere. A network that shows
    /// it wrong is made as small as possible.
    /// A gain that the rule assumes positive is taken at its word: where it is not, the firing does not count.
    /// Law: deterministic; a rule that is right is never refuted; a rule that never fires is not verified.
    val verify: options: VerifyOptions -> rule: Rule -> Verdict

    /// The same for a rule that is written, with networks on which its left side matches for half of the tries,
    /// beside the redexes that the options give. A rule whose sides have different shapes is tried like any other; see `RuleText.Misfit`.
    val verifyText: options: VerifyOptions -> rule: RuleText -> Verdict
