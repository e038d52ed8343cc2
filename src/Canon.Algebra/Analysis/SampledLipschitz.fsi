namespace Canon.Algebra.Analysis

open Canon.Algebra

/// What was found of a network's Lipschitz constant by trying.
[<StructuralEquality; NoComparison>]
type SampledLipschitz =
    {
        /// The largest ‖f(x + h) − f(x)‖₂ over ‖h‖₂, all inputs and all outputs taken together.
        Largest: float
        /// At how many inputs.
        Points: int
        /// Where the random numbers started.
        Seed: int
    }

/// A lower bound on the Lipschitz constant in ℓ2: difference quotients at standard normal inputs, in directions that the derivative
/// Jᵀ·(f(x + h) − f(x)) leads to. It says what the network does near such inputs; on others it may be steeper.
/// Law: it does not exceed the bound by spectral norms. Source: calculus §5.
[<RequireQualifiedAccess>]
module SampledLipschitz =

    /// Tries `points` inputs; positions of space that are not known are 1. The same seed gives the same number. `watch` is called
    /// before each linear layer, and may cancel by an exception.
    /// Errors: ArgumentException without points; as for `Gradient.run`; OutOfRange where a quotient leaves
    /// the range of a float64.
    val run:
        numbers: Numbers ->
        watch: (unit -> unit) ->
        options: CanonicalOptions ->
        points: int ->
        seed: int ->
        network: Network ->
            Result<SampledLipschitz, NetworkError>
