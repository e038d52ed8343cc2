namespace Canon.Algebra

/// How a channel answers to the factor of its class, and which unit it belongs to.
[<Struct; StructuralEquality; NoComparison>]
type Channel =
    {
        /// The class, from 0. Channels of one class can be rescaled together only: those of a residual stream, of a sum.
        Class: int
        /// It is multiplied by the factor to this power: 1; behind an activation of degree d, d times what it is in front.
        Degree: int
        /// The unit, from 0. Channels of one unit are put in another place together only: those of a stream, those that a flattened
        /// channel becomes, those in front of an activation and behind it, whether it lets factors pass or not.
        Unit: int
    }

/// What becomes of the factors of channels in a linear layer.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal LayerRole =
    /// Its rows are rescaled, and its columns inversely.
    | Mixes
    /// It adds something to each channel.
    | Shifts
    /// A batch norm: it normalizes what it reads, and its rows are rescaled.
    | Normalizes
    /// Neither its rows nor its columns can be rescaled.
    | Stays of reason: string

/// What a walk over channels takes for granted.
[<NoEquality; NoComparison>]
type internal FlowOptions =
    {
        /// Whether roots of a higher degree than 2 stop factors.
        Lossless: bool
        /// Whether the bounds of a clip may become thresholds, one a channel.
        Thresholds: bool
        Role: Affine -> LayerRole
    }

/// A term with numbers for each channel, and the channels in front of and behind it.
[<NoEquality; NoComparison>]
type internal Crossing =
    {
        /// Which of the terms it is that may have such numbers, in order from 0.
        Index: int
        Term: Network
        Before: Channel[]
        Behind: Channel[]
    }

/// The channels of a network.
[<NoEquality; NoComparison>]
type internal Flown =
    {
        /// For each class why it cannot be rescaled, where it cannot.
        Held: string option[]
        /// For each unit why it keeps its place, where it does.
        Pinned: string option[]
        /// In the order of the network.
        Crossings: Crossing list
        /// Of each output the channels in front of the barriers that follow its last layer; none where they cannot be rescaled.
        Outputs: Channel[] list
    }

/// Which channels of a network are rescaled together, and which are put in another order together.
[<RequireQualifiedAccess>]
module internal ChannelFlow =

    /// The unit of each channel, and how many channels of that unit stand in front of it.
    val counted: channels: Channel[] -> struct (int * int)[]

    /// Where the unit of each channel goes among the same channels, when every unit takes the place of the one that `order` says;
    /// −1 where that one does not stand there as often.
    val destinations: order: int[] -> counted: struct (int * int)[] -> int[]

    /// Whether a term may have numbers for each channel.
    val isNumbered: term: Network -> bool

    /// The channels of a network. Networks of one architecture have the same numbers of classes and units.
    /// Errors: UnknownWidth for a layer whose size is not known, unless it stays; ShapeMismatch, NestedTooDeep.
    val walk: options: FlowOptions -> network: Network -> Flown
