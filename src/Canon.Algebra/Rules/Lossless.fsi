namespace Canon.Algebra.Rules

open Canon.Algebra

/// Rules confined to what no floating-point number feels. Multiplying by a power of two rounds nothing, short of overflow and of
/// numbers too small to be normal: whatever rounds behind it rounds as before, in every arithmetic of base 2, and the outputs stay
/// the same to the last bit, the sign of a zero aside. Source: calculus §6, lossless gauge.
[<RequireQualifiedAccess>]
module Lossless =

    /// The rule where it moves powers of two alone, and moves them past what keeps every bit. It refuses to move any other factor, to
    /// pass a pool by a norm of an order above 2, and to be taken up by a normalization.
    val guard: rule: Rule -> Rule
