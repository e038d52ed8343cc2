namespace Canon.Algebra.Analysis

open Canon.Algebra

/// Which biases are starts of paths.
type BiasPaths =
    /// Those of constant units alone, which read nothing alive: as in the global gain.
    | OfConstantUnits
    /// All: a bias is the weight of one more input of constant 1.
    | OfAllUnits

/// The path norm of a network.
[<NoEquality; NoComparison>]
type PathNorm =
    {
        /// (Σ |path|^q)^(1/q) over the paths that end at an output channel, one number a channel; those of several outputs one after
        /// the other.
        Outputs: Magnitude[]
        /// The largest of them.
        Largest: Magnitude
        /// The same over all paths.
        Norm: Magnitude
    }

/// The ℓq path norm: every way from an input to an output channel counts with the product of its weights, by one forward pass of the
/// network of |w|^q over ones. All taps of a convolution are paths, whatever lies under them; a channel is one path through an
/// operation on space; the branches of a sum add their paths; an activation counts by the steepest of its slopes. As in the
/// global gain a barrier behind the last layer, such as a softmax, and what follows it are left out.
/// Laws: for a chain of linear layers and activations of slopes of at most 1 the ℓ2 path norm is the global gain. Every path norm is an
/// invariant of rescaling and permuting. Where no operation on space adds positions up, |f(x) − f(y)| ≤ output · max |x − y| for q = 1
/// in every output channel, in front of those barriers.
/// Source: calculus §5; Neyshabur, Salakhutdinov, Srebro, Path-SGD, NIPS 2015.
[<RequireQualifiedAccess>]
module PathNorm =

    /// The norm for q ≥ 1. Of the options only the shapes of the inputs count. Each weight is read once.
    /// Errors: ArgumentException for a q below 1; NoFigure where paths are multiplied, squared, mixed by a softmax or a norm, or
    /// vanish in an opaque term; NoValues, NotFinite, ShapeMismatch, UnknownWire, UnknownWidth, OutOfRange, NestedTooDeep.
    val compute:
        numbers: Numbers ->
        options: CanonicalOptions ->
        biases: BiasPaths ->
        q: float ->
        network: Network ->
            Result<PathNorm, NetworkError>
