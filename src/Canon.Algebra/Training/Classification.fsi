namespace Canon.Algebra.Training

open Canon.Algebra

/// Judging classifiers.
[<RequireQualifiedAccess>]
module Classification =

    /// The part of samples whose class has the largest entry of the output. Errors: as for `Evaluate.run`; ShapeMismatch for samples
    /// without classes or with one that the output has no entry for, and for a network of several outputs or positions.
    val accuracy: samples: Samples -> network: Network -> Result<float, NetworkError>
