namespace Canon.Algebra.Training

open Canon.Algebra

/// What keeps a network in check while it is trained.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type MethodKind =
    /// Nothing.
    | None
    /// λ‖w‖²/2 added to the loss (coupled weight decay).
    | L2
    /// Decoupled weight decay.
    | AdamW
    /// Weights as direction and magnitude, g·v/‖v‖ a row. Source: Salimans & Kingma 2016.
    | WeightNorm
    /// Normalization by the statistics of the batch behind every hidden layer. Source: Ioffe & Szegedy 2015.
    | BatchNorm
    /// λ·g² on the global gain, its exact derivative at every step; no events.
    | GainPenalty
    /// Periodic canonical regularization with a cap.
    | PcrHard
    /// The same with the proximal step of a penalty.
    | PcrSoft
    /// Rows made unit after every step, and one learnable gain at the output.
    | Manifold

/// A method with what can be varied of it.
[<StructuralEquality; NoComparison>]
type Method =
    {
        Kind: MethodKind
        /// How the events of PCR go; its cap and penalty are the method's strength.
        Pcr: PcrOptions
    }

/// Methods to compare.
[<RequireQualifiedAccess>]
module Method =

    /// The nine.
    val all: Method list

    /// The name, such as `pcr-hard`, with what differs from the defaults behind colons: `pcr-hard:canonical:note`.
    val name: method: Method -> string

    /// The method of a name; behind colons any of a gauge (canonical, original, balanced), a moment rule (covariant, full, note,
    /// reset, keep), `row-norm` or `augmented`, `cap-in-moments`, `no-start`, `period=N`.
    /// Error: one line, what is not known.
    val parse: text: string -> Result<Method, string>

    /// What is tried for its strength (λ, a decay, a cap) when it is tuned, from weak to strong; none where it has none.
    val strengths: method: Method -> float list

    /// An MLP with ReLUs as the method wants it, drawn by a seed: He's initialization, biases 0. The same seed draws the same directions
    /// for all methods.
    val network: method: Method -> seed: int -> inputs: int -> hidden: int list -> classes: int -> Network

    /// How it is trained. The strength of a method that has none is not looked at.
    val options:
        method: Method ->
        rate: float ->
        strength: float ->
        batchSize: int ->
        seed: int ->
        network: Network ->
            TrainerOptions
