namespace Canon.Algebra.Training

/// Samples to learn from, to choose by, and to judge by.
[<NoEquality; NoComparison>]
type Split =
    { Train: Samples
      Validation: Samples
      Test: Samples }

/// A task of classification, drawn anew for every seed.
[<NoEquality; NoComparison>]
type Dataset =
    {
        Name: string
        /// One line: what it is, and how large its parts are.
        Description: string
        /// Numbers of a sample.
        Inputs: int
        Classes: int
        /// The parts for a seed: the same seed gives the same.
        Draw: int -> Split
    }

/// Tasks.
[<RequireQualifiedAccess>]
module Dataset =

    /// Two half circles that reach into each other, with normal noise: 2 numbers, 2 classes; 100 samples to learn from.
    val moons: Dataset

    /// Three arms of a spiral, with normal noise: 2 numbers, 3 classes; 150 samples to learn from.
    val spirals: Dataset

    /// The generated ones.
    val generated: Dataset list

    /// A table of samples, split anew for every seed: so many to learn from, so many to choose by, the others to judge by. A part
    /// of the classes of the first two, `noise`, is drawn by chance.
    /// Errors: ArgumentException when the table is too small or a class is not from 0 to classes − 1.
    val ofTable:
        name: string ->
        description: string ->
        inputs: float[][] ->
        classes: int[] ->
        train: int ->
        validation: int ->
        noise: float ->
            Dataset
