namespace Canon.Algebra.Rules

open Canon.Algebra

/// Batch norms, shifts and factors a channel, which are diagonal layers, enter the linear layers beside them. Used before scales
/// move, as long as all layers are as they were given.
[<RequireQualifiedAccess>]
module Folding =

    /// `diagonal-folding`: a diagonal layer enters the linear layer in front of it, signs included.
    /// Law: linear(W, b) -> linear(diag(a), c) = linear(diag(a) W, a ⊙ b + c). Exact.
    /// Refuses when a rule has scaled one of the layers already, for a weight that several layers share, and more than 64 layers in one.
    /// Source: calculus §2, batch-norm fold.
    val before: Rule

    /// `diagonal-unfolding`: a diagonal layer enters the linear layer behind it, where no padding stands between.
    /// Law: linear(diag(a), c) -> linear(W, b) = linear(W diag(a), W c + b), for a convolution the taps of W added up in W c. Exact.
    /// Refuses a shift in front of a padded or transposed convolution, when a rule has scaled one of the layers already, a weight that
    /// several layers share, and more than 64 layers in one. Source: calculus §2, batch-norm fold.
    val behind: Rule

    /// The rules of this family.
    val all: Rule list
