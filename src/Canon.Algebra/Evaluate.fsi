namespace Canon.Algebra

/// How a network is evaluated.
[<NoEquality; NoComparison>]
type EvaluateOptions =
    {
        /// Weights, biases, scales and thresholds are rounded to the type in which they are stored, as a written file has them.
        Rounded: bool
        /// That of products with weights.
        Precision: Precision
        /// What an opaque node yields for its inputs.
        Opaque: OpaqueNode -> Signal list -> Signal
        /// Called before each linear layer: the place to count or to cancel by an exception.
        BeforeLayer: unit -> unit
    }

/// The reference semantics, in float64 unless products are to be of single precision: plain terms, and kernels of their own for what takes time, each held to naive loops.
[<RequireQualifiedAccess>]
module Evaluate =

    /// Exact coefficients, double precision; an opaque node is an error (ShapeMismatch).
    val exact: EvaluateOptions

    /// The type in which scales are stored beside these parameters: the first parameter's.
    val internal storedType: network: Network -> ElementType

    /// The outputs for an input that flows in and named inputs: one, or those of a tuple in order.
    /// Errors: NoValues, NotFinite, ShapeMismatch, UnknownWire, UnknownWidth, NestedTooDeep; OutOfRange when a weight, bias or
    /// scale does not fit its type, or float64 where nothing is rounded.
    val run:
        numbers: Numbers ->
        options: EvaluateOptions ->
        wires: Map<string, Signal> ->
        input: Signal ->
        network: Network ->
            Result<Signal list, NetworkError>

    /// The output for one vector, with exact coefficients and no named inputs; of several outputs the first.
    /// Errors: as for `run`.
    val vector: network: Network -> x: float[] -> Result<float[], NetworkError>
