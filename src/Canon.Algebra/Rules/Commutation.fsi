namespace Canon.Algebra.Rules

open Canon.Algebra

/// Scales that pass layers without weights.
[<RequireQualifiedAccess>]
module Commutation =

    /// Rule II, `activation-commutation`: a scale passes a positively homogeneous activation.
    /// Law: φ(g ⊙ z) = g^d ⊙ φ(z) for g ≥ 0 and φ positively homogeneous of degree d. Exact.
    /// Refuses every other activation, and a scale in front of an opaque term: they are barriers. Source: note, II; calculus §2.
    val activation: Rule

    /// Rule II′, `threshold-commutation`: a scale passes a clip, whose thresholds become per channel.
    /// Law: clip(lo, hi)(g ⊙ z) = g ⊙ clip(lo ⊘ g, hi ⊘ g)(z) for g > 0, and for g ≥ 0 where lo ≤ 0 ≤ hi: a channel of gain 0
    /// is 0 on both sides. Exact. Where positivity matters, the factors of g that are known to be positive pass, symbols among them
    /// being assumed so, and the others (the row norms of a weight with values) stay; it refuses when none can pass.
    /// Source: calculus §2, II′.
    val threshold: Rule

    /// Rule II″, `spatial-commutation`: a scale passes a pool, a padding by zeros or by positions, a crop, a resize.
    /// Law: op(g ⊙ x) = g^d ⊙ op(x) for g ≥ 0, d = 2 for pools that sum squares, 1 for all others. Exact. Fires always.
    /// Source: calculus §2, II″.
    val spatial: Rule

    /// `rearrangement-commutation`: a scale passes a flatten, each entry repeated, and any other rearrangement whose channels all
    /// stem from channels: the entries go where their channels go.
    /// Law: flatten(g ⊙ x) = (each g_c repeated for its positions) ⊙ flatten(x). Exact to the last bit.
    /// Refuses when the number of positions is not known, or channels become positions. Source: calculus §2.
    val rearrangement: Rule

    /// `normalization-absorption`: one scale for all channels vanishes in a normalization, whose ε takes it.
    /// Law: norm(a·x; ε) = norm(x; ε / a²) for a > 0. Exact. Refuses a scale that is not known to be one number, or that is 0.
    /// Source: calculus §2, norm absorption.
    val normalization: Rule

    /// The rules of this family.
    val all: Rule list
