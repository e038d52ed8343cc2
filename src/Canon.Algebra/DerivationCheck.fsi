namespace Canon.Algebra

/// Derivations checked step by step, by nothing but their terms and the rules: whoever made them is not trusted.
[<RequireQualifiedAccess>]
module DerivationCheck =

    /// How derivations are checked.
    [<NoEquality; NoComparison>]
    type Options =
        {
            /// The rules that the steps name. Several may bear one name, such as the rules of both definitions of the gain.
            Rules: Rule list
            /// How many random inputs are compared, of each step and of the whole.
            Samples: int
            /// Where the random numbers start.
            Seed: int
            /// The relative error up to which numbers count as equal: relative to the largest number of an output, or to what that would be
            /// if nothing cancelled, every weight being positive.
            Tolerance: float
            /// Called before each linear layer that is computed: the place to cancel by an exception.
            BeforeLayer: unit -> unit
        }

    /// The catalog for both definitions of the gain, 8 inputs, a tolerance of 1e-9.
    val options: Options

    /// Checks of every step that
    /// - its terms stand at its place, and the steps lead to the result;
    /// - it is an instance of its rule: the rule of that name, applied there afresh, gives its terms and its assumptions; of an inverted
    ///   step, the rule applied to the terms after it gives those before;
    /// - the terms before and after agree on random inputs, with random numbers of fitting sizes in the place of symbols, and what it
    ///   assumes holds of these numbers; so do the original and the result. Terms that do not agree by themselves are compared where
    ///   they stand, in the network: a rule may rely on a value being zero where the gain of its rows is.
    ///
    /// A sweep moves a scale past an `as` in several steps, at the `as` and at each use of the wire, which keep the function together
    /// and not by themselves: of these it is checked that every use in the scope of the `as` gets exactly the scale moved past it, once.
    /// Numbers beyond the range of a float64 cannot be compared and count as a fault (NotEvaluated), deep chains of loud layers included.
    /// Linear in the number of steps, for a derivation that goes from input to output.
    /// Errors: NestedTooDeep, OutOfRange.
    val run: options: Options -> derivation: Derivation -> Result<DerivationReport, NetworkError>
