namespace Canon.Algebra

/// How an activation answers to a non-negative factor.
[<StructuralEquality; NoComparison>]
type Homogeneity =
    /// Positively homogeneous: φ(c·z) = c^degree · φ(z) for every c ≥ 0.
    | Degree of degree: int
    /// A barrier to scales, and why.
    | NotHomogeneous of reason: string

/// An activation function. All act entry by entry but softmax, which acts on the channels of one position.
[<StructuralEquality; NoComparison>]
type Activation =
    /// max(z, 0).
    | Relu
    /// z for z ≥ 0, slope·z below.
    | LeakyRelu of slope: float
    /// LeakyRelu with a slope a channel, or one for all.
    | PRelu of slope: Parameter
    /// |z|.
    | Abs
    /// −z.
    | Negate
    /// z².
    | Square
    /// max(z, 0)².
    | ReluSquared
    /// 1 / (1 + e^−z). A barrier to scales.
    | Sigmoid
    /// The hyperbolic tangent. A barrier to scales.
    | Tanh
    /// e^z over the sum of its channels. A barrier to scales.
    | Softmax

/// What is known of activations.
[<RequireQualifiedAccess>]
module Activation =

    /// The name in arrow notation, such as `leaky_relu`.
    val name: activation: Activation -> string

    /// Whether the function is positively homogeneous, and of what degree. Source: calculus §2, rule II.
    val homogeneity: activation: Activation -> Homogeneity

/// Which positions a linear layer reads for one of its output.
[<StructuralEquality; NoComparison>]
type Kernel =
    /// Those of a window: a convolution, or with a window that sees each position alone a dense layer. The weight has as many taps
    /// as the window, in row-major order.
    | Direct of window: Window
    /// Of the convolution that reads the output and yields the input, the transposed. `outputPadding`: positions that the
    /// output has more behind its last, one count an axis.
    | Transposed of window: Window * outputPadding: int list

/// What a normalization takes its mean and its variance over.
[<StructuralEquality; NoComparison>]
type Normalization =
    /// The channels of each position.
    | LayerNorm
    /// The channels of each position; the mean is taken to be 0.
    | RmsNorm
    /// The positions of each channel.
    | InstanceNorm
    /// The positions of all channels of a group, so many groups of neighbouring channels.
    | GroupNorm of groups: int

/// The name of a layer, for people and for files. It is no part of the mathematics: all labels are equal.
[<Struct; CustomEquality; NoComparison>]
type Label =
    /// The name itself.
    | Label of string

    /// The name; "" when the layer has none.
    member Text: string

    override Equals: other: (obj | null) -> bool
    override GetHashCode: unit -> int

/// The channels of each branch of a concat, where known. They follow from the branches, so that they are no part of equality.
[<Struct; CustomEquality; NoComparison>]
type Widths =
    /// One entry a branch, in order.
    | Widths of int option list

    /// One entry a branch, in order; None where not known.
    member Known: int option list

    override Equals: other: (obj | null) -> bool
    override GetHashCode: unit -> int

/// Something the calculus knows nothing of: kept as it is, a barrier to scales.
[<StructuralEquality; NoComparison>]
type OpaqueNode =
    {
        /// What it is called, such as the operator of a model file.
        Name: string
        /// Which of its outputs this is; 0 when it has one.
        Output: int
        /// Channels of that output, where known.
        Channels: int option
        /// The sizes of its axes of space, where known.
        Space: int option list option
        /// The name of the layer.
        Label: Label
    }

/// A network as an expression. `a -> b` is `Compose [a; b]`: first a, then b. Every term reads the value that flows into it;
/// a `Wire` ignores that value and yields the one its `As` named earlier in an enclosing composition, or a named input.
/// Two networks are equal when they are the same term over the same parameters; labels do not count.
/// Source: calculus §1.
[<StructuralEquality; NoComparison>]
type Network =
    /// A linear layer, x ↦ Wx + b, at every position or by a window: dense layers, convolutions, diagonal layers.
    | Linear of coefficients: Affine * kernel: Kernel * label: Label
    /// The same, every row of the weight of norm 1 (or 0).
    | UnitRowLinear of rows: UnitRows * kernel: Kernel * label: Label
    /// x ↦ g ⊙ x, g ≥ 0, one entry a channel.
    | Scale of gain: Gain
    /// x ↦ φ(x).
    | Activation of activation: Activation * label: Label
    /// x ↦ min(max(x, lower·t), upper·t), t the thresholds' own gain, one entry a channel.
    | Clip of lower: float * upper: float * thresholds: Gain * label: Label
    /// An operation on space, each channel by itself: pools, padding, crops, resizing.
    | Spatial of operation: Spatial * label: Label
    /// The same numbers in another order: flatten, reshape, transpose, channel shuffle, slices.
    | Rearrange of rearrangement: Rearrangement * label: Label
    /// x ↦ (x − mean) / √(variance + epsilon·t²), t the tolerance: the same for all channels, 1 at first.
    | Normalize of normalization: Normalization * epsilon: float * tolerance: Gain * label: Label
    /// In order; no part is itself a composition, and one part alone is not wrapped. Empty: the identity.
    | Compose of parts: Network list
    /// x ↦ Σ f(x). A residual block is `Sum [identity; f]`. An axis of space of one position stands for any number.
    | Sum of branches: Network list * label: Label
    /// x ↦ the f(x), one after the other along the channels.
    | Concat of branches: Network list * widths: Widths * label: Label
    /// x ↦ the entry-wise product of the f(x): gates. An axis of space of one position stands for any number.
    | Product of branches: Network list * label: Label
    /// Names the value that flows here, for the rest of the enclosing composition.
    | As of wire: string
    /// Yields the value of that name, whatever its own input.
    | Wire of wire: string
    /// x ↦ (f1(x), f2(x), …): several outputs, at the end of a network.
    | Tuple of outputs: Network list
    /// An unknown function of the outputs of its inputs, each of which reads x.
    | Opaque of node: OpaqueNode * inputs: Network list

/// Kernels of linear layers.
[<RequireQualifiedAccess>]
module Kernel =

    /// Of a dense layer: every position alone.
    val dense: Kernel

    /// The window.
    val window: kernel: Kernel -> Window

    /// Whether it is that of a dense layer: of no axes.
    val isDense: kernel: Kernel -> bool

    /// Whether every position is read alone and none is left out.
    val isPointwise: kernel: Kernel -> bool

/// Normalizations.
[<RequireQualifiedAccess>]
module Normalization =

    /// The name in arrow notation, such as `layer_norm`.
    val name: normalization: Normalization -> string

/// Making networks, and their parts.
[<RequireQualifiedAccess>]
module Network =

    /// x ↦ x, the composition of nothing.
    val identity: Network

    /// The parts of a network in order: of a composition its parts, of anything else itself.
    /// Law: compose (parts n) = n.
    val parts: network: Network -> Network list

    /// The parts of all, in order. Law: flatten ns = parts (compose ns).
    val internal flatten: networks: Network list -> Network list

    /// First the first, then the second, …; flat, without identities. Associative, with the unit `identity`.
    val compose: networks: Network list -> Network

    /// Whether nothing but scales stands in it, or nothing at all.
    val internal isScales: network: Network -> bool

    /// What follows the last layer or junction: terms that leave each channel what it is but for a function or a place of its own.
    val internal tail: network: Network -> Network list

    /// No name: the label of layers that rewrites make.
    val unlabelled: Label

    /// A dense layer, x ↦ Wx + b. Errors: ArgumentException when the bias does not have one entry a row, or the weight has taps.
    val linear: weight: Parameter -> bias: Parameter option -> label: string -> Network

    /// A convolution or a transposed one. Errors: ArgumentException when the bias does not have one entry a row, the weight not
    /// as many taps as the window, or the window cannot be.
    val convolution: weight: Parameter -> bias: Parameter option -> kernel: Kernel -> label: string -> Network

    /// γ ⊙ (x − μ) ⊘ √(σ² + ε) + β, the inference form of a batch norm: a diagonal layer. Errors: ArgumentException when the
    /// vectors differ in length.
    val batchNorm:
        gamma: Parameter ->
        beta: Parameter ->
        mean: Parameter ->
        variance: Parameter ->
        epsilon: float ->
        label: string ->
            Network

    /// x ↦ x + b, one entry a channel: a diagonal layer of ones.
    val shift: bias: Parameter -> label: string -> Network

    /// An operation on space. Errors: ArgumentException when it cannot be.
    val spatial: operation: Spatial -> label: string -> Network

    /// A rearrangement.
    val rearrange: rearrangement: Rearrangement -> label: string -> Network

    /// A normalization without γ and β, which are a diagonal layer behind it. Errors: ArgumentException when ε is not positive or
    /// there is no group.
    val normalize: normalization: Normalization -> epsilon: float -> label: string -> Network

    /// An activation as a layer.
    val activation: a: Activation -> label: string -> Network

    /// x ↦ min(max(x, lower), upper); `relu` and the identity where the bounds say so. Bounds may be infinite.
    /// Errors: ArgumentException when lower > upper or one is not a number.
    val clip: lower: float -> upper: float -> label: string -> Network

    /// x ↦ Σ f(x). Errors: ArgumentException when there is no branch.
    val sum: branches: Network list -> label: string -> Network

    /// x ↦ the f(x), one after the other along the channels; widths are left open. Errors: ArgumentException when there is no branch.
    val concat: branches: Network list -> label: string -> Network

    /// x ↦ the entry-wise product of the f(x). Errors: ArgumentException when there is no branch.
    val product: branches: Network list -> label: string -> Network

    /// The label of a term that has one, else "".
    val label: network: Network -> string

    /// The kind of a term, with its label where it has one, for messages.
    val internal at: kind: string -> network: Network -> string
