namespace Canon.Algebra

/// A comparison of two networks on random inputs.
[<StructuralEquality; NoComparison>]
type CheckReport =
    {
        /// How many inputs were compared.
        Samples: int
        /// Where the random numbers started.
        Seed: int
        /// The largest difference of an output, relative to the largest entry of that output over all samples. Infinite when only
        /// the rewritten network's output is not zero, or when the numbers of outputs differ; not a number when an output is not.
        MaxRelativeError: float
        /// The norm of the differences of an output over all samples, relative to the norm of that output; the largest of all outputs.
        RelativeDeviation: float
    }

/// Does a rewrite keep the function? Evaluates both sides in float64 on the same inputs.
[<RequireQualifiedAccess>]
module Check =

    /// Compares on `samples` inputs, standard normal numbers; the same seed gives the same report. Of the options only the shapes
    /// of the inputs count; positions that are not known are 1.
    /// An opaque node may compute anything: what enters it is compared like an output, and what
    /// leaves it is drawn by chance, the same on both sides, so that the networks agree whatever the node does.
    /// Rounded: the second network's coefficients are those that a written file would hold.
    /// `beforeLayer` is called before each linear layer of either network is computed, and may cancel by an exception.
    /// Errors: NoValues, NotFinite, ShapeMismatch, UnknownWire, UnknownWidth, OutOfRange, NestedTooDeep.
    val compareWatched:
        beforeLayer: (unit -> unit) ->
        options: CanonicalOptions ->
        rounded: bool ->
        samples: int ->
        seed: int ->
        original: Network ->
        rewritten: Network ->
            Result<CheckReport, NetworkError>

    /// `compareWatched` with numbers that are kept for further comparisons. Differences are relative to the largest entry of an output
    /// of the original or of the yardstick, a network of the same terms.
    val internal compareWith:
        numbers: Numbers ->
        yardstick: Network option ->
        beforeLayer: (unit -> unit) ->
        options: CanonicalOptions ->
        rounded: bool ->
        samples: int ->
        seed: int ->
        original: Network ->
        rewritten: Network ->
            Result<CheckReport, NetworkError>

    /// `compareWatched` with nobody watching.
    val compare:
        options: CanonicalOptions ->
        rounded: bool ->
        samples: int ->
        seed: int ->
        original: Network ->
        rewritten: Network ->
            Result<CheckReport, NetworkError>
