namespace Canon.Algebra.Analysis

open Canon.Algebra

/// What is to be found out of a network.
[<NoEquality; NoComparison>]
type AnalysisOptions =
    {
        /// Which gain is meant, and the shapes of the inputs.
        Canonical: CanonicalOptions
        /// How units are looked for that can go.
        Simplify: SimplifyOptions
        /// Whether spectral norms are computed: of large convolutions they take most of the time.
        SpectralNorms: bool
        /// At how many inputs difference quotients are tried; 0: none are.
        Points: int
        /// Where the random numbers of these inputs start.
        Seed: int
        /// Called again and again during long work; may cancel by an exception.
        Watch: unit -> unit
    }

/// What calculus §5 says of one network. A figure that does not exist for it is an error that says why.
[<NoEquality; NoComparison>]
type ModelAnalysis =
    {
        /// How the canonical form was reached, with the refusals.
        Derivation: Derivation
        /// The global gain and its direction.
        Gain: Result<GlobalGain, NetworkError>
        /// What each layer of the canonical form contributes.
        Layers: LayerReport list
        /// How loudly the branches of sums speak against their leaders.
        Branches: BranchReport list
        /// The ℓ1 path norm.
        PathNorm1: Result<PathNorm, NetworkError>
        /// The ℓ2 path norm.
        PathNorm2: Result<PathNorm, NetworkError>
        /// The spectral norms of the network as it was given, and the bound that they are.
        Lipschitz: LipschitzBound
        /// The largest difference quotient that was found.
        Sampled: Result<SampledLipschitz, NetworkError>
        /// The network without units that are dead, constant, unobserved or duplicates, and how many there were.
        Units: Simplified
        /// The range of every stored tensor.
        Ranges: TensorRange list
    }

/// Analysing networks.
[<RequireQualifiedAccess>]
module ModelAnalysis =

    /// Row norms, spectral norms, eight points; nothing known of the inputs.
    val options: AnalysisOptions

    /// All figures. Weights are read several times, and not copied.
    /// Errors: NoValues, NotFinite, AmbiguousParameter, ShapeMismatch, UnknownWire, OutOfRange, NestedTooDeep.
    val ofNetwork: options: AnalysisOptions -> network: Network -> Result<ModelAnalysis, NetworkError>
