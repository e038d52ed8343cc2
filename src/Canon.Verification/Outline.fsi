namespace Canon.Verification

open Canon.Algebra

/// From what the entries of a weight are drawn; later cases are simpler.
type Palette =
    /// Standard normal numbers.
    | Normal
    /// ±1, ±2, ±3.
    | Integers
    /// 1 everywhere.
    | Ones

/// What a row of a weight is like, its bias included.
type RowKind =
    /// Nothing special.
    | Ordinary
    /// Weight and bias zero.
    | Dead
    /// Weight zero, bias not.
    | Constant
    /// Some weights zero.
    | Sparse
    /// Times this power of ten.
    | Extreme of power: int

/// A linear layer.
type Dense =
    {
        /// Output channels; at least 1.
        Width: int
        /// Whether there is a bias.
        Bias: bool
        /// The kinds of the rows, taken in turn; none: all ordinary.
        Rows: RowKind list
        /// What the entries are drawn from.
        Palette: Palette
        /// The entries follow from it.
        Seed: int
        /// Whether the weight is stored column by column.
        Transposed: bool
        /// The number that multiplies every stored weight.
        Factor: float
    }

/// A window in outline: the same on every axis of space, and cut down where it does not fit.
type Geometry =
    {
        /// Positions that it sees.
        Kernel: int
        Stride: int
        Dilation: int
        /// Padding before the first position and behind the last.
        Before: int
        After: int
        /// As much padding as is needed, instead.
        Same: bool
    }

/// An operation on space in outline, the same on every axis.
type Region =
    /// A pool over windows; `ceil`: a last window that does not fit is kept.
    | Pooled of Pooling * Geometry * ceil: bool
    /// A pool over all positions.
    | Reduced of Pooling * keep: bool
    /// Positions are added.
    | Padded of before: int * after: int * Edge
    /// Positions from `first` on, `step` apart.
    | Cropped of first: int * step: int
    /// Another number of positions.
    | Resized of Interpolation * Alignment * factor: float

/// A rearrangement in outline.
type Order =
    /// Channels of so many groups change places, group by group.
    | Shuffled of groups: int
    /// The axes of space in reverse.
    | Swapped
    /// Channels from `first` on, `step` apart.
    | Part of first: int * step: int
    /// Two neighbouring positions of the last axis become two channels.
    | PositionsToChannels
    /// Two neighbouring channels become two positions of the last axis.
    | ChannelsToPositions

/// What happens to a named value after the layers behind its name.
type Join =
    /// `concat[id, x]`.
    | Append
    /// `concat[id, x, x]`.
    | AppendTwice
    /// `sum[closing, x]`, the closing layer giving the channels of x.
    | Add of closing: Dense
    /// `x`: what stands between is not read.
    | Return

/// A layer in outline. Every list of layers is a well-shaped network: where branches must agree in width, a closing layer makes
/// them agree. So an outline can be cut anywhere when it is shrunk.
type Layer =
    /// A linear layer.
    | Fully of Dense
    /// A convolution where there is space, in so many groups where they divide the channels; `transposed`: the transposed one.
    | Convolved of Dense * Geometry * groups: int * transposed: bool
    /// The unit rows of a linear layer, without its gain.
    | UnitRowsOf of Dense
    /// An activation.
    | Phi of Activation
    /// A PReLU; `each`: a slope a channel.
    | Slopes of each: bool * seed: int
    /// A clip.
    | Bounds of lower: float * upper: float
    /// A scale of the user, its entries taken in turn.
    | User of entries: float list
    /// `scale(1)`.
    | UnitScale
    /// An operation on space; nothing where there is none, or where space must stay as it is.
    | OnSpace of Region
    /// A rearrangement; nothing where it cannot be.
    | Reordered of Order
    /// A normalization without parameters.
    | Normed of Normalization
    /// A batch norm.
    | BatchNormed of seed: int
    /// A constant is added.
    | Shifted of seed: int
    /// `product[id, avg_pool(all) -> squeeze -> relu -> excite -> sigmoid]`.
    | Excited of squeeze: Dense * excite: Dense
    /// `sum[id, …]`.
    | Residual of Branch list
    /// A sum of branches, each closed to this width.
    | Summed of width: int * Branch list
    /// A product of branches, each closed to this width.
    | Gated of width: int * Branch list
    /// A concat.
    | Parallel of Layer list list
    /// A value is named, and joined with what stands behind the layers that follow.
    | Skip of body: Layer list * Join
    /// Reads the named input: `concat[id, side]`.
    | Aside
    /// An opaque term.
    | Mystery of width: int * inputs: Layer list list

/// A branch that ends in a given width.
and Branch =
    {
        /// What stands in it.
        Layers: Layer list
        /// The linear layer at its end; its own width does not count.
        Closing: Dense
        /// A scale of the user behind the branch; empty: none.
        Tail: float list
    }

/// A network in outline: what networks are drawn and shrunk as.
type Outline =
    {
        /// Channels of the input; at least 1.
        Input: int
        /// The sizes of the axes of space of the input; none for plain vectors.
        Space: int list
        /// How parameters are stored: Float64, Float32 or Float16.
        Type: ElementType
        /// The layers in order.
        Layers: Layer list
        /// Layers behind a flatten; None: no flatten.
        Flat: Layer list option
        /// Several outputs; empty: one.
        Outputs: Layer list list
    }

/// What is known of outlines.
[<RequireQualifiedAccess>]
module internal Outline =

    /// Whether a clip with these bounds keeps 0 at 0.
    val keepsZero: lower: float -> upper: float -> bool

    /// Whether a branch of a residual sum needs no closing layer: it keeps the width and every rescaling of its input.
    val isOpen: branch: Branch -> bool

    /// Whether a rescaling of the channels that flow into the layers is taken up by linear layers, `after` telling so for the end.
    val absorbs: after: bool -> layers: Layer list -> bool
