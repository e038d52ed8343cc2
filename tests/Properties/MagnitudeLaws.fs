module Canon.Properties.MagnitudeLaws

open System
open FsCheck
open FsCheck.FSharp
open Canon.Algebra
open Xunit

/// Every non-negative float, each exponent as likely as another, with zero, subnormals and powers of two among them.
let private number =
    Gen.frequency
        [ 8,
          Gen.map2
              (fun m e -> Math.ScaleB(1.0 + float m / 1048576.0 / 1048576.0, e))
              (Gen.choose64 (0L, 1L <<< 40))
              (Gen.choose (-1074, 1022))
          1, Gen.map (fun e -> Math.ScaleB(1.0, e)) (Gen.choose (-1074, 1023))
          1, Gen.elements [ 0.0; 1.0; Double.Epsilon; Double.MaxValue; 2.2250738585072014e-308 ] ]

/// Magnitudes far outside the range of a float too.
let private magnitude =
    Gen.map2 Magnitude.scaleB number (Gen.choose (-1_000_000, 1_000_000))
    |> Arb.fromGen

let private magnitudes = Arb.zip (magnitude, magnitude)
let private floats = Arb.fromGen number
let private exact = Exact.OfMagnitude

let private within bound expected actual =
    let error = Exact.RelativeError actual expected
    Law.isTrue $"relative error {error}" (error <= bound)

/// Half a unit in the last place.
let private rounded = within (Math.ScaleB(1.0, -53))

let private isNormal (x: Magnitude) =
    Law.isTrue $"significand {x.Mantissa}" (x.IsZero && x.Exponent = 0 || x.Mantissa >= 1.0 && x.Mantissa < 2.0)

[<Fact>]
let ``A float and its magnitude are the same number`` () =
    Law.forAll floats (fun x -> Assert.Equal(x, Magnitude.toFloat (Magnitude.ofFloat x)))

[<Fact>]
let ``The magnitude of a negative number is that of its absolute value`` () =
    Law.forAll floats (fun x -> Assert.Equal(Magnitude.ofFloat x, Magnitude.ofFloat -x))

[<Fact>]
let ``A product is correctly rounded`` () =
    Law.forAll magnitudes (fun (x, y) -> rounded (Exact.Multiply (exact x) (exact y)) (exact (x * y)))

[<Fact>]
let ``A product is normal`` () =
    Law.forAll magnitudes (fun (x, y) -> isNormal (x * y))

[<Fact>]
let ``Products commute`` () =
    Law.forAll magnitudes (fun (x, y) -> Assert.Equal(x * y, y * x))

[<Fact>]
let ``One is neutral`` () =
    Law.forAll magnitude (fun x -> Assert.Equal(x, x * Magnitude.One))

[<Fact>]
let ``Zero annihilates`` () =
    Law.forAll magnitude (fun x -> Assert.Equal(Magnitude.Zero, x * Magnitude.Zero))

[<Fact>]
let ``A reciprocal is correctly rounded`` () =
    Law.forAll magnitude (fun x ->
        if not x.IsZero then
            // y = 1/x to within half a unit when x·y is 1 to within that.
            rounded (Exact.OfFloat 1.0) (Exact.Multiply (exact x) (exact (Magnitude.reciprocal x)))
            isNormal (Magnitude.reciprocal x))

[<Fact>]
let ``The reciprocal of zero is zero`` () =
    Assert.Equal(Magnitude.Zero, Magnitude.reciprocal Magnitude.Zero)

[<Fact>]
let ``A quotient is correctly rounded`` () =
    Law.forAll magnitudes (fun (x, y) ->
        if not y.IsZero then
            rounded (exact x) (Exact.Multiply (exact (Magnitude.divide x y)) (exact y))
            isNormal (Magnitude.divide x y))

[<Fact>]
let ``A quotient by zero is zero`` () =
    Law.forAll magnitude (fun x -> Assert.Equal(Magnitude.Zero, Magnitude.divide x Magnitude.Zero))

[<Fact>]
let ``A number by itself is one`` () =
    Law.forAll magnitude (fun x ->
        if not x.IsZero then
            Assert.Equal(Magnitude.One, Magnitude.divide x x))

[<Fact>]
let ``The square of a square root is the number`` () =
    Law.forAll magnitude (fun x ->
        let root = Magnitude.sqrt x
        isNormal root
        within (Math.ScaleB(1.0, -51)) (exact x) (Exact.Multiply (exact root) (exact root)))

[<Fact>]
let ``The square root of a square is the number`` () =
    Law.forAll magnitude (fun x -> within (Math.ScaleB(1.0, -52)) (exact x) (exact (Magnitude.sqrt (x * x))))

[<Fact>]
let ``A power is the repeated product`` () =
    Law.forAll (Arb.zip (magnitude, Arb.fromGen (Gen.choose (1, 9)))) (fun (x, k) ->
        let product = Exact.Product(List.replicate k (exact x))
        within (float k * Math.ScaleB(1.0, -53)) product (exact (Magnitude.power k x))
        isNormal (Magnitude.power k x))

[<Fact>]
let ``A negative power is the power of the reciprocal`` () =
    Law.forAll (Arb.zip (magnitude, Arb.fromGen (Gen.choose (1, 9)))) (fun (x, k) ->
        Assert.Equal(Magnitude.power k (Magnitude.reciprocal x), Magnitude.power -k x))

[<Fact>]
let ``The power 0 is one`` () =
    Law.forAll magnitude (fun x -> Assert.Equal(Magnitude.One, Magnitude.power 0 x))

[<Fact>]
let ``Large powers end`` () =
    Assert.Equal(3_000_000.0, Magnitude.log2 (Magnitude.power 1_000_000 (Magnitude.ofFloat 8.0)))

[<Fact>]
let ``The logarithm of a product is the sum of the logarithms`` () =
    Law.forAll magnitudes (fun (x, y) ->
        if not (x.IsZero || y.IsZero) then
            let sum = Magnitude.log2 x + Magnitude.log2 y
            Law.isTrue $"{Magnitude.log2 (x * y)} and {sum}" (abs (Magnitude.log2 (x * y) - sum) <= 1e-9))

[<Fact>]
let ``The logarithm of zero is minus infinity`` () =
    Assert.Equal(Double.NegativeInfinity, Magnitude.log2 Magnitude.Zero)

[<Fact>]
let ``Beyond the range of a float lies infinity`` () =
    Assert.Equal(infinity, Magnitude.toFloat (Magnitude.scaleB 1.0 1024))

[<Fact>]
let ``Below the range of a float lies zero`` () =
    Assert.Equal(0.0, Magnitude.toFloat (Magnitude.scaleB 1.0 -1080))

[<Fact>]
let ``The largest is one of them, and none is larger`` () =
    Law.forAll (Arb.fromGen (Gen.nonEmptyListOf magnitude.Generator)) (fun xs ->
        let largest = Magnitude.largest (Array.ofList xs)
        Law.isTrue $"{largest} is none of them" (List.contains largest xs)

        for x in xs do
            Law.isTrue $"{x} is larger than {largest}" (Magnitude.log2 x <= Magnitude.log2 largest)

            // Of one power of two the logarithms may round alike.
            if x.Exponent = largest.Exponent then
                Law.isTrue $"{x} is larger than {largest}" (x.Mantissa <= largest.Mantissa))

[<Fact>]
let ``The square of a norm is the sum of the squares`` () =
    let entry = Gen.map2 Magnitude.scaleB number (Gen.choose (-50, 50))

    Law.forAll (Arb.fromGen (Gen.arrayOf entry)) (fun xs ->
        let sum =
            xs
            |> Array.map (fun x -> Exact.Multiply (exact x) (exact x))
            |> Array.toList
            |> Exact.Sum

        let norm = Magnitude.norm xs
        isNormal norm
        within (float (xs.Length + 4) * Math.ScaleB(1.0, -53)) sum (Exact.Multiply (exact norm) (exact norm)))
