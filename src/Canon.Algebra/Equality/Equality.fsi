namespace Canon.Algebra.Equality

open Canon.Algebra

/// How two networks are compared.
[<NoEquality; NoComparison>]
type EqualityOptions =
    {
        /// How far two canonical forms may be apart and be the same. None: 1e-4 where a number of either network is stored in less
        /// than float64, 1e-9 otherwise.
        Tolerance: float option
        /// What is known of the inputs of the first network.
        First: CanonicalOptions
        /// The same of the second.
        Second: CanonicalOptions
        /// Whether an opaque term of the first network and one of the second, of one name, are one function.
        AreSame: OpaqueNode -> OpaqueNode -> bool
        /// How many inputs are tried, of each kind, in the search for one that shows a difference.
        Samples: int
        /// Where their random numbers start.
        Seed: int
    }

/// How far two canonical forms are apart at a layer.
[<NoEquality; NoComparison>]
type LayerDeviation =
    {
        /// The layer of the first network.
        First: string
        /// The layer of the second.
        Second: string
        /// The largest difference: of unit rows and slopes by entry; of biases above 1, gains and thresholds by ratio (of their logarithms).
        Deviation: float
        /// The units of the first network whose numbers are further apart than the tolerance, from 0.
        Units: int list
    }

/// Two networks are one function.
[<NoEquality; NoComparison>]
type Sameness =
    {
        /// The largest deviation of all layers.
        Deviation: float
        /// All layers, from the input on.
        Layers: LayerDeviation list
        /// The first network reduced: the gauge is one of it.
        First: Network
        /// The second network reduced.
        Second: Network
        /// The gauge that leads from the first reduced network to the second; columns that read dead units may be others. None where a
        /// factor went another way than gauges know: into the tolerance of a normalization, or into another factor of a product.
        Gauge: Gauge option
    }

/// Whether two networks are one function.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type Verdict =
    /// They are: the canonical forms agree, units in the order of the gauge.
    | Equal of Sameness
    /// They are not: an input shows it. With the first layer where the canonical forms part, where their architectures are one.
    | Different of Witness * parting: LayerDeviation option
    /// No answer, and why. With the first layer where the canonical forms part, where their architectures are one.
    | Undecided of reason: string * parting: LayerDeviation option

/// Equality of functions, by canonical forms modulo the order of units.
/// Law: never `Equal` for two functions whose canonical forms are further apart than the tolerance, never `Different` without an input whose
/// outputs are further apart than rounding explains. For almost all ReLU networks whose widths do not increase, rescaling and permutation
/// are the only symmetries (Phuong & Lampert, Functional vs. parametric equivalence of ReLU networks, ICLR 2020), so that equal functions
/// have equal forms there; elsewhere they need not, and are undecided. Source: calculus §6.
[<RequireQualifiedAccess>]
module Equality =

    /// Nothing known of inputs or opaque terms, 64 samples.
    val options: EqualityOptions

    /// Compares two networks. Weights are read, not modified.
    /// Errors: as for `Canonical.derive`; NoValues, NotFinite, OutOfRange.
    val compare: options: EqualityOptions -> first: Network -> second: Network -> Result<Verdict, NetworkError>
