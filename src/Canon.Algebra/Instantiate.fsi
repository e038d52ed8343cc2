namespace Canon.Algebra

/// Networks whose sizes are all known.
[<StructuralEquality; NoComparison>]
type SizedNetworks =
    {
        /// The networks, symbols, concats, flattens and opaque terms with their sizes.
        Networks: Network list
        /// The shapes of the input and of the named inputs that all of them read.
        Options: CanonicalOptions
    }

/// Numbers drawn for symbols of known size, one drawing a name: the same seed gives the same numbers.
[<Sealed>]
type internal RandomValues =
    new: seed: int -> RandomValues

    /// For a symbolic parameter a matrix of normal rows, their norms spread around 1, or a normal vector.
    member Parameter: role: LeafRole -> p: Parameter -> Parameter

    /// For the symbol of a gain positive numbers, some of them far from 1.
    member Symbol: name: string -> length: int option -> Gain

/// From symbols to numbers: symbolic networks of any kind can be evaluated, and so compared.
[<RequireQualifiedAccess>]
module Instantiate =

    /// The sizes of networks that read the same input and share their names: rows and columns of parameters, lengths of gains, channels
    /// of the input and of wires, positions, as their terms determine them by each other. `pick k` (1 at least) is the k-th size that
    /// nothing determines, from 0, in order of appearance. Positions that no flatten reads are 1. A free size that is tied to others
    /// by a sum or a product is the nearest to its pick, smaller ones first, that leaves these a size.
    /// A gain such as g ++ 1, made by a rule where the widths of a concat were not known, has one length here wherever it stands: sizes
    /// are best filled in before rewriting.
    /// Law: `Shape.infer` accepts the networks and knows every size.
    /// Errors: ShapeMismatch where sizes contradict each other, AmbiguousParameter, NestedTooDeep, OutOfRange.
    val sizes: pick: (int -> int) -> networks: Network list -> Result<SizedNetworks, NetworkError>

    /// The networks with random numbers in the place of symbols: normal rows whose norms spread around 1, normal biases and slopes,
    /// and positive gains, some of them far from 1. A matrix taken to have unit rows gets unit rows. The numbers of a symbol follow
    /// from the seed, its name and its size.
    /// Errors: UnknownWidth for a symbol without size; NestedTooDeep; OutOfRange when a power of a gain leaves an int.
    val values: seed: int -> sized: SizedNetworks -> Result<SizedNetworks, NetworkError>

    /// The sizes that `sizes` picks where nobody says others: 2 to 5.
    val smallSizes: k: int -> int
