namespace Canon.Algebra

/// What flows between layers: channels (the entries that rows read and scales multiply) times positions (pixels, time
/// steps; 1 for plain vectors). None where not known.
[<Struct; StructuralEquality; NoComparison>]
type Shape =
    {
        /// The number of channels.
        Channels: int option
        /// The number of positions.
        Positions: int option
    }

/// Inferring shapes.
[<RequireQualifiedAccess>]
module Shape =

    /// Nothing is known.
    val unknown: Shape

    /// Plain vectors of so many channels: one position.
    val vector: channels: int -> Shape

    /// The shape of the output for a shape of the input and of the named inputs; None where it cannot be told.
    /// Errors: ShapeMismatch where two sizes contradict each other, UnknownWire, NestedTooDeep.
    val infer: wires: Map<string, Shape> -> input: Shape -> network: Network -> Result<Shape, NetworkError>

    /// The network with the widths of concats and the positions of flattens filled in as far as the input's shape tells them.
    /// Errors: as for `infer`.
    val annotate: wires: Map<string, Shape> -> input: Shape -> network: Network -> Result<Network, NetworkError>

    /// The channels that a network reads, where its own layers tell it.
    val inputChannels: network: Network -> int option
