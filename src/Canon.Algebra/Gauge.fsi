namespace Canon.Algebra

/// An element of the group of rewritings that keep the architecture: a positive factor for every class of channels, then another place
/// for every unit. It leads from one representative of a network's class to another. Source: calculus §6.
[<NoEquality; NoComparison>]
type Gauge =
    {
        /// The freedom that it is an element of.
        Rescaling: Rescaling
        /// One factor a class; 1 where the class is held or an output's.
        Factors: Magnitude[]
        /// For each unit the one whose place it takes; its own where it is pinned.
        Order: int[]
    }

/// How far balancing went.
[<Struct; NoEquality; NoComparison>]
type Balance =
    {
        /// How many were made.
        Sweeps: int
        /// The largest |ln| of the ratio of the two norms, or ranges, of a class: of norms as the last sweep met it, before it was lowered;
        /// of ranges in the end.
        Imbalance: float
    }

/// Gauges, and what they do to networks and tensors.
[<RequireQualifiedAccess>]
module Gauge =

    /// All factors 1, and every unit at its place.
    val identity: rescaling: Rescaling -> Gauge

    /// Whether every unit keeps its place.
    val isOrdered: gauge: Gauge -> bool

    /// A gauge of these factors and this order. Error: which of them is not free.
    val create: factors: Magnitude[] -> order: int[] -> rescaling: Rescaling -> Result<Gauge, string>

    /// First one, then the other. Errors: ArgumentException for gauges of different networks.
    /// Law: network (compose a b) = network a >> network b.
    val compose: first: Gauge -> second: Gauge -> Gauge

    /// The way back. Law: compose g (invert g) = identity, up to rounding.
    val invert: gauge: Gauge -> Gauge

    /// The same with every factor rounded to a power of two: it then rounds no weight.
    val lossless: gauge: Gauge -> Gauge

    /// The gauge that gives every row that may be rescaled norm 1, from the input to the output; in a class the first row that is not
    /// zero leads. Rows of dead units stay. Each weight is read once.
    /// Law: of a sequential network the result is the canonical form, reconstituted. Errors: NoValues, NotFinite, ShapeMismatch, OutOfRange.
    val canonical: definition: GainDefinition -> rescaling: Rescaling -> Result<Gauge, NetworkError>

    /// The factors α of a tensor of the size of a parameter, as those of its rows and of its columns, raised to a power: 1 for the
    /// parameter itself, −1 for a gradient, −2 for its square. They stand at the places that rows and columns go to.
    val factors: power: int -> gauge: Gauge -> share: Share -> struct (Magnitude[] * Magnitude[] option)

    /// Of each row and each column of a share's parameter, where the gauge has put them, the place that it comes from.
    val sources: gauge: Gauge -> share: Share -> struct (int[] * int[] option)

    /// A tensor of the size of a share's parameter times the factors to a power, in the gauge's order, by rows: of each row the columns that it reads, of each
    /// column the taps. Errors: as for `canonical`.
    val scaled: power: int -> gauge: Gauge -> share: Share -> tensor: Parameter -> Result<float[], NetworkError>

    /// The same of numbers in memory. Errors: ShapeMismatch for more or fewer than the parameter has; as for `canonical`.
    val scaledTensor: power: int -> gauge: Gauge -> share: Share -> numbers: float[] -> Result<float[], NetworkError>

    /// The same of as many numbers as the parameter has, by rows.
    val internal scaledNumbers: power: int -> gauge: Gauge -> share: Share -> numbers: float[] -> float[]

    /// The same as the bytes of a file, in the order and the type in which the tensor is stored, computed when they are read.
    val stored: power: int -> gauge: Gauge -> share: Share -> tensor: Parameter -> Result<StoredWeight, NetworkError>

    /// The gauge that leads from a network to one that was made of it by diagonals around its parameters, as a reconstitution is; dead rows,
    /// and what reads them, aside. None where it was made otherwise: by folding, or with scales that stand by themselves. Errors: as for `canonical`.
    val tryBetween: numbers: Numbers -> original: Network -> rewritten: Network -> Result<Gauge option, NetworkError>

    /// The network in the gauge: diagonals around its parameters, no number copied. Law: it is the same function.
    val network: gauge: Gauge -> network: Network -> Network
