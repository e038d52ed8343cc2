namespace Canon.Algebra.Rules

open Canon.Algebra

/// Splitting a linear layer into unit rows and a scale.
[<RequireQualifiedAccess>]
module Decomposition =

    /// Rule I, `weight-norm-decomposition`: the gain of every row is taken out of it.
    /// Law: linear(W, b) = unit_row_linear(W ⊘ g, b ⊘ g) -> scale(g), g = gain(W, b). Exact.
    /// Fires on every `linear`; a `unit_row_linear` is decomposed already. Source: note, I; calculus §3.
    val weightNorm: definition: GainDefinition -> Rule

    /// The rules of this family.
    val all: definition: GainDefinition -> Rule list
