namespace Canon.Algebra.Training

open Canon.Algebra

/// What the outputs for some samples should be.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type Targets =
    /// The class of each sample, from 0: for cross-entropy.
    | Classes of classes: int[]
    /// One number for each of the output: 0 to 1 for binary cross-entropy, anything for squared differences.
    | Values of values: float[]

/// What is lost where outputs are not as they should be. All are means over the samples, of the logits, and smooth.
[<RequireQualifiedAccess>]
type Loss =
    /// −ln softmax(y)[class].
    | CrossEntropy
    /// −t·ln σ(y) − (1 − t)·ln(1 − σ(y)), the mean over all numbers.
    | BinaryCrossEntropy
    /// (y − t)², the mean over all numbers.
    | Squared

/// Losses.
[<RequireQualifiedAccess>]
module Loss =

    /// The targets of some samples, in this order. `samples`: how many there are in all.
    val internal take: samples: int -> chosen: int[] -> targets: Targets -> Targets

    /// The loss of outputs and its derivative by each of their numbers.
    /// Errors: ShapeMismatch where the targets do not fill the outputs, or are of the wrong kind.
    val value: loss: Loss -> targets: Targets -> output: Signal -> Result<struct (float * float[]), NetworkError>

    /// The same as what `Gradient.run` asks for, of a network of one output.
    val objective: loss: Loss -> targets: Targets -> Objective
