namespace Canon.Algebra

/// What flows between layers: channels (the entries that rows read and scales multiply) at every position of space (pixels, time
/// steps; none for plain vectors). None where not known.
[<Struct; StructuralEquality; NoComparison>]
type Shape =
    {
        /// The number of channels.
        Channels: int option
        /// The sizes of the axes of space, such as height and width; no axes for plain vectors.
        Space: int option list option
    }

    /// The number of positions, the product of the sizes, where they are known.
    member Positions: int option

/// Inferring shapes.
[<RequireQualifiedAccess>]
module Shape =

    /// Nothing is known.
    val unknown: Shape

    /// So many channels in a space of these sizes.
    val create: channels: int -> sizes: int list -> Shape

    /// Plain vectors of so many channels: one position.
    val vector: channels: int -> Shape

    /// The sizes of space behind a linear layer of a kernel. Error: what does not fit.
    val internal behindKernel: space: int option list option -> kernel: Kernel -> Result<int option list option, string>

    /// The shape of the output for a shape of the input and of the named inputs; None where it cannot be told.
    /// Errors: ShapeMismatch where two sizes contradict each other, UnknownWire, NestedTooDeep.
    val infer: wires: Map<string, Shape> -> input: Shape -> network: Network -> Result<Shape, NetworkError>

    /// The network with the widths of concats and the positions of flattens filled in as far as the input's shape tells them.
    /// Errors: as for `infer`.
    val annotate: wires: Map<string, Shape> -> input: Shape -> network: Network -> Result<Network, NetworkError>

    /// The channels that a network reads, where its own layers tell it.
    val inputChannels: network: Network -> int option
