namespace Canon.Algebra.Training

open Canon.Algebra

/// Samples and what their outputs should be.
[<NoEquality; NoComparison>]
type Samples = { Input: Signal; Targets: Targets }

/// How a network is trained.
[<NoEquality; NoComparison>]
type TrainerOptions =
    {
        Loss: Loss
        Optimizer: Optimizer
        /// The learning rate.
        Rate: float
        /// Samples a step; the last of an epoch may be fewer.
        BatchSize: int
        /// λ of λ‖w‖²/2 added to the loss: its derivative goes through the optimizer (coupled; AdamW has its own).
        WeightDecay: float
        Pcr: PcrOptions option
        /// The weights whose rows are made unit again after every step: training on the unit-row manifold.
        UnitRows: Set<string>
        /// That of products, forwards and backwards. Weights, moments, events and whatever is not a product are float64 either way.
        Precision: Precision
        /// Where the order of samples begins: every epoch has another, the same at every run.
        Seed: int
    }

/// Where training has come to: all that it needs to go on as if it had not been interrupted.
[<NoEquality; NoComparison>]
type TrainingState =
    {
        /// Steps taken.
        Step: int
        Weights: Tensors
        Optimizer: OptimizerState
    }

/// What a step did.
[<NoEquality; NoComparison>]
type StepReport =
    {
        /// The step, from 1.
        Step: int
        /// The loss of its batch, before it.
        Loss: float
        /// The events around it: in front of the first step, behind one that ends a period.
        Events: PcrReport list
        /// What the events took.
        EventSeconds: float
    }

/// The reference trainer: mini-batches, one thread of control, bit-reproducible. Small and clear; not a deep-learning framework.
[<Sealed>]
type Trainer =
    /// Starts, or goes on from a state, which is copied.
    /// Errors, as exceptions: ArgumentOutOfRangeException for a batch size below 1, or options that `Pcr.plan` refuses.
    static member Create:
        options: TrainerOptions * network: Network * samples: Samples * state: TrainingState option ->
            Result<Trainer, NetworkError>

    /// Where it has come to, copied.
    member State: TrainingState

    /// The network with the weights that it has now, which change with the next step.
    member Network: Network

    /// The gain of the weights, where there is PCR.
    member Plan: PcrPlan option

    /// One step. After an error the weights are those in front of what failed: of the step, or of an event beside it.
    /// Errors: OutOfRange for a loss that is not finite, with the step; as for `Gradient.run` and `Pcr.event`.
    member Step: unit -> Result<StepReport, NetworkError>
