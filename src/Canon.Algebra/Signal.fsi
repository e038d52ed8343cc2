namespace Canon.Algebra

/// The numbers that flow between layers: samples × space × channels, channels innermost.
[<StructuralEquality; NoComparison>]
type Signal =
    {
        /// How many inputs are evaluated at once.
        Samples: int
        /// The sizes of the axes of space, such as height and width; none for plain vectors.
        Space: int list
        /// Entries of one position.
        Channels: int
        /// Samples · Positions · Channels numbers.
        Data: float[]
    }

    /// Pixels or time steps of one sample, the product of the sizes of space; 1 for plain vectors.
    member Positions: int

/// Making signals.
[<RequireQualifiedAccess>]
module Signal =

    /// A signal of a shape. Errors: ArgumentException when the data do not fill the shape.
    val create: samples: int -> space: int list -> channels: int -> data: float[] -> Signal

    /// One sample of one position.
    val ofVector: data: float[] -> Signal

/// How signals meet terms, whether a network is evaluated or differentiated. What does not fit is a ShapeMismatch.
[<RequireQualifiedAccess>]
module internal Meeting =

    /// The value; the reason why there is none is an error of the term.
    val fitted: at: string -> result: Result<'a, string> -> 'a

    /// Requires so many channels.
    val channels: at: string -> expected: int -> signal: Signal -> unit

    /// Requires as many axes of space as the window of a kernel has; a window of none sees each position alone.
    val axes: at: string -> kernel: Kernel -> signal: Signal -> unit

    /// The sizes of space behind an operation on it.
    val spaceBehind: operation: Spatial -> signal: Signal -> int list

    /// The positions that go into each of a pool.
    val sight: region: PoolRegion -> signal: Signal -> Sight

    /// Channels and space behind a rearrangement, and for every number there its place in front.
    val places: rearrangement: Rearrangement -> signal: Signal -> struct (int * int list * int[])

    /// Over how many means of a sample a normalization is taken, whether they are 0, and which is that of a position and a channel.
    val means: normalization: Normalization -> signal: Signal -> struct (int * bool * (int -> int -> int))

    /// The larger of two spaces where one position stands for any number.
    val larger: a: int list -> b: int list -> int list

    /// For each axis the map to a space in which some axes of one position are longer.
    val spreading: at: string -> own: int list -> space: int list -> AxisMap list

    /// The channels of all, one after the other.
    val concat: signals: Signal list -> Signal
