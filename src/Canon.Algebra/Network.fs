namespace Canon.Algebra

open System

[<StructuralEquality; NoComparison>]
type Homogeneity =
    | Degree of degree: int
    | NotHomogeneous of reason: string

[<StructuralEquality; NoComparison>]
type Activation =
    | Relu
    | LeakyRelu of slope: float
    | PRelu of slope: Parameter
    | Abs
    | Square
    | ReluSquared
    | Sigmoid
    | Tanh
    | Softmax

[<RequireQualifiedAccess>]
module Activation =

    let name activation =
        match activation with
        | Relu -> "relu"
        | LeakyRelu _ -> "leaky_relu"
        | PRelu _ -> "prelu"
        | Abs -> "abs"
        | Square -> "square"
        | ReluSquared -> "relu_squared"
        | Sigmoid -> "sigmoid"
        | Tanh -> "tanh"
        | Softmax -> "softmax"

    let homogeneity activation =
        match activation with
        | Relu
        | LeakyRelu _
        | PRelu _
        | Abs -> Degree 1
        | Square
        | ReluSquared -> Degree 2
        | Sigmoid -> NotHomogeneous "sigmoid is not positively homogeneous"
        | Tanh -> NotHomogeneous "tanh is not positively homogeneous"
        | Softmax -> NotHomogeneous "softmax is not positively homogeneous"

[<Struct; CustomEquality; NoComparison>]
type Label =
    | Label of string

    member x.Text = let (Label text) = x in text

    override _.Equals other = other :? Label
    override _.GetHashCode() = 0

[<Struct; CustomEquality; NoComparison>]
type Widths =
    | Widths of int option list

    member x.Known = let (Widths widths) = x in widths

    override _.Equals other = other :? Widths
    override _.GetHashCode() = 0

[<StructuralEquality; NoComparison>]
type OpaqueNode =
    { Name: string
      Output: int
      Channels: int option
      Positions: int option
      Label: Label }

[<StructuralEquality; NoComparison>]
type Network =
    | Linear of coefficients: Affine * label: Label
    | UnitRowLinear of rows: UnitRows * label: Label
    | Scale of gain: Gain
    | Activation of activation: Activation * label: Label
    | Clip of lower: float * upper: float * thresholds: Gain * label: Label
    | Flatten of positions: int option * label: Label
    | Compose of parts: Network list
    | Sum of branches: Network list * label: Label
    | Concat of branches: Network list * widths: Widths * label: Label
    | Product of branches: Network list * label: Label
    | As of wire: string
    | Wire of wire: string
    | Tuple of outputs: Network list
    | Opaque of node: OpaqueNode * inputs: Network list

[<RequireQualifiedAccess>]
module Network =

    let identity = Compose []

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

    let flatten (networks: Network list) =
        if
            networks
            |> List.exists (function
                | Compose _ -> true
                | _ -> false)
        then
            List.collect parts networks
        else
            networks

    let compose networks =
        match flatten networks with
        | [ single ] -> single
        | several -> Compose several

    let isScales network = parts network |> List.forall _.IsScale

    let unlabelled = Label ""

    let linear weight bias label =
        Linear(Affine.ofParameters weight bias, Label label)

    let activation a label = Activation(a, Label label)

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
