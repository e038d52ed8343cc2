namespace Canon.Algebra.Equality

open Canon.Algebra

/// What is written in many ways, written in one: the form in which networks are compared.
/// Law: the same function, in exact arithmetic; idempotent up to rounding.
/// - batch norms, shifts and factors a channel are folded into the layers beside them;
/// - two dense or pointwise layers with nothing between become one, and so does one of them beside a convolution where no padding is in
///   the way;
/// - sums in sums are one sum, clips behind clips one clip, and slopes that are all alike one slope;
/// - entries that are negligible in the canonical form, a 4096th of rounding, are 0;
/// - dead, constant, duplicate and unread units go; where one must stay as the last of its layer, zeros make and read it;
/// - every layer has a weight of its own, under a name that no other bears.
/// Where nothing was folded, fused or left out, weights stay where they are; others are computed in float64.
/// Source: calculus §2, the rows on batch norms, linear fusion, dead, constant and duplicate units.
[<RequireQualifiedAccess>]
module Reduction =

    /// The reduced network. Its numbers are computed by `numbers`: who goes on with these reads no weight again for what is known of it.
    /// Errors: AmbiguousParameter, ShapeMismatch, UnknownWire, NestedTooDeep; NoValues, NotFinite, OutOfRange.
    val network: numbers: Numbers -> options: CanonicalOptions -> network: Network -> Result<Network, NetworkError>

    /// The network folded and fused, with every unit that it has. Errors: as for `network`.
    val internal folded: options: CanonicalOptions -> network: Network -> Result<Network, NetworkError>
