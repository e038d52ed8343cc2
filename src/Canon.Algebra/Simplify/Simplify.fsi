namespace Canon.Algebra

/// How to look for units that can go.
[<NoEquality; NoComparison>]
type SimplifyOptions =
    {
        /// The shape that flows in.
        Input: Shape
        /// The shapes of the inputs that are read by name.
        Wires: Map<string, Shape>
        /// How far rows of largest entry 1 may differ and be the same row, by the type in which they are stored.
        Tolerance: ElementType -> float
        /// Whether a unit that could go but for being the last of its layer is made and read by zeros: its layers may then have other
        /// biases.
        Silences: bool
        /// Why the channels behind a term stay, where they must.
        Keeps: Network -> string option
    }

/// What went of a layer.
[<StructuralEquality; NoComparison>]
type SimplifiedLayer =
    {
        /// Its label, or the name of its weight where it has none.
        Name: string
        /// Units that were 0 wherever they were read.
        Dead: int
        /// Units that were a constant, which the biases of the layers that read them now hold.
        Constant: int
        /// Units that no layer read.
        Unobserved: int
        /// Units that were multiples of a unit that stayed.
        Duplicate: int
        /// Numbers of its weight and bias before; columns go with the units of the layers in front.
        ParametersBefore: int64
        /// The same after.
        ParametersAfter: int64
    }

/// Units that look redundant and stay.
[<StructuralEquality; NoComparison>]
type KeptUnits =
    {
        /// The layer that makes them.
        Name: string
        /// How many.
        Units: int
        /// Why they stay.
        Reason: string
    }

/// A layer that was not looked into: its rows and columns stay.
[<StructuralEquality; NoComparison>]
type LeftLayer =
    {
        /// Its label, or the name of its weight where it has none.
        Name: string
        /// Why it was left.
        Reason: string
    }

/// A network without the units that it can do without.
[<NoEquality; NoComparison>]
type Simplified =
    {
        Network: Network
        /// The layers that lost something, in the order of the network.
        Layers: SimplifiedLayer list
        /// Units that look redundant and stay.
        Kept: KeptUnits list
        /// The layers that were left as they are.
        Left: LeftLayer list
        /// The stored numbers of the network before.
        ParametersBefore: int64
        /// Those of the network after.
        ParametersAfter: int64
    }

/// Leaves out hidden units that the function does not need.
/// Law: the network computes the same function, in exact arithmetic and for finite values; it has the same inputs and outputs.
/// - A dead unit, 0 whatever the input, goes with the columns that read it.
/// - A constant unit, whose row is 0, goes into the biases of the layers that read it; not through zero padding.
/// - Of duplicate units, whose rows and biases are positive multiples of each other, one stays, to which the columns of the others are
///   added with the ratio of the multiples; where an activation between is not homogeneous only equal ones are duplicates.
/// - A unit that nothing reads goes.
/// Between the layer that makes a unit and those that read it may stand what works on each channel by itself, flattens, sums,
/// products, concats and named wires. A channel that reaches an output, an opaque term, a softmax, a normalization, a
/// rearrangement, a layer of groups or one that shares its weight stays; so does one unit of every layer.
/// It is idempotent. Source: calculus §2, the rows on dead, constant and duplicate units.
[<RequireQualifiedAccess>]
module Simplify =

    /// Nothing known of inputs, nothing that must stay, and rows that differ by no more than rounding them once more explains.
    val options: SimplifyOptions

    /// The network without redundant units. Weights are not copied, but read, a layer at a time; what must stay of them is selected.
    /// Errors: NotFinite, ShapeMismatch, UnknownWire, OutOfRange, NestedTooDeep.
    val network: options: SimplifyOptions -> numbers: Numbers -> network: Network -> Result<Simplified, NetworkError>
