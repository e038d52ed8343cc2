namespace Canon.Algebra

open System

/// How an activation answers to a non-negative factor.
[<StructuralEquality; NoComparison>]
type Homogeneity =
    /// φ(c·z) = c^degree · φ(z) for every c ≥ 0.
    | Degree of degree: int
    /// A barrier to scales, and why.
    | NotHomogeneous of reason: string

/// An activation function. All act entry by entry but softmax, which acts on the channels of one position.
[<StructuralEquality; NoComparison>]
type Activation =
    | Relu
    /// z for z ≥ 0, slope·z below.
    | LeakyRelu of slope: float
    /// LeakyRelu with a slope a channel, or one for all.
    | PRelu of slope: Parameter
    | Abs
    | Square
    /// max(z, 0)².
    | ReluSquared
    | Sigmoid
    | Tanh
    | Softmax

[<RequireQualifiedAccess>]
module Activation =

    let name =
        function
        | Relu -> "relu"
        | LeakyRelu _ -> "leaky_relu"
        | PRelu _ -> "prelu"
        | Abs -> "abs"
        | Square -> "square"
        | ReluSquared -> "relu_squared"
        | Sigmoid -> "sigmoid"
        | Tanh -> "tanh"
        | Softmax -> "softmax"

    /// Source: calculus §2, rule II.
    let homogeneity activation =
        match activation with
        | Relu
        | LeakyRelu _
        | PRelu _
        | Abs -> Degree 1
        | Square
        | ReluSquared -> Degree 2
        | Sigmoid
        | Tanh
        | Softmax -> NotHomogeneous $"{name activation} is not positively homogeneous"

/// The name of a layer, for people and for files. It is no part of the mathematics: all labels are equal.
[<Struct; CustomEquality; NoComparison>]
type Label =
    | Label of string

    member x.Text = let (Label text) = x in text

    override _.Equals other = other :? Label
    override _.GetHashCode() = 0

/// The channels of each branch of a concat, where known. They follow from the branches, so that they are no part of equality.
[<Struct; CustomEquality; NoComparison>]
type Widths =
    | Widths of int option list

    member x.Known = let (Widths widths) = x in widths

    override _.Equals other = other :? Widths
    override _.GetHashCode() = 0

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
        /// Positions of that output, where known.
        Positions: int option
        Label: Label
    }

/// A network as an expression. `a -> b` is `Compose [a; b]`: first a, then b. Every term reads the value that flows into it;
/// a `Wire` ignores that value and yields the one its `As` named earlier in an enclosing composition, or a named input.
[<StructuralEquality; NoComparison>]
type Network =
    /// x ↦ Wx + b.
    | Linear of coefficients: Affine * label: Label
    /// The same, every row of the weight of norm 1 (or 0).
    | UnitRowLinear of rows: UnitRows * label: Label
    /// x ↦ g ⊙ x, g ≥ 0.
    | Scale of gain: Gain
    | Activation of activation: Activation * label: Label
    /// x ↦ min(max(x, lower·t), upper·t), t the thresholds' own gain, one entry a channel.
    | Clip of lower: float * upper: float * thresholds: Gain * label: Label
    /// Channels × positions become channels, the positions of the first channel first. None: positions unknown.
    | Flatten of positions: int option * label: Label
    /// In order; no part is itself a composition, and one part alone is not wrapped. Empty: the identity.
    | Compose of parts: Network list
    /// x ↦ Σ f(x).
    | Sum of branches: Network list * label: Label
    /// x ↦ the f(x), one after the other along the channels.
    | Concat of branches: Network list * widths: Widths * label: Label
    /// x ↦ the entry-wise product of the f(x).
    | Product of branches: Network list * label: Label
    /// Names the value that flows here, for the rest of the enclosing composition.
    | As of wire: string
    | Wire of wire: string
    /// x ↦ (f1(x), f2(x), …): several outputs, at the end of a network.
    | Tuple of outputs: Network list
    | Opaque of node: OpaqueNode * inputs: Network list

[<RequireQualifiedAccess>]
module Network =

    let identity = Compose []

    /// The parts of a network in order: of a composition its parts, of anything else itself.
    let parts network =
        match network with
        | Compose parts -> parts
        | Linear _
        | UnitRowLinear _
        | Scale _
        | Activation _
        | Clip _
        | Flatten _
        | Sum _
        | Concat _
        | Product _
        | As _
        | Wire _
        | Tuple _
        | Opaque _ -> [ network ]

    /// First the first, then the second, …; flat, without identities.
    let compose (networks: Network list) =
        let flat =
            if
                networks
                |> List.exists (function
                    | Compose _ -> true
                    | _ -> false)
            then
                List.collect parts networks
            else
                networks

        match flat with
        | [ single ] -> single
        | several -> Compose several

    let unlabelled = Label ""

    let linear weight bias label =
        Linear(Affine.ofParameters weight bias, Label label)

    let activation a label = Activation(a, Label label)

    /// `relu` and the identity where the bounds say so. Errors: ArgumentException when lower > upper or one is not a number.
    let clip lower upper label =
        if Double.IsNaN lower || Double.IsNaN upper || lower > upper then
            invalidArg (nameof lower) $"clip({lower}, {upper}): the lower bound must not be above the upper"

        if lower = 0.0 && Double.IsPositiveInfinity upper then
            Activation(Relu, Label label)
        elif Double.IsNegativeInfinity lower && Double.IsPositiveInfinity upper then
            identity
        else
            Clip(lower, upper, Gain.one, Label label)

    let private several name (branches: Network list) =
        if branches.IsEmpty then
            invalidArg (nameof branches) $"{name} needs at least one branch"

    let sum branches label =
        several "sum" branches
        Sum(branches, Label label)

    let concat branches label =
        several "concat" branches
        Concat(branches, Widths(List.map (fun _ -> None) branches), Label label)

    let product branches label =
        several "product" branches
        Product(branches, Label label)

    /// The label of a term that has one, else "".
    let label network =
        match network with
        | Linear(_, label)
        | UnitRowLinear(_, label)
        | Activation(_, label)
        | Clip(_, _, _, label)
        | Flatten(_, label)
        | Sum(_, label)
        | Concat(_, _, label)
        | Product(_, label)
        | Opaque({ Label = label }, _) -> label.Text
        | Scale _
        | Compose _
        | As _
        | Wire _
        | Tuple _ -> ""
