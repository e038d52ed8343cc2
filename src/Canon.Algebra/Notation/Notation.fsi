namespace Canon.Algebra

open System.Collections.Generic

/// Writes networks in the note's arrow notation, `linear(W1) -> relu -> linear(W2)`. Unit rows and gains are written by name,
/// `unit_row_linear(V1) -> scale(g1)`. One instance gives a name one meaning throughout and lists them in `Definitions`.
/// Not for several threads at once.
[<Sealed>]
type Notation =
    /// `shapes`: whether weights are written with their shapes, rows by columns, `W1: 64x10`.
    new: shapes: bool -> Notation

    /// The network on one line. Labels are not written.
    member Write: network: Network -> string

    /// A gain, such as `g2/g0`.
    member WriteGain: gain: Gain -> string

    /// The names used so far and what they stand for, each before the ones that need it.
    member Definitions: IReadOnlyList<struct (string * string)>

/// Networks as text; `Notation` writes several with the same names.
[<RequireQualifiedAccess>]
module Print =

    /// The network on one line, `linear(W1, b1) -> relu`.
    val network: network: Network -> string

    /// The network on one line, weights with their shapes, `linear(W1: 64x10, b1) -> relu`.
    val withShapes: network: Network -> string

    /// The network with its shapes, and after `where` what its names stand for, a line each.
    /// Law: `Parse` reads the same network from it (up to labels, and to what is known of the sizes of opaque terms).
    val document: network: Network -> string
