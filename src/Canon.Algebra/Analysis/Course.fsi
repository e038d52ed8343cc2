namespace Canon.Algebra.Analysis

/// How numbers are distributed.
[<StructuralEquality; NoComparison>]
type Quantiles =
    {
        /// Their mean.
        Mean: float
        /// The smallest.
        Least: float
        /// A quarter of them lie below it.
        Lower: float
        /// Half of them lie below it.
        Median: float
        /// Three quarters of them lie below it.
        Upper: float
        /// The largest.
        Most: float
    }

/// Quantiles of numbers.
[<RequireQualifiedAccess>]
module Quantiles =

    /// Between two neighbours by linear interpolation, the k-th of n numbers in ascending order being the quantile k/(n − 1).
    /// None for no numbers.
    val tryOf: numbers: float seq -> Quantiles option

/// Where one of several models stands: a checkpoint among others.
[<NoEquality; NoComparison>]
type Waypoint =
    {
        /// log₂ of the global gain; None where there is none.
        GlobalGainLog2: float option
        /// The cosine between its direction and that of the first model; None where one has none, or they have not as many outputs.
        CosineToFirst: float option
        /// The same with the model before; None for the first.
        CosineToPrevious: float option
        /// The interference of all rows of all layers that read something alive.
        Interference: Quantiles option
    }

/// Several models beside each other, such as the checkpoints of a training.
[<RequireQualifiedAccess>]
module Course =

    /// One a model, in the order given.
    val ofModels: models: ModelAnalysis list -> Waypoint list
