namespace Canon.Algebra

/// Cross-layer equalization: weights that are quantized with one step a tensor lose least where no channel of it is small beside another.
[<RequireQualifiedAccess>]
module Equalization =

    /// The gauge in which every class has the same range where it is made and where it is read: the largest |entry| of all rows that
    /// make it is the largest of all columns that read it. A residual stream is one class with several of both. Biases do not count. At
    /// most so many sweeps, until no class has its two ranges further apart than a factor exp(`tolerance`). Weights are
    /// held in memory as they are stored, those that are made of others as float64, where half of it is enough, and else read where they lie.
    /// Laws: r_in = r_out for every class that may be rescaled and both are positive, up to the tolerance; of two layers with ranges r₁ and
    /// r₂ of a channel both become √(r₁·r₂); the largest |entry| of all weights does not grow; of a chain whose activations have degree 1 the
    /// largest ratio of two ranges of a class does not grow from sweep to sweep.
    /// Equal ranges do not determine the gauge: what is reached depends on the network's own, unlike `Balancing.balanced`.
    /// Source: Nagel et al., Data-free quantization, ICCV 2019, by the sweeps of Osborne in the maximum norm (Schulman and Sinclair, Analysis
    /// of a classical matrix preconditioning algorithm, 2017); half steps where a weight joins two classes that one layer makes. Errors: as for `Gauge.canonical`.
    val equalized:
        tolerance: float -> sweeps: int -> rescaling: Rescaling -> Result<struct (Gauge * Balance), NetworkError>
