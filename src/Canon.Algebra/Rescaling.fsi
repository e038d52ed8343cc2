namespace Canon.Algebra

/// How a channel answers to the factor of its class: it is multiplied by factor^Degree.
[<Struct; StructuralEquality; NoComparison>]
type Channel =
    {
        /// The class, from 0. Channels of one class can be rescaled together only: those of a residual stream, of a sum.
        Class: int
        /// 1; behind an activation of degree d, d times what it is in front.
        Degree: int
    }

/// What rescaling does to a parameter: P' = diag(f of its rows)·P·diag(1 ⊘ f of its columns).
[<NoEquality; NoComparison>]
type Share =
    {
        /// The parameter as it is given, not one made of others.
        Parameter: Parameter
        /// One channel a row.
        Rows: Channel[]
        /// One channel a column; None where columns are not rescaled: of a vector, and of the γ of a batch norm, whose input is normalized.
        Columns: Channel[] option
        /// Whether it is added, as a bias, a shift or the β of a batch norm.
        IsBias: bool
        /// Of a weight its bias, where one is rescaled with it.
        Bias: Parameter option
    }

/// The freedom that a network has to be rescaled without changing its function or its architecture: a positive factor for every class
/// of hidden channels. Source: calculus §6.
[<NoEquality; NoComparison>]
type Rescaling =
    {
        /// For each class why its factor is 1, where it must be: it meets an input, a barrier, a shared weight.
        Held: string option[]
        /// The parameters that are rescaled, in the order of the network.
        Shares: Share list
        /// The channels of each output, in front of the barriers that follow the last layer. Their factor is 1 as well.
        Outputs: Channel[] list
    }

/// Finding the freedom of a network.
[<RequireQualifiedAccess>]
module Rescaling =

    /// The freedom of a network. No weight is read. `lossless`: what powers of two pass without rounding, no more: roots of a higher degree
    /// than 2 stop them.
    /// Law: for all positive factors of the classes that are neither held nor an output's, the rescaled network is the same function.
    /// Errors: UnknownWidth for a weight whose size is not known; UnknownWire, ShapeMismatch, NestedTooDeep.
    val ofNetwork: lossless: bool -> network: Network -> Result<Rescaling, NetworkError>

    /// Whether the factor of each class may be chosen.
    val isFree: rescaling: Rescaling -> bool[]
