namespace Canon.Algebra.Rules

open Canon.Algebra

/// Scales that enter branches and leave them.
[<RequireQualifiedAccess>]
module Branches =

    /// `scale-distribution`: a scale enters every branch.
    /// Law: scale(g) -> sum[f, …] = sum[scale(g) -> f, …]; the same for every term that hands its input to several networks:
    /// concat, product, tuple, and an opaque of several inputs. Exact to the last bit. Source: calculus §2.
    val distribute: Rule

    /// `sum-factoring`: the gain of the leading branch leaves a sum, such as a residual block; the other branches keep their
    /// relative branch gain.
    /// Law: sum[f_k -> scale(g_k)] = sum[f_k -> scale(g_k ⊘ c)] -> scale(c), c per channel the gain of the leader: the first branch,
    /// in an order that does not depend on gains, whose gain is positive there. To be used when the gains of the branches are final.
    /// Exact. A symbolic gain of the leader is assumed positive. Refuses when the scale of the leading branch has zeros where its
    /// value need not be zero. Source: calculus §4.
    val factorSum: Rule

    /// `concat-factoring`: the gains of the branches leave a concat side by side.
    /// Law: concat[f_k -> scale(g_k)] = concat[f_k] -> scale(g_1 ++ g_2 ++ …). Exact to the last bit.
    /// Refuses when the width of a branch is not known, unless all gains are symbolic, and a scale of more than 10,000 parts or
    /// more than 64 deep, which takes concats of concats. Source: calculus §2.
    val factorConcat: Rule

    /// `product-factoring`: the gains of the branches leave a product, such as a gated unit, as one.
    /// Law: product[f_k -> scale(g_k)] = product[f_k] -> scale(g_1 ⊙ g_2 ⊙ …). Exact. Source: calculus §2.
    val factorProduct: Rule

    /// The rules of this family.
    val all: Rule list
