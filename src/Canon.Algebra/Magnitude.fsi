namespace Canon.Algebra

open System
open System.Runtime.InteropServices

/// A non-negative real number m·2^e with 1 ≤ m < 2, or zero. Products of thousands of gains neither overflow nor vanish.
/// Arithmetic is that of float64 on m and exact on e; an exponent beyond an int raises OverflowException, which the operations
/// on networks answer as OutOfRange.
/// Source: calculus §3 (gains carry a binary exponent beside their entries).
[<Struct; StructLayout(LayoutKind.Sequential, Pack = 4); StructuralEquality; NoComparison>]
type Magnitude =
    private
        { Significand: float
          Power: int }

    /// m, in [1, 2), or 0 for the number zero.
    member Mantissa: float

    /// e; 0 for the number zero.
    member Exponent: int

    /// True for the number zero only.
    member IsZero: bool

    /// The number zero.
    static member Zero: Magnitude

    /// The number one.
    static member One: Magnitude

    /// The product a·b.
    static member (*): a: Magnitude * b: Magnitude -> Magnitude

    /// Six digits where a float64 could hold the number; otherwise the power of two, such as `2^3000.125`.
    override ToString: unit -> string

/// Arithmetic of magnitudes.
[<RequireQualifiedAccess>]
module Magnitude =

    /// |x| as a magnitude. x must be finite: the callers have checked it.
    val ofFloat: x: float -> Magnitude

    /// |m|·2^e for any finite m.
    val scaleB: m: float -> e: int -> Magnitude

    /// The nearest float: infinity above the range of a float, 0 below it.
    val toFloat: x: Magnitude -> float

    /// log₂ x; −∞ for zero. It never overflows.
    val log2: x: Magnitude -> float

    /// e^x; of −∞ zero.
    val internal ofLog: x: float -> Magnitude

    /// 1/x, with 1/0 = 0: the convention of calculus §3.
    val reciprocal: x: Magnitude -> Magnitude

    /// The largest of some, of which there is at least one.
    val internal largest: xs: Magnitude[] -> Magnitude

    /// The square root of x.
    val sqrt: x: Magnitude -> Magnitude

    /// x^k for any integer k; 0^k = 0 for k ≠ 0, and x^0 = 1. By squaring: twenty squares in a row are the power 1,048,576.
    val power: k: int -> x: Magnitude -> Magnitude

    /// 2^k with log₂ x rounded to the nearest k; 1 for 0. x over it is 1/√2 to √2, up to 5·10⁻⁸.
    val nearestPowerOfTwo: x: Magnitude -> Magnitude

    /// a/b, with a/0 = 0. Correctly rounded where a·(1/b) would not be.
    val divide: a: Magnitude -> b: Magnitude -> Magnitude

    /// x·2^−power as the nearest float.
    val internal over: power: int -> x: Magnitude -> float

    /// The smallest and the largest exponent among the entries that are not zero; 0 and 0 when there is none.
    val internal exponents: xs: ReadOnlySpan<Magnitude> -> struct (int * int)

    /// The largest exponent among the entries that are not zero; 0 when there is none.
    val internal largestExponent: xs: ReadOnlySpan<Magnitude> -> int

    /// Σ xs; 0 for no entries.
    val internal sum: xs: Magnitude[] -> Magnitude

    /// x^k for any k > 0.
    val internal realPower: k: float -> x: Magnitude -> Magnitude

    /// ‖xs‖₂, the square root of the sum of the squares; 0 for no entries. No square overflows or vanishes.
    val norm: xs: Magnitude[] -> Magnitude
