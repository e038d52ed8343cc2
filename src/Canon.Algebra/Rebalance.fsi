namespace Canon.Algebra

/// The representative of a network's rescaling class that it is to be written in, layer by layer as it is. Source: calculus §6.
[<StructuralEquality; NoComparison>]
type TargetGauge =
    /// As it is.
    | OwnGauge
    /// Rows of norm 1 by this definition, as far as they may be rescaled: `Gauge.canonical`.
    | CanonicalGauge of definition: GainDefinition
    /// The least ℓ2 norm: `Balancing.balanced`.
    | BalancedGauge
    /// Equal ranges: `Equalization.equalized`.
    | EqualizedGauge

/// How a network is rebalanced.
[<StructuralEquality; NoComparison>]
type RebalanceOptions =
    {
        /// Where to.
        Target: TargetGauge
        /// Whether all factors are rounded to powers of two, so that no output changes in any bit.
        Lossless: bool
        /// How far classes may stay out of balance, where that is reached by sweeps: |ln| of the ratio of norms or ranges.
        Tolerance: float
        /// The most sweeps, at least 1.
        Sweeps: int
    }

/// Classes of channels that keep their scale.
[<StructuralEquality; NoComparison>]
type HeldClasses =
    {
        /// What they meet.
        Reason: string
        /// How many.
        Classes: int
    }

/// A network in another gauge.
[<NoEquality; NoComparison>]
type Rebalanced =
    {
        /// The same function, layer by layer the same network, with diagonals around its parameters.
        Network: Network
        /// What leads there.
        Gauge: Gauge
        /// How many classes of channels may be rescaled.
        Free: int
        /// Those that may not, by reason; the most first.
        Held: HeldClasses list
        /// How the sweeps went; None where the target needs none. It is that of the exact factors, before they are rounded.
        Balance: Balance option
    }

/// Moving a network to another representative of its class.
[<RequireQualifiedAccess>]
module Rebalance =

    /// Balanced, to 1e-6 in at most 1,000 sweeps.
    val options: RebalanceOptions

    /// The network in another gauge. Of the second options only the shapes of the inputs count.
    /// Laws: it is the same function, with `Lossless` to the last bit as long as no number overflows or becomes too small to be normal;
    /// its terms are those of the network. Errors: as for `Canonical.prepare`, `Rescaling.ofNetwork` and `Gauge.canonical`;
    /// ArgumentException for a tolerance that is negative or no number, or fewer than one sweep.
    val network:
        options: RebalanceOptions -> shapes: CanonicalOptions -> network: Network -> Result<Rebalanced, NetworkError>
