namespace Canon.Algebra.Rules

open Canon.Algebra

/// Splitting a linear layer into unit rows and a scale.
[<RequireQualifiedAccess>]
module Decomposition =

    /// Rule I, `weight-norm-decomposition`: the gain of every row is taken out of it.
    /// Law: linear(W, b) = unit_row_linear(W ⊘ g, b ⊘ g) -> scale(g), g = gain(W, b). Exact.
    /// Fires on every `linear`; a `unit_row_linear` is decomposed already. Source: note, I; calculus §3.
    val weightNorm: definition: GainDefinition -> Rule

    /// `own-norms`: the rows get the norms that the parameter itself has, and the rest of the gain leaves as a scale. Used by
    /// reconstitution in the original gauge. Law: with M = W·diag(g), h = gain(M, b) and own the gain of the parameters,
    /// scale(g) -> linear(W, b) = linear(diag(own ⊘ h)·M, own ⊘ h ⊙ b) -> scale(h ⊘ own). Exact. Fires where h ≠ own or a scale
    /// stands in front. Source: calculus §6.
    val ownNorms: definition: GainDefinition -> Rule

    /// The rules of this family.
    val all: definition: GainDefinition -> Rule list
