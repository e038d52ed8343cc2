namespace Canon.Algebra.Training

open System.Threading

/// What is the same for all methods of an experiment.
[<NoEquality; NoComparison>]
type LaboratoryOptions =
    {
        /// Widths of the hidden layers.
        Hidden: int list
        /// Steps of a run.
        Steps: int
        BatchSize: int
        /// Rates and strengths that are tried for each method: as many for one as for another.
        Trials: int
        /// Runs of each trial.
        TuningSeeds: int
        /// Whether the setting of the best accuracy is chosen, and of equals the one of the least negative log-likelihood; else the
        /// latter alone decides.
        ByAccuracy: bool
    }

/// What a method is run with.
[<NoEquality; NoComparison>]
type Setting =
    {
        Method: Method
        /// The learning rate.
        Rate: float
        /// λ, a decay or a cap; NaN where the method has none.
        Strength: float
    }

/// How good a network is on some samples.
[<Struct; NoEquality; NoComparison>]
type Quality =
    {
        /// The part that is classified right.
        Accuracy: float
        /// The mean of −ln p(class).
        NegativeLogLikelihood: float
        /// The expected calibration error: over 15 bins of confidence the mean distance of confidence and accuracy.
        CalibrationError: float
    }

/// A place on the curve of a run.
[<NoEquality; NoComparison>]
type CurvePoint =
    {
        Step: int
        /// The mean loss of the batches since the point before.
        TrainingLoss: float
        Validation: Quality
        GlobalGain: float
    }

/// A run from start to end.
[<NoEquality; NoComparison>]
type Run =
    {
        Dataset: string
        Setting: Setting
        Seed: int
        /// On the samples to judge by.
        Test: Quality
        /// ‖g_final‖ of the trained network, by row norms.
        GlobalGain: float
        /// What the steps took, events included.
        Seconds: float
        /// What the events took.
        EventSeconds: float
        Steps: int
        /// What events add to the training loss, against going on without them: 1, 5, 20 and 100 steps behind one. The means over two
        /// events; NaN where there are none.
        Jumps: float[]
        Curve: CurvePoint list
        /// Why it ended before its last step, where it did.
        Failure: string option
    }

/// Experiments: methods against each other, each tuned as much as the others, on seeds that tuning has not seen.
[<RequireQualifiedAccess>]
module Laboratory =

    /// Two hidden layers of 64, 1,000 steps of 32 samples, 20 trials of 2 runs, chosen by
    /// negative log-likelihood.
    val options: LaboratoryOptions

    /// How many steps behind an event its jump is measured.
    val jumpSteps: int list

    /// One run. The same arguments give the same numbers, times aside. Errors of training end the run and stand in it.
    val run:
        options: LaboratoryOptions ->
        dataset: Dataset ->
        setting: Setting ->
        seed: int ->
        cancellation: CancellationToken ->
            Run

    /// The best setting on the samples to choose by, on average over the tuning seeds, of as many rates times strengths as there are
    /// trials. `told`: called behind each trial.
    val tune:
        options: LaboratoryOptions ->
        dataset: Dataset ->
        method: Method ->
        told: (unit -> unit) ->
        cancellation: CancellationToken ->
            Setting
