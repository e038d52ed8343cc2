namespace Canon.Algebra

open System
open System.Runtime.InteropServices
open System.Runtime.CompilerServices
open Microsoft.FSharp.Core.Operators.Checked

[<Struct; StructLayout(LayoutKind.Sequential, Pack = 4); StructuralEquality; NoComparison>]
type Magnitude =
    private
        { Significand: float
          Power: int }

    member x.Mantissa = x.Significand

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

    let private ofUnusual (x: float) =
        if x = 0.0 then
            Magnitude.Zero
        else
            let exponent = Math.ILogB x

            { Significand = Math.ScaleB(x, -exponent)
              Power = exponent }

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let ofFloat (x: float) =
        let bits = BitConverter.DoubleToInt64Bits x &&& Int64.MaxValue
        let biased = int (bits >>> 52)

        if biased > 0 && biased < 0x7FF then
            { Significand = BitConverter.Int64BitsToDouble((bits &&& 0xFFFFFFFFFFFFFL) ||| 0x3FF0000000000000L)
              Power = biased - 1023 }
        else
            ofUnusual (abs x)

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let scaleB (m: float) (e: int) =
        let x = ofFloat m
        if x.IsZero then x else { x with Power = x.Power + e }

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let over (power: int) (x: Magnitude) =
        let exponent = x.Power - power

        if exponent >= -1022 && exponent <= 1023 then
            x.Significand * BitConverter.Int64BitsToDouble(int64 (exponent + 1023) <<< 52)
        else
            Math.ScaleB(x.Significand, exponent)

    let toFloat (x: Magnitude) = over 0 x

    let ofLog (x: float) =
        if Double.IsNegativeInfinity x then
            Magnitude.Zero
        else
            let power = Math.Floor(x / Math.Log 2.0)
            scaleB (Math.Exp(x - power * Math.Log 2.0)) (int power)

    let log2 (x: Magnitude) =
        if x.IsZero then
            Double.NegativeInfinity
        else
            Math.Log2 x.Mantissa + float x.Exponent

    [<MethodImpl(MethodImplOptions.AggressiveInlining)>]
    let reciprocal (x: Magnitude) =
        if x.IsZero then
            x
        elif x.Mantissa = 1.0 then
            { x with Power = -x.Power }
        else
            { Significand = 2.0 / x.Mantissa
              Power = -x.Power - 1 }

    let largest (xs: Magnitude[]) =
        let mutable most = xs[0]

        for x in xs do
            if
                not x.IsZero
                && (most.IsZero
                    || x.Power > most.Power
                    || x.Power = most.Power && x.Significand > most.Significand)
            then
                most <- x

        most

    let sqrt (x: Magnitude) =
        if x.IsZero then
            x
        else
            let odd = x.Exponent &&& 1

            { Significand = Math.Sqrt(if odd = 1 then 2.0 * x.Mantissa else x.Mantissa)
              Power = (x.Exponent - odd) / 2 }

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

    // A hair below √2, so that it does not depend on the last bits of a norm of √2, as rows of ones have, which way it goes.
    let private halfway = 1.4142135

    let nearestPowerOfTwo (x: Magnitude) =
        if x.IsZero then
            Magnitude.One
        else
            { Significand = 1.0
              Power = if x.Significand < halfway then x.Power else x.Power + 1 }

    let divide (a: Magnitude) (b: Magnitude) =
        if a.IsZero || b.IsZero then
            Magnitude.Zero
        else
            scaleB (a.Mantissa / b.Mantissa) (a.Exponent - b.Exponent)

    let exponents (xs: ReadOnlySpan<Magnitude>) =
        let mutable smallest = Int32.MaxValue
        let mutable largest = Int32.MinValue

        for i in 0 .. xs.Length - 1 do
            let x = &xs[i]

            if not x.IsZero then
                smallest <- min smallest x.Power
                largest <- max largest x.Power

        if largest = Int32.MinValue then struct (0, 0) else struct (smallest, largest)

    let largestExponent (xs: ReadOnlySpan<Magnitude>) =
        let struct (_, largest) = exponents xs
        largest

    let sum (xs: Magnitude[]) =
        let shared = largestExponent (ReadOnlySpan xs)
        let mutable sum = 0.0

        for x in xs do
            sum <- sum + over shared x

        scaleB sum shared

    let realPower (k: float) (x: Magnitude) =
        if k = Math.Round k && k <= 64.0 then
            power (int k) x
        elif k = 0.5 then
            sqrt x
        elif x.IsZero then
            x
        else
            let exponent = k * log2 x
            let whole = Math.Floor exponent
            scaleB (Math.Pow(2.0, exponent - whole)) (Checked.int whole)

    let norm (xs: Magnitude[]) =
        let shared = largestExponent (ReadOnlySpan xs)
        let mutable sum = 0.0

        for x in xs do
            let v = over shared x
            sum <- sum + v * v

        let root = scaleB (Math.Sqrt sum) 0

        if root.IsZero then
            root
        else
            { root with
                Power = root.Power + shared }
