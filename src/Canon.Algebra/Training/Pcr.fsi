namespace Canon.Algebra.Training

open Canon.Algebra

/// What an event did to one parameter.
[<StructuralEquality; NoComparison>]
type AlphaRange =
    {
        /// The parameter.
        Name: string
        /// The smallest factor of one of its entries, the cap's left out.
        Least: float
        /// The largest.
        Greatest: float
    }

/// What an event did.
[<NoEquality; NoComparison>]
type PcrReport =
    {
        /// ‖g_final‖ before.
        GainBefore: float
        /// ‖g_final‖ after.
        GainAfter: float
        /// What the outputs' gain, and so every output, was multiplied by; 1 where nothing was capped or shrunk.
        OutputFactor: float
        Alphas: AlphaRange list
        /// Rows of weights without weight and without bias.
        DeadUnits: int
        /// How balancing ended, in the balanced gauge.
        Balance: Balance option
    }

/// A network, ready for events: what is found out once, and holds for whatever weights it has.
[<Sealed; Class; AllowNullLiteral(false)>]
type PcrPlan =
    member Options: PcrOptions

    /// The freedom that events make use of, and why it ends where it does.
    member Rescaling: Rescaling

    /// What stands at the outputs: g_final as an expression.
    member FinalGains: Gain list

/// What an event comes to for some weights, before anything is multiplied. The shares of its gauges have these weights.
[<NoEquality; NoComparison>]
type PcrDecision =
    {
        /// What the weights are multiplied by, the cap's factor left out.
        Gauge: Gauge
        /// The cap's factor alone: 1 everywhere but at the outputs.
        Cap: Gauge
        /// Both: what the weights are multiplied by.
        Change: Gauge
        /// What the optimizer's state follows.
        Followed: Gauge
        Report: PcrReport
    }

/// The weights and the optimizer's state after an event.
[<NoEquality; NoComparison>]
type PcrEvent =
    { Weights: Tensors
      State: OptimizerState
      Decision: PcrDecision }

/// The PCR step as a function, independent of any trainer.
[<RequireQualifiedAccess>]
module Pcr =

    /// Gets ready. `input`: the shape that flows in, as far as it is known. Numbers are not looked at.
    /// Errors: ShapeMismatch where an output cannot be capped, with the reason; UnknownWidth; as for `Canonical.derive`.
    /// ArgumentOutOfRangeException for a period below 1, a cap that is not positive, a negative λ.
    val plan: options: PcrOptions -> input: Shape -> network: Network -> Result<PcrPlan, NetworkError>

    /// The global gain of these weights. Errors: as for `Numbers.Gain`.
    val gain: plan: PcrPlan -> weights: Tensors -> Result<float, NetworkError>

    /// λ·g² and its derivatives by all weights: exact, also where branches have leaders. (0, none) without a penalty.
    /// Law: of a chain ∂g²/∂W_ij = 2·W_ij·p_i·q_j, q and p the forward and the backward pass of squares over ones (calculus §5).
    val penalty: plan: PcrPlan -> weights: Tensors -> Result<struct (float * Tensors), NetworkError>

    /// What an event comes to. `weights`: for each parameter of the plan one of the same size with numbers, wherever they lie; None for
    /// one that is missing. `rate`: the learning rate, which a penalty at events needs. Errors: as for `event`.
    val decide:
        plan: PcrPlan -> rate: float -> weights: (Parameter -> Parameter option) -> Result<PcrDecision, NetworkError>

    /// An event. Nothing that is given is written to.
    /// Law: without cap and penalty at events the function stays the same, and so does every output bit where the definition is one of
    /// powers of two; with them every output in front of the last barriers is multiplied by one factor, and the gain after is at
    /// most the cap, up to rounding.
    /// Errors: NoValues for weights that are missing; NotFinite; OutOfRange where the gain does not answer to the cap, as behind a clip
    /// whose bounds do not hold 0; ShapeMismatch for tensors of another size than their parameter.
    val event:
        plan: PcrPlan -> rate: float -> weights: Tensors -> state: OptimizerState -> Result<PcrEvent, NetworkError>
