namespace Canon.Algebra.Training

open Canon.Algebra

/// How derivatives become steps. All follow PyTorch's definitions.
[<StructuralEquality; NoComparison>]
type Optimizer =
    /// b ← momentum·b + g; w ← w − rate·b.
    | Sgd of momentum: float
    /// v ← decay·v + (1 − decay)·g²; w ← w − rate·g/(√v + ε).
    | RmsProp of decay: float * epsilon: float
    /// m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − rate·m̂/(√v̂ + ε), m̂ and v̂ corrected for their start at 0.
    | Adam of beta1: float * beta2: float * epsilon: float
    /// The same after w ← (1 − rate·weightDecay)·w.
    | AdamW of beta1: float * beta2: float * epsilon: float * weightDecay: float

/// What an optimizer remembers. A tensor that is not there is all 0, of factors all 1.
[<NoEquality; NoComparison>]
type OptimizerState =
    {
        Optimizer: Optimizer
        /// Steps taken.
        Steps: int
        /// Momentum, or the mean of the derivatives.
        First: Tensors
        /// The mean of their squares.
        Second: Tensors
        /// Factors of the learning rate, entry by entry: what full transport carries along.
        Rate: Tensors
        /// Factors of ε, entry by entry.
        Epsilon: Tensors
    }

/// What becomes of an optimizer's state where weights are multiplied by α. Source: calculus §7.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type MomentRule =
    /// m ⊘ α, v ⊘ α²: exactly the averages of the derivatives in the new gauge.
    | Covariant
    /// Covariant, and the learning rate times α (SGD: α²), ε over α, entry by entry: training goes on as it would have.
    | Full
    /// α·m, α²·v, as the note has it: the next step of Adam is the same, those after are not.
    | Note
    /// Forgotten: zeros, and steps counted from 0.
    | Reset
    /// Left as it is.
    | Keep

/// Optimizers.
[<RequireQualifiedAccess>]
module Optimizer =

    /// β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    val adam: Optimizer

    /// The same, with decoupled weight decay.
    val adamW: weightDecay: float -> Optimizer

    /// No steps taken yet.
    val start: optimizer: Optimizer -> OptimizerState

    /// A copy that shares no array.
    val copy: state: OptimizerState -> OptimizerState

    /// One step against the derivatives. Writes over the weights and over the tensors of the state, and answers the state after it.
    /// Weights without a derivative stay.
    val step: rate: float -> gradient: Tensors -> weights: Tensors -> state: OptimizerState -> OptimizerState

    /// The state after the weights have been brought into a gauge. Tensors of other parameters stay.
    /// Law: with `Full` the networks after every further step are those of a run without the gauge, each in the gauge.
    /// Errors: ShapeMismatch for tensors of another size than their parameter.
    val transport: rule: MomentRule -> gauge: Gauge -> state: OptimizerState -> Result<OptimizerState, NetworkError>
