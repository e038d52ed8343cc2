namespace Canon.Algebra.Training

open Canon.Algebra

/// What a loss is of a network's outputs, and its derivatives by each of them, in the same order.
type Objective = Signal list -> struct (float * float[] list)

/// How a network is evaluated while it is trained.
[<NoEquality; NoComparison>]
type GradientOptions =
    {
        /// Whether batch norms normalize by the statistics of the batch, as in training, and not by those that they keep.
        BatchStatistics: bool
        /// That of products, those of derivatives with weights and inputs among them; what is summed up over products is float64.
        Precision: Precision
        /// Called before each linear layer: the place to cancel by an exception.
        BeforeLayer: unit -> unit
    }

/// A loss and its derivatives.
[<NoEquality; NoComparison>]
type Gradient =
    {
        /// The outputs for the batch.
        Outputs: Signal list
        /// The loss.
        Loss: float
        /// By the name of each parameter the derivative by every entry of it, by rows: of each row the columns that it reads, of each
        /// column the taps. Parameters on which the loss does not depend are not among them.
        Parameters: Tensors
        /// What batch norms saw, in order; none where they use what they keep.
        Statistics: BatchStatistics list
    }

/// Derivatives of networks by reverse mode: one more interpretation of the term. Gains are differentiated as the expressions that they
/// are, so that the derivative of any rewriting of a network by its parameters is that of the network.
[<RequireQualifiedAccess>]
module Gradient =

    /// Batch norms by what they keep, double precision.
    val inference: GradientOptions

    /// Batch norms by the batch, double precision.
    val training: GradientOptions

    /// The loss of a batch and its derivatives by all parameters.
    /// Law: with weights W' = diag(l)·W·diag(r) the derivative is that of W over l and r, entry by entry (calculus §7).
    /// At a kink (a ReLU at 0) the derivative is that of the side of 0, as in PyTorch; of entries that are equally large a maximum
    /// pool takes the first. Errors: as for `Evaluate.run`; ShapeMismatch for an opaque node.
    val run:
        numbers: Numbers ->
        options: GradientOptions ->
        wires: Map<string, Signal> ->
        input: Signal ->
        objective: Objective ->
        network: Network ->
            Result<Gradient, NetworkError>

    /// The outputs f(x), and what leads from u, as many numbers as these, to J(x)ᵀ·u: the derivatives by the input that flows in and by the
    /// named ones. Errors, raised by both: as for `run`.
    val internal pullback:
        numbers: Numbers ->
        beforeLayer: (unit -> unit) ->
        wires: Map<string, Signal> ->
        input: Signal ->
        network: Network ->
            struct (Signal list * (float[] list -> struct (float[] * Map<string, float[]>)))

    /// The derivatives of a function of gains by all parameters: what ‖gain‖² is moved by, for a penalty.
    /// `objective`: the value and its derivatives by the entries of all gains, one after the other. Errors: as for `Numbers.Gain`.
    val ofGains:
        numbers: Numbers ->
        objective: (float[] -> struct (float * float[])) ->
        gains: Gain list ->
            Result<struct (float * Tensors), NetworkError>
