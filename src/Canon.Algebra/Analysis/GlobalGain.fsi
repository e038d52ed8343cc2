namespace Canon.Algebra.Analysis

open Canon.Algebra

/// The consolidated magnitude of a network.
[<NoEquality; NoComparison>]
type GlobalGain =
    {
        /// g_final: one entry an output channel; those of several outputs one after the other.
        Gain: Magnitude[]
        /// g_scalar = ‖g_final‖₂.
        Scalar: Magnitude
        /// v_vector = g_final / g_scalar, of norm 1; zeros when every gain is zero.
        Direction: float[]
    }

/// The gain at the output of a canonical form.
/// Law: for a sequential network g_scalar is the ℓ2 path norm (calculus §5), a constant unit (a row that reads nothing alive) being
/// the start of a path of weight |b|. It is an invariant of rescaling, not a bound on the output and not of the function alone: two
/// networks of one function can differ in it by constant units that one of them has folded into biases.
[<RequireQualifiedAccess>]
module GlobalGain =

    /// The parts of a network up to the barriers that follow its last layer, such as a softmax.
    val internal body: network: Network -> Network list

    /// The gain that stands last on the way to each output: at the output itself, or in front of the barriers that follow the
    /// last layer, such as a softmax. The gain 1 where a branch or the input comes first. One gain an output; no weight is read.
    val finalGains: canonical: Network -> Gain list

    /// The numbers of the final gains.
    /// Errors: NoValues, NotFinite, UnknownWidth when there is no gain at the output; ShapeMismatch, OutOfRange.
    val ofCanonical: numbers: Numbers -> canonical: Network -> Result<GlobalGain, NetworkError>
