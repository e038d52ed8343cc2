namespace Canon.Algebra

open System
open Microsoft.FSharp.Core.Operators.Checked

/// A non-negative real number m·2^e with 1 ≤ m < 2, or zero. Products of thousands of gains neither overflow nor vanish.
/// Source: calculus §3 (gains carry a binary exponent beside their entries).
[<Struct; StructuralEquality; NoComparison>]
type Magnitude =
    private
        { Significand: float
          Power: int }

    /// m, in [1, 2), or 0 for the number zero.
    member x.Mantissa = x.Significand

    /// e; 0 for the number zero.
    member x.Exponent = x.Power

    member x.IsZero = x.Significand = 0.0

    static member Zero = { Significand = 0.0; Power = 0 }
    static member One = { Significand = 1.0; Power = 0 }

    static member (*)(a: Magnitude, b: Magnitude) =
        if a.IsZero || b.IsZero then
            Magnitude.Zero
        else
            let product = a.Significand * b.Significand

            if product >= 2.0 then
                { Significand = product * 0.5
                  Power = a.Power + b.Power + 1 }
            else
                { Significand = product
                  Power = a.Power + b.Power }

    override x.ToString() =
        if x.IsZero then
            "0"
        elif abs x.Power < 1000 then
            (Math.ScaleB(x.Significand, x.Power)).ToString("G6")
        else
            $"2^{Math.Log2 x.Significand + float x.Power:F3}"

[<RequireQualifiedAccess>]
module Magnitude =

    /// |x| as a magnitude. x must be finite: the callers have checked it.
    let ofFloat (x: float) =
        let x = abs x

        if x = 0.0 then
            Magnitude.Zero
        else
            let exponent = Math.ILogB x

            { Significand = Math.ScaleB(x, -exponent)
              Power = exponent }

    /// m·2^e for any finite m ≥ 0.
    let scaleB (m: float) (e: int) =
        let x = ofFloat m
        if x.IsZero then x else { x with Power = x.Power + e }

    /// The nearest float: infinity above the range of a float, 0 below it.
    let toFloat (x: Magnitude) = Math.ScaleB(x.Mantissa, x.Exponent)

    /// log₂ x; −∞ for zero.
    let log2 (x: Magnitude) =
        if x.IsZero then
            Double.NegativeInfinity
        else
            Math.Log2 x.Mantissa + float x.Exponent

    /// 1/x, with 1/0 = 0: the convention of calculus §3.
    let reciprocal (x: Magnitude) =
        if x.IsZero then
            x
        elif x.Mantissa = 1.0 then
            { x with Power = -x.Power }
        else
            { Significand = 2.0 / x.Mantissa
              Power = -x.Power - 1 }

    let sqrt (x: Magnitude) =
        if x.IsZero then
            x
        else
            let odd = x.Exponent &&& 1

            { Significand = Math.Sqrt(if odd = 1 then 2.0 * x.Mantissa else x.Mantissa)
              Power = (x.Exponent - odd) / 2 }

    /// x^k for any integer k; 0^k = 0 for k ≠ 0. By squaring: twenty squares in a row are the power 1,048,576.
    let rec power (k: int) (x: Magnitude) =
        if k = 1 then
            x
        elif k = 0 then
            Magnitude.One
        elif k < 0 then
            power -k (reciprocal x)
        else
            let half = power (k / 2) x
            if k % 2 = 0 then half * half else half * half * x

    /// a/b, with a/0 = 0. Correctly rounded where a·(1/b) would not be.
    let divide (a: Magnitude) (b: Magnitude) =
        if a.IsZero || b.IsZero then
            Magnitude.Zero
        else
            scaleB (a.Mantissa / b.Mantissa) (a.Exponent - b.Exponent)

    /// The largest exponent among the entries that are not zero; 0 when there is none.
    let largestExponent (xs: ReadOnlySpan<Magnitude>) =
        let mutable largest = Int32.MinValue

        for x in xs do
            if not x.IsZero && x.Exponent > largest then
                largest <- x.Exponent

        if largest = Int32.MinValue then 0 else largest

    /// ‖xs‖₂.
    let norm (xs: Magnitude[]) =
        let shared = largestExponent (ReadOnlySpan xs)
        let mutable sum = 0.0

        for x in xs do
            let v = Math.ScaleB(x.Mantissa, x.Exponent - shared)
            sum <- sum + v * v

        let root = scaleB (Math.Sqrt sum) 0

        if root.IsZero then
            root
        else
            { root with
                Power = root.Power + shared }
