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

type Join =
    | Append
    | AppendTwice
    | Add of closing: Dense
    | Return

type Layer =
    | Fully of Dense
    | UnitRowsOf of Dense
    | Phi of Activation
    | Slopes of each: bool * seed: int
    | Bounds of lower: float * upper: float
    | User of entries: float list
    | UnitScale
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
      Positions: int
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
        | UnitRowsOf _
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
            | Fully _ -> true
            | UnitRowsOf _
            | Mystery _ -> false
            | Phi phi ->
                match Activation.homogeneity phi with
                | Degree _ -> absorbs after rest
                | NotHomogeneous _ -> false
            | Bounds(lower, upper) -> keepsZero lower upper && absorbs after rest
            | Slopes _
            | User _
            | UnitScale
            | Aside -> absorbs after rest
            | Residual branches -> closed branches && absorbs after rest
            | Summed(_, branches)
            | Gated(_, branches) -> closed branches
            | Parallel branches -> branches |> List.forall (fun b -> absorbs after (b @ rest))
            | Skip(body, (Append | AppendTwice)) -> absorbs after (body @ rest) && absorbs after rest
            | Skip(body, (Add _ | Return)) -> absorbs true body && absorbs after rest
