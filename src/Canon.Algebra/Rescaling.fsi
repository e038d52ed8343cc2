namespace Canon.Algebra


/// What a gauge does to a parameter: P' = diag(f of its rows)·P·diag(1 ⊘ f of its columns), rows and columns then in the order of their
/// units.
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

/// The freedom that a network has to be written otherwise without changing its function or its architecture: a positive factor for every
/// class of hidden channels, and another order of hidden units. Source: calculus §6.
[<NoEquality; NoComparison>]
type Rescaling =
    {
        /// For each class why its factor is 1, where it must be: it meets an input, a barrier, a shared weight.
        Held: string option[]
        /// For each unit why it keeps its place, where it must: it meets an input, an output, groups of channels, a shared weight.
        Pinned: string option[]
        /// The parameters that are rescaled, in the order of the network.
        Shares: Share list
        /// Vectors that are put in another order and not rescaled: the means and variances that batch norms keep, slopes.
        Carried: Share list
        /// The scales and clips among the terms that may have numbers for each channel, by their place among those, with their channels.
        Gains: struct (int * Channel[]) list
        /// The channels of each output, in front of the barriers that follow the last layer. Their factor is 1 as well.
        Outputs: Channel[] list
    }

/// What counts as freedom.
[<Struct; NoEquality; NoComparison>]
type RescalingOptions =
    {
        /// What powers of two pass without rounding, no more: roots of a higher degree than 2 stop them.
        Lossless: bool
        /// The bounds of a clip may become thresholds, one a channel. Otherwise they stay, and stop factors.
        Thresholds: bool
    }

/// Finding the freedom of a network.
[<RequireQualifiedAccess>]
module Rescaling =

    /// The freedom of a network. No weight is read.
    /// Law: for all positive factors of the classes that are neither held nor an output's, the rescaled network is the same function.
    /// Errors: UnknownWidth for a weight whose size is not known; UnknownWire, ShapeMismatch, NestedTooDeep.
    val ofOptions: options: RescalingOptions -> network: Network -> Result<Rescaling, NetworkError>

    /// The same with the bounds of clips as they are.
    val ofNetwork: lossless: bool -> network: Network -> Result<Rescaling, NetworkError>

    /// Whether the factor of each class may be chosen.
    val isFree: rescaling: Rescaling -> bool[]
