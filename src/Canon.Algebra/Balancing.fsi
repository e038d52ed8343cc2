namespace Canon.Algebra

/// The least weights of a class.
[<RequireQualifiedAccess>]
module Balancing =

    /// The gauge of least ℓ2 norm of all weights, biases left out. At most so many sweeps, until no class is further out of
    /// balance than `tolerance`. Between two of them the layers are scaled as wholes, so that depth costs no sweeps, and what is left is
    /// extrapolated from the sweeps before. Weights are read where they lie: twice a sweep; where both the rows and the columns of a
    /// weight belong to several layers, or some to none that is rescaled, once more for each of these.
    /// Law: then ‖w_in‖ = ‖w_out‖ for every class that may be rescaled and both are positive, from whatever representative it starts. The
    /// norm never grows from one sweep to the next.
    /// Source: calculus §6; Stock et al., Equi-normalization, ICLR 2019; minimization by classes that layers make, exact where no
    /// weight joins two of them, else by majorization; of layers as wholes by multigrid cycles; Anderson's extrapolation of both, taken back
    /// where the norm grows. Errors: as for `canonical`.
    val balanced:
        tolerance: float -> sweeps: int -> rescaling: Rescaling -> Result<struct (Gauge * Balance), NetworkError>
