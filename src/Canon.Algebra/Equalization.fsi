namespace Canon.Algebra

/// Cross-layer equalization: weights that are quantized with one step a tensor lose least where no channel of it is small beside another.
[<RequireQualifiedAccess>]
module Equalization =

    /// The gauge in which every class has the same range where it is made and where it is read: the largest |entry| of all rows that
    /// make it is the largest of all columns that read it. A residual stream is one class with several of both. Biases do not count.
    /// Weights are read where they lie, once a sweep, and once before: what is found is the entry of every row and column that is largest
    /// by now. For all entries found so far the equations of equal ranges are solved (`RangeEquations`), and more are found, which are
    /// larger then: at most so many times, until no class has its two ranges further apart than a factor exp(`tolerance`), or more of
    /// them come no nearer. The answer is the most equal of what sweeps met, which may be that of the first of them: a few sweeps settle
    /// little, and some ten settle networks of any depth.
    /// Laws: r_in = r_out for every class that may be rescaled and both are positive, up to the tolerance; of two layers with ranges r₁ and
    /// r₂ of a channel both become √(r₁·r₂); the largest |entry| of all weights does not grow, by more than `tolerance` for each weight;
    /// the largest ratio of two ranges of a class does not grow with the number of sweeps.
    /// In a chain all of whose units are made and read equal ranges determine the gauge. Elsewhere, as in residual streams, what is reached
    /// may depend on the network's own, unlike `Balancing.balanced`.
    /// Source: Nagel et al., Data-free quantization, ICCV 2019, whose pairs of layers are the steps of Osborne in the maximum norm (Schulman
    /// and Sinclair, Analysis of a classical matrix preconditioning algorithm, 2017); entries are found by cutting planes (Kelley, The
    /// cutting-plane method for solving convex programs, J. SIAM 8, 1960). Errors: as for `Gauge.canonical`.
    val equalized:
        tolerance: float -> sweeps: int -> rescaling: Rescaling -> Result<struct (Gauge * Balance), NetworkError>
