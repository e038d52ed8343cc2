namespace Canon.Verification

open Canon.Algebra

type Palette =
    | Normal
    | Integers
    | Ones

type RowKind =
    | Ordinary
    | Dead
    | Constant
    | Sparse
    | Extreme of power: int

type Dense =
    { Width: int
      Bias: bool
      Rows: RowKind list
      Palette: Palette
      Seed: int
      Transposed: bool
      Factor: float }

type Geometry =
    { Kernel: int
      Stride: int
      Dilation: int
      Before: int
      After: int
      Same: bool }

type Region =
    | Pooled of Pooling * Geometry * ceil: bool
    | Reduced of Pooling * keep: bool
    | Padded of before: int * after: int * Edge
    | Cropped of first: int * step: int
    | Resized of Interpolation * Alignment * factor: float

type Order =
    | Shuffled of groups: int
    | Swapped
    | Part of first: int * step: int
    | PositionsToChannels
    | ChannelsToPositions

type Join =
    | Append
    | AppendTwice
    | Add of closing: Dense
    | Return

type Layer =
    | Fully of Dense
    | Convolved of Dense * Geometry * groups: int * transposed: bool
    | UnitRowsOf of Dense
    | Phi of Activation
    | Slopes of each: bool * seed: int
    | Bounds of lower: float * upper: float
    | User of entries: float list
    | UnitScale
    | OnSpace of Region
    | Reordered of Order
    | Normed of Normalization
    | BatchNormed of seed: int
    | Shifted of seed: int
    | Excited of squeeze: Dense * excite: Dense
    | Residual of Branch list
    | Summed of width: int * Branch list
    | Gated of width: int * Branch list
    | Parallel of Layer list list
    | Skip of body: Layer list * Join
    | Aside
    | Mystery of width: int * inputs: Layer list list

and Branch =
    { Layers: Layer list
      Closing: Dense
      Tail: float list }

type Outline =
    { Input: int
      Space: int list
      Type: ElementType
      Layers: Layer list
      Flat: Layer list option
      Outputs: Layer list list }

[<RequireQualifiedAccess>]
module internal Outline =

    let keepsZero (lower: float) upper = lower <= 0.0 && upper >= 0.0

    /// Layers that keep the width and every rescaling of their input: a branch of a residual sum need not be closed behind them.
    let rec private isPlain layer =
        match layer with
        | Phi phi -> Activation.homogeneity phi = Degree 1
        | Bounds(lower, upper) -> keepsZero lower upper
        | Slopes _
        | User _
        | UnitScale -> true
        | Residual branches -> branches |> List.forall (fun b -> List.forall isPlain b.Layers)
        | Fully _
        | Convolved _
        | UnitRowsOf _
        | OnSpace _
        | Reordered _
        | Normed _
        | BatchNormed _
        | Shifted _
        | Excited _
        | Summed _
        | Gated _
        | Parallel _
        | Skip _
        | Aside
        | Mystery _ -> false

    let isOpen (branch: Branch) = List.forall isPlain branch.Layers

    let rec absorbs after layers =
        match layers with
        | [] -> after
        | layer :: rest ->
            let closed (branches: Branch list) =
                branches |> List.forall (fun b -> absorbs true b.Layers)

            match layer with
            | Fully _
            | Convolved _
            | BatchNormed _ -> true
            | UnitRowsOf _
            | Mystery _
            | Normed _
            | Reordered ChannelsToPositions -> false
            | Phi phi ->
                match Activation.homogeneity phi with
                | Degree _ -> absorbs after rest
                | NotHomogeneous _ -> false
            | Bounds(lower, upper) -> keepsZero lower upper && absorbs after rest
            | Slopes _
            | User _
            | UnitScale
            | OnSpace _
            | Reordered _
            | Shifted _
            | Excited _
            | Aside -> absorbs after rest
            | Residual branches -> closed branches && absorbs after rest
            | Summed(_, branches)
            | Gated(_, branches) -> closed branches
            | Parallel branches -> branches |> List.forall (fun b -> absorbs after (b @ rest))
            | Skip(body, (Append | AppendTwice)) -> absorbs after (body @ rest) && absorbs after rest
            | Skip(body, (Add _ | Return)) -> absorbs true body && absorbs after rest
