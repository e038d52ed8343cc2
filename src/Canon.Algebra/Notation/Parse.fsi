namespace Canon.Algebra

/// Reads the arrow notation. A text is a network, and after `where` what its names stand for:
///
///     unit_row_linear(V1) -> relu -> scale(g1) where g1 = rownorms(W1)  V1 = diag(1/g1) * W1
///
/// A name without a meaning is a parameter, a symbolic gain, or a wire, by where it stands.
/// Law: what `Print.document` writes is read as the same network (up to labels, and to what is known of the sizes of opaque terms).
[<RequireQualifiedAccess>]
module Parse =

    /// Reads a network whose parameters may be known beforehand; the others become symbols. A name has one meaning, and a shape
    /// given once holds for all uses of a name.
    /// Errors: the place of the first thing that is not notation, or has no meaning, with what is expected there.
    val networkWith: known: (string -> Parameter option) -> text: string -> Result<Network, NotationError>

    /// Reads a network of symbols. Errors: as for `networkWith`.
    val network: text: string -> Result<Network, NotationError>
