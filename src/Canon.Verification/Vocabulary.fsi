namespace Canon.Verification

open Canon.Algebra

/// All small networks over a vocabulary of symbolic terms. What holds for each of them holds for whatever numbers the symbols
/// stand for, so that a question about rules with small patterns is answered by going through them.
[<RequireQualifiedAccess>]
module Vocabulary =

    /// The terms without branches: linear layers with a bias and without, unit rows, scales (a symbol, a given number, 0, 1),
    /// activations of degree 1 and 2 and a barrier, clips that keep 0 at 0 and not, flatten, a name for a value, and its use.
    val terms: Network list

    /// Every well-shaped network of so many terms, in a fixed order. A branching term (sum, concat, product, tuple, an opaque of one
    /// and of two inputs) counts as one and so does every term in its branches; branches do not branch again. Scales and
    /// parameters have distinct names, numbered from the input on. Symbols have sizes as far as the networks need them.
    val ofSize: size: int -> Network seq

    /// Every network of at most so many terms, the smaller first.
    val upTo: size: int -> Network seq
