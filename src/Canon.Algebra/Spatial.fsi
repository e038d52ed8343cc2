namespace Canon.Algebra

/// What a pool makes of the positions that it sees, each channel by itself.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Pooling =
    /// The largest.
    | Maximum
    /// The smallest.
    | Minimum
    /// The mean; `padded`: what lies outside the positions counts as zeros, otherwise it does not count.
    | Mean of padded: bool
    /// The sum.
    | Total
    /// (Σ |x|^p)^(1/p), p ≥ 1.
    | Norm of p: int
    /// Σ x².
    | SumOfSquares

/// Which positions go into one.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type PoolRegion =
    /// Those of a window. `ceil`: a last window that does not fit whole is kept.
    | Sliding of window: Window * ceil: bool
    /// Those of whole axes of space, counted from 0; None: of all. `keep`: the axes stay, with one position.
    | Whole of axes: int list option * keep: bool

/// What stands beyond the edge.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Edge =
    /// Zeros.
    | Zeros
    /// The outermost position again.
    | Nearest
    /// The positions mirrored at the outermost, which does not stand twice.
    | Mirrored
    /// The positions from the other side.
    | Wrapped

/// Which positions of an axis are taken: `Count` of them from `First` on, `Step` apart; a negative step goes backwards.
[<Struct; StructuralEquality; NoComparison>]
type Run = { First: int; Count: int; Step: int }

[<RequireQualifiedAccess>]
module internal Run =

    /// The largest number that is taken.
    val farthest: run: Run -> int

    /// Whether all that are taken are among so many.
    val fits: count: int -> run: Run -> bool


/// From which input positions an output position of a resized axis is made.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Interpolation =
    /// The nearest one; of two equally near ones the first.
    | NearestFirst
    /// The nearest one; of two equally near ones the last.
    | NearestLast
    /// The one at or before.
    | NearestBefore
    /// The one at or behind.
    | NearestBehind
    /// The two around, by distance.
    | Linear
    /// The four around, by the cubic convolution kernel with this coefficient, such as −0.75. Source: Keys 1981.
    | Cubic of coefficient: float

/// Which point of the input an output position lies on, for x the output position and s the output size over the input size.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Alignment =
    /// (x + ½)/s − ½.
    | HalfPixel
    /// The same, but 0 for an output of one position.
    | HalfPixelOrFirst
    /// The same, symmetric even where s was rounded.
    | HalfPixelSymmetric
    /// x·(input − 1)/(output − 1): first on first, last on last.
    | Corners
    /// x/s.
    | Origin

/// The size of a resized axis.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Resizing =
    /// ⌊size·factor⌋, one factor an axis.
    | By of factors: float list
    /// One size an axis.
    | To of sizes: int list

/// An operation on space: every channel by itself, all in the same way, and positively homogeneous. Axes of space count from 0.
[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type Spatial =
    /// Regions of positions become one position each.
    | Pool of pooling: Pooling * region: PoolRegion
    /// Positions are added before the first and behind the last, one count an axis.
    | Pad of before: int list * after: int list * edge: Edge
    /// Some positions are taken, one run an axis.
    | Crop of runs: Run list
    /// Another number of positions.
    | Resize of interpolation: Interpolation * alignment: Alignment * resizing: Resizing

/// One axis of a linear operation on space: for each output position the input positions that go into it, with their weights.
type internal AxisMap = (struct (int * float))[][]

/// What is known of operations on space.
[<RequireQualifiedAccess>]
module Spatial =

    /// The d with operation(c·x) = c^d·operation(x) for c ≥ 0: 2 for sums of squares, 1 for all others.
    val degree: operation: Spatial -> int

    /// Why the operation cannot be, where it cannot.
    val fault: operation: Spatial -> string option

    /// Whole axes in ascending order; those of a space of `rank` axes where all are meant.
    val internal wholeAxes: rank: int -> axes: int list option -> int list

    /// The sizes behind the operation; None where they are not known. Error: what does not fit.
    val sizes: space: int option list option -> operation: Spatial -> Result<int option list option, string>

    /// Of an operation that is linear the map of each axis, for input sizes; None for a pool that is no mean and no sum. Axes that
    /// a pool drops have one output position. Error: what does not fit.
    val internal axisMaps: space: int list -> operation: Spatial -> Result<AxisMap list option, string>
