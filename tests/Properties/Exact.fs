namespace Canon.Properties

open System
open System.Numerics
open Canon.Algebra

/// Dyadic numbers n·2^e without any rounding: the reference for floating-point results.
[<CustomEquality; NoComparison>]
type Exact =
    { Integer: BigInteger
      Power: int }

    override x.Equals other =
        match other with
        | :? Exact as y -> (Exact.Subtract x y).Integer.IsZero
        | _ -> false

    override x.GetHashCode() = 0

    static member OfParts (m: float) (e: int) =
        if m = 0.0 then
            { Integer = BigInteger.Zero; Power = 0 }
        else
            let exponent = Math.ILogB m - 52

            { Integer = BigInteger(Math.ScaleB(Math.ScaleB(m, -exponent / 2), -exponent - -exponent / 2))
              Power = exponent + e }

    static member OfFloat x = Exact.OfParts x 0
    static member OfMagnitude(x: Magnitude) = Exact.OfParts x.Mantissa x.Exponent

    static member Multiply x y =
        { Integer = x.Integer * y.Integer
          Power = x.Power + y.Power }

    static member private Aligned x y =
        let power = min x.Power y.Power
        struct (x.Integer <<< (x.Power - power), y.Integer <<< (y.Power - power), power)

    static member Add x y =
        let struct (a, b, power) = Exact.Aligned x y
        { Integer = a + b; Power = power }

    static member Subtract x y =
        let struct (a, b, power) = Exact.Aligned x y
        { Integer = a - b; Power = power }

    /// |x − y| / |y|; 0 for two zeros.
    static member RelativeError x y =
        let struct (a, b, _) = Exact.Aligned x y

        if a = b then
            0.0
        elif b.IsZero then
            infinity
        else
            // 100 bits behind the point are enough to see one part in 2^53.
            let ratio = (BigInteger.Abs(a - b) <<< 100) / BigInteger.Abs b
            Math.ScaleB(float (BigInteger.Min(ratio, BigInteger.One <<< 900)), -100)

    static member Sum xs =
        List.fold Exact.Add (Exact.OfFloat 0.0) xs

    static member Product xs =
        List.fold Exact.Multiply (Exact.OfFloat 1.0) xs
