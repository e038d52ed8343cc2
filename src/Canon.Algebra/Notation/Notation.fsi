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

    /// The network, and after `where` what its names stand for, as LaTeX: an `aligned` block for display mathematics, `\[ … \]`, with
    /// amsmath. Shapes are left out, long lists of numbers abridged; letters beyond ASCII in names stay as they are.
    val latex: network: Network -> string

    /// The network with its shapes as a block of code, and a list of what its names stand for, as Markdown.
    val markdown: network: Network -> string

    /// The network for other programs, as an object: `text` (as `document` writes it), `network` and, in order, `definitions`, each
    /// with its `name`, `text` and `meaning`. Every term and every coefficient is an object with its `kind`: the word of the notation
    /// for a term; of a coefficient `name`, `one`, `numbers`, `product` (of `factors` and `divisors`), `power`, `beside`, `rownorms`,
    /// `gain`, `pow2`, `lead`, `repeat`, `ones`, or `weight`: a name between the gains of the diagonals to its `left` and `right`.
    /// A size that is not known is null; infinite numbers are strings. Terms nest as deep as the network.
    val json: network: Network -> string
