namespace Canon.Algebra.Rules

open Canon.Algebra

/// Scales that enter linear layers, and scales that meet.
[<RequireQualifiedAccess>]
module Absorption =

    /// Rule III, `scale-absorption`: a scale enters the linear layer behind it and leaves as the gain of that layer's rows.
    /// Law: scale(g) -> linear(W, b) = unit_row_linear(V, b′) -> scale(g′), W·diag(g) decomposed. A unit_row_linear is un-united
    /// by it, so that the order of the rules does not matter. Exact. Fires always. Source: note, III; calculus §2.
    val absorb: definition: GainDefinition -> Rule

    /// Rule III′, `scale-fold-back`: a scale enters the linear layer in front of it. Used by reconstitution, not by
    /// canonicalisation. Law: linear(W, b) -> scale(g) = linear(diag(g) W, g ⊙ b). Exact. Source: calculus §2, III′.
    val foldBack: Rule

    /// `scale-fusion`: two scales become one.
    /// Law: scale(g) -> scale(h) = scale(g ⊙ h). Exact. Source: calculus §2.
    val fuse: Rule

    /// `unit-scale`: a scale of 1 is nothing.
    /// Law: scale(1) = id. Exact to the last bit. Source: calculus §2.
    val unit: Rule

    /// `plain-absorption`: a scale enters the linear layer behind it, whose rows keep the norms they get. Used by
    /// reconstitution. Law: scale(g) -> linear(W, b) = linear(W·diag(g), b). Exact. Source: calculus §2.
    val plain: Rule

    /// The rules of this family.
    val all: definition: GainDefinition -> Rule list
