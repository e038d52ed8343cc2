namespace Canon.Algebra.Analysis

open Canon.Algebra

/// What the canonical form says of one linear layer.
[<NoEquality; NoComparison>]
type LayerReport =
    {
        /// The name of the weight.
        Name: string
        /// What kind of layer it is: `linear`, `conv`, `conv_transpose`, `diagonal`.
        Kind: string
        /// Output channels.
        Rows: int
        /// Input channels.
        Columns: int
        /// The gain that leaves each row: of the weight with all gain before it absorbed.
        Gain: Magnitude[]
        /// ‖v ⊙ u‖₂ in [0, 1] for each row: v the row's direction in the parameter, u the direction of the incoming gain. An
        /// overlap of energy, not of direction.
        /// Law: gain = ‖row‖ · ‖incoming gain‖ · interference, for row norms and rows that are not zero (calculus §5).
        Interference: float[]
        /// Rows without weight and without bias.
        DeadUnits: int
        /// Rows without weight whose bias is not zero.
        ConstantUnits: int
    }

/// A branch of a sum that does not lead.
[<NoEquality; NoComparison>]
type BranchReport =
    {
        /// The label of the sum.
        At: string
        /// Its place among the branches, from 0.
        Branch: int
        /// How loudly it speaks against the leading branch, a channel: a residual branch against its stream (calculus §4).
        RelativeGain: Magnitude[]
    }

/// The layers and branches of a canonical form.
[<RequireQualifiedAccess>]
module Layers =

    /// What kind of layer it is: `linear`, `conv`, `conv_transpose`, `diagonal`.
    val internal kind: weight: Parameter -> kernel: Kernel -> string

    /// One report a unit-row layer, in order from the input.
    /// Errors: NoValues, NotFinite, UnknownWidth, ShapeMismatch, OutOfRange, NestedTooDeep.
    val reports: numbers: Numbers -> canonical: Network -> Result<LayerReport list, NetworkError>

    /// The relative gains of every sum's branches, in order from the input. A branch that leads, or has the gain of the leader,
    /// is not listed. Errors: as for `reports`.
    val branches: numbers: Numbers -> canonical: Network -> Result<BranchReport list, NetworkError>
