namespace Canon.Verification

open Canon.Algebra

/// From what the entries of a weight are drawn; later cases are simpler.
type Palette =
    | Normal
    | Integers
    | Ones

type RowKind =
    | Ordinary
    /// Weight and bias zero.
    | Dead
    /// Weight zero, bias not.
    | Constant
    /// Some weights zero.
    | Sparse
    /// Times this power of ten.
    | Extreme of power: int

/// A linear layer. Rows take their kinds in turn; its entries follow from the seed.
type Dense =
    { Width: int
      Bias: bool
      Rows: RowKind list
      Palette: Palette
      Seed: int
      Transposed: bool
      Factor: float }

/// What happens to a named value after the layers behind its name.
type Join =
    | Append
    | AppendTwice
    | Add of closing: Dense
    | Return

/// A network in outline. Every outline is a well-shaped network: where branches must agree in width, a closing layer makes
/// them agree. So an outline can be cut anywhere when it is shrunk.
type Layer =
    | Fully of Dense
    | UnitRowsOf of Dense
    | Phi of Activation
    | Slopes of each: bool * seed: int
    | Bounds of lower: float * upper: float
    /// A scale of the user, its entries taken in turn.
    | User of entries: float list
    | UnitScale
    | Residual of Branch list
    | Summed of width: int * Branch list
    | Gated of width: int * Branch list
    | Parallel of Layer list list
    | Skip of body: Layer list * Join
    /// Reads the named input.
    | Aside
    | Mystery of width: int * inputs: Layer list list

/// `Tail`: a scale of the user behind the branch; empty: none.
and Branch =
    { Layers: Layer list
      Closing: Dense
      Tail: float list }

type Spec =
    {
        Input: int
        Positions: int
        Type: ElementType
        Layers: Layer list
        /// Layers behind a flatten.
        Flat: Layer list option
        /// Several outputs; empty: one.
        Outputs: Layer list list
    }

[<RequireQualifiedAccess>]
module Spec =

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

    /// Whether a rescaling of the channels that flow into the layers is taken up by linear layers, `after` telling so for the end.
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
