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
    | Negate
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
        | Negate -> "neg"
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
        | Abs
        | Negate -> Degree 1
        | Square
        | ReluSquared -> Degree 2
        | Sigmoid -> NotHomogeneous "sigmoid is not positively homogeneous"
        | Tanh -> NotHomogeneous "tanh is not positively homogeneous"
        | Softmax -> NotHomogeneous "softmax is not positively homogeneous"

[<StructuralEquality; NoComparison>]
type Kernel =
    | Direct of window: Window
    | Transposed of window: Window * outputPadding: int list

[<StructuralEquality; NoComparison>]
type Normalization =
    | LayerNorm
    | RmsNorm
    | InstanceNorm
    | GroupNorm of groups: int

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
      Space: int option list option
      Label: Label }

[<StructuralEquality; NoComparison>]
type Network =
    | Linear of coefficients: Affine * kernel: Kernel * label: Label
    | UnitRowLinear of rows: UnitRows * kernel: Kernel * label: Label
    | Scale of gain: Gain
    | Activation of activation: Activation * label: Label
    | Clip of lower: float * upper: float * thresholds: Gain * label: Label
    | Spatial of operation: Spatial * label: Label
    | Rearrange of rearrangement: Rearrangement * label: Label
    | Normalize of normalization: Normalization * epsilon: float * tolerance: Gain * label: Label
    | Compose of parts: Network list
    | Sum of branches: Network list * label: Label
    | Concat of branches: Network list * widths: Widths * label: Label
    | Product of branches: Network list * label: Label
    | As of wire: string
    | Wire of wire: string
    | Tuple of outputs: Network list
    | Opaque of node: OpaqueNode * inputs: Network list

[<RequireQualifiedAccess>]
module Kernel =

    let dense = Direct Window.point

    let window kernel =
        match kernel with
        | Direct window
        | Transposed(window, _) -> window

    let isDense kernel =
        match kernel with
        | Direct window -> window.Kernel.IsEmpty
        | Transposed _ -> false

    let isPointwise kernel =
        match kernel with
        | Direct window -> Window.isPointwise window
        | Transposed(window, outputPadding) -> Window.isPointwise window && List.forall ((=) 0) outputPadding

[<RequireQualifiedAccess>]
module Normalization =

    let name normalization =
        match normalization with
        | LayerNorm -> "layer_norm"
        | RmsNorm -> "rms_norm"
        | InstanceNorm -> "instance_norm"
        | GroupNorm _ -> "group_norm"

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
        | Spatial _
        | Rearrange _
        | Normalize _
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

    let private isPassive term =
        match term with
        | Activation _
        | Clip _
        | Spatial _
        | Rearrange _
        | Normalize _
        | Scale _
        | As _ -> true
        | Linear _
        | UnitRowLinear _
        | Compose _
        | Sum _
        | Concat _
        | Product _
        | Wire _
        | Tuple _
        | Opaque _ -> false

    let tail network =
        parts network |> List.rev |> List.takeWhile isPassive |> List.rev

    let unlabelled = Label ""

    let convolution (weight: Parameter) bias kernel label =
        let window = Kernel.window kernel

        if weight.Taps <> window.Taps then
            invalidArg
                (nameof weight)
                $"{weight.Name} has {weight.Taps} taps, and the window sees {window.Taps} positions"

        match Window.fault window with
        | Some fault -> invalidArg (nameof kernel) $"{weight.Name}: {fault}"
        | None -> ()

        match kernel with
        | Transposed(_, outputPadding) when
            outputPadding.Length <> window.Axes
            || List.exists (fun n -> n < 0) outputPadding
            ->
            invalidArg (nameof kernel) $"{weight.Name}: an output padding has one count of at least 0 an axis"
        | Direct _
        | Transposed _ -> ()

        Linear(Affine.ofParameters weight bias, kernel, Label label)

    let linear weight bias label =
        convolution weight bias Kernel.dense label

    let batchNorm gamma beta mean variance epsilon label =
        let lengths =
            [ gamma; beta; mean; variance ]
            |> List.choose (fun (p: Parameter) -> p.Rows)
            |> List.distinct

        if lengths.Length > 1 then
            invalidArg (nameof gamma) $"the vectors of a batch norm have {lengths.Head} and {lengths[1]} entries"

        linear
            (Parameter.diagonal (Parameter.normFactor gamma variance epsilon))
            (Some(Parameter.normShift gamma beta mean variance epsilon))
            label

    let shift (bias: Parameter) label =
        linear (Parameter.ones bias.Name bias.Rows) (Some bias) label

    let spatial operation label =
        match Spatial.fault operation with
        | Some fault -> invalidArg (nameof operation) fault
        | None -> Spatial(operation, Label label)

    let rearrange rearrangement label = Rearrange(rearrangement, Label label)

    let normalize normalization epsilon label =
        if not (epsilon > 0.0 && Double.IsFinite epsilon) then
            invalidArg (nameof epsilon) $"the epsilon of a normalization is {epsilon}; it must be positive"

        match normalization with
        | GroupNorm groups when groups < 1 -> invalidArg (nameof normalization) $"{groups} groups"
        | LayerNorm
        | RmsNorm
        | InstanceNorm
        | GroupNorm _ -> Normalize(normalization, epsilon, Gain.one, Label label)

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
        | Linear(_, _, label)
        | UnitRowLinear(_, _, label)
        | Activation(_, label)
        | Clip(_, _, _, label)
        | Spatial(_, label)
        | Rearrange(_, label)
        | Normalize(_, _, _, label)
        | Sum(_, label)
        | Concat(_, _, label)
        | Product(_, label)
        | Opaque({ Label = label }, _) -> label.Text
        | Scale _
        | Compose _
        | As _
        | Wire _
        | Tuple _ -> ""

    let at kind network =
        match label network with
        | "" -> kind
        | label -> $"{kind} '{label}'"
