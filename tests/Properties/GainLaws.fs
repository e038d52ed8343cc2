module Canon.Properties.GainLaws

open System
open FsCheck
open FsCheck.FSharp
open Canon.Algebra
open Canon.Verification
open Xunit

let private width = 4

/// The weights and biases that the gains of these laws are made of.
let private parameters =
    let dense seed =
        { Width = width
          Bias = true
          Rows = [ Ordinary; Sparse; Constant; Dead; Ordinary ] |> List.skip (seed % 3)
          Palette = Normal
          Seed = seed
          Transposed = seed % 2 = 0
          Factor = 1.0 }

    List.init 3 (fun k ->
        let rows, bias = Build.entries (dense k) width width

        Parameter.matrix $"W{k}" width width false 1.0 (Build.values Float64 (Array.concat rows)),
        Parameter.vector $"b{k}" 1.0 (Build.values Float64 bias))

let private constants =
    [ [ 2.0; 3.0; 0.5; 7.0 ]; [ 0.0; 1.0; 4.0; 0.1 ]; [ 1.5; 0.0; 0.0; 2.5 ] ]
    |> List.map Gain.ofValues

/// Gains of four entries, with zeros among them.
let rec private gains depth =
    let smaller = Gen.delay (fun () -> gains (depth - 1))

    let part =
        Gen.elements [ [ 5.0; 0.25 ]; [ 0.0; 3.0 ]; [ 1.5; 2.0 ] ]
        |> Gen.map Gain.ofValues

    Gen.frequency
        [ 1, Gen.constant Gain.one
          4, Gen.elements constants
          if depth > 0 then
              3,
              gen {
                  let! weight, bias = Gen.elements parameters
                  let! left = smaller
                  let! right = smaller
                  let! common = Gen.oneof [ Gen.constant Gain.one; smaller ]
                  let! gain = Gen.oneof [ Gen.constant left; smaller ]

                  let bias =
                      { Gain = Gain.multiply common gain
                        Vector = bias }

                  let! biased = Gen.elements [ None; Some bias ]
                  let! definition = Gen.elements GainDefinition.all

                  let coefficients =
                      { Left = Gain.multiply common left
                        Weight = weight
                        Right = right
                        Bias = biased }

                  return Gain.norms definition coefficients
              }

              2, Gen.map Gain.leader (Gen.map2 (fun g h -> [ g; h ]) smaller smaller)

              2,
              Gen.map2
                  (fun g h -> Gain.concat [ g, Some 2; h, Some 2 ])
                  (Gen.oneof [ part; Gen.constant Gain.one ])
                  part

              1, Gen.map (Gain.repeat 2) part
              3, Gen.map2 Gain.multiply smaller smaller
              1, Gen.map2 Gain.power (Gen.choose (0, 3)) smaller ]

let private describe (g: Gain) = Notation(false).WriteGain g

/// Prints as in a network.
[<Sealed; AllowNullLiteral(false)>]
type Shown(gain: Gain) =
    member _.Gain = gain
    override _.ToString() = describe gain

let private gain = Gen.map Shown (gains 3)
let private one = Arb.fromGen gain
let private two = Arb.fromGen (Gen.zip gain gain)
let private three = Arb.fromGen (Gen.zip3 gain gain gain)
let private (.*) = Gain.multiply

let private logs (g: Gain) =
    if g.IsOne then
        Array.zeroCreate width
    else
        Numbers().Gain g |> Law.ok |> Array.map Magnitude.log2

let private close (expected: float[]) (actual: float[]) =
    Array.iteri2 (fun i x y -> Law.isTrue $"entry {i}: 2^{x} and 2^{y}" (x = y || abs (x - y) <= 1e-11)) expected actual

[<Fact>]
let ``Products commute`` () =
    Law.forAll two (fun (g, h) -> Assert.Equal(g.Gain .* h.Gain, h.Gain .* g.Gain))

[<Fact>]
let ``Products associate`` () =
    Law.forAll three (fun (g, h, k) -> Assert.Equal((g.Gain .* h.Gain) .* k.Gain, g.Gain .* (h.Gain .* k.Gain)))

[<Fact>]
let ``One is neutral`` () =
    Law.forAll one (fun g ->
        Assert.Equal(g.Gain, g.Gain .* Gain.one)
        Assert.Equal(g.Gain, Gain.one .* g.Gain))

[<Fact>]
let ``A gain by itself is one where it is positive, and everywhere unless it is given with zeros`` () =
    Law.forAll one (fun g ->
        let ratio = Gain.divide g.Gain g.Gain
        Assert.True(ratio.IsOne || Gain.blocks g.Gain)

        if not ratio.IsOne then
            Array.iter2
                (fun entry quotient ->
                    if not (Double.IsNegativeInfinity entry) then
                        Assert.Equal(0.0, quotient))
                (logs g.Gain)
                (logs ratio))

[<Fact>]
let ``The reciprocal of the reciprocal is the gain`` () =
    Law.forAll one (fun g -> Assert.Equal(g.Gain, Gain.reciprocal (Gain.reciprocal g.Gain)))

[<Fact>]
let ``Powers add`` () =
    Law.forAll one (fun g -> Assert.Equal(Gain.power 5 g.Gain, Gain.power 2 g.Gain .* Gain.power 3 g.Gain))

[<Fact>]
let ``Powers multiply`` () =
    Law.forAll one (fun g -> Assert.Equal(Gain.power 6 g.Gain, Gain.power 3 (Gain.power 2 g.Gain)))

[<Fact>]
let ``A power of a product is the product of the powers`` () =
    Law.forAll two (fun (g, h) ->
        Assert.Equal(Gain.power 3 (g.Gain .* h.Gain), Gain.power 3 g.Gain .* Gain.power 3 h.Gain))

[<Fact>]
let ``The root of a power is the gain`` () =
    Law.forAll one (fun g -> Assert.Equal(Some g.Gain, Gain.tryRoot 2 (Gain.power 2 g.Gain)))

[<Fact>]
let ``The power of a root is the gain`` () =
    Law.forAll one (fun g ->
        match Gain.tryRoot 2 g.Gain with
        | Some root -> Assert.Equal(g.Gain, Gain.power 2 root)
        | None -> ())

[<Fact>]
let ``Equal gains have equal hash codes`` () =
    Law.forAll two (fun (g, h) -> Assert.Equal((g.Gain .* h.Gain).GetHashCode(), (h.Gain .* g.Gain).GetHashCode()))

[<Fact>]
let ``The entries of a gain are those of a naive computation`` () =
    Law.forAll one (fun g -> close (Naive.logGain width g.Gain) (logs g.Gain))

/// Zeros stay zero where they do not cancel.
[<Fact>]
let ``The entries of a product are the products of the entries`` () =
    Law.forAll two (fun (g, h) -> close (Array.map2 (+) (logs g.Gain) (logs h.Gain)) (logs (g.Gain .* h.Gain)))

[<Fact>]
let ``The entries of a power are the powers of the entries`` () =
    Law.forAll one (fun g -> close (logs g.Gain |> Array.map (fun x -> 3.0 * x)) (logs (Gain.power 3 g.Gain)))

[<Fact>]
let ``The entries of a leader are the first that are positive`` () =
    Law.forAll three (fun (g, h, k) ->
        let first a b =
            if Double.IsNegativeInfinity a then b else a

        let expected =
            Array.map2 first (logs g.Gain) (Array.map2 first (logs h.Gain) (logs k.Gain))

        close expected (logs (Gain.leader [ g.Gain; h.Gain; k.Gain ])))

/// Where a is positive, lead(a, b) is a: the leader of r/a and r/lead(a, b) is the second alone.
[<Fact>]
let ``A leader that goes on with its lead absorbs the lead`` () =
    let r = Gain.ofValues [ 1.1; 1.3; 1.7; 1.9 ]

    Law.forAll two (fun (g, h) ->
        let first = Gain.divide r g.Gain
        let second = Gain.divide r (Gain.leader [ g.Gain; h.Gain ])

        let expected =
            Array.map2 (fun a b -> if Double.IsNegativeInfinity a then b else a) (logs first) (logs second)

        close expected (logs (Gain.leader [ first; second ]))
        Assert.Equal(second, Gain.leader [ first; second ]))

[<Fact>]
let ``The entries of a concat stand one after the other`` () =
    Law.forAll two (fun (g, h) ->
        let joined = Gain.concat [ g.Gain, Some width; h.Gain, Some width ]

        if not joined.IsOne then
            close (Array.append (logs g.Gain) (logs h.Gain)) (logs joined))

[<Fact>]
let ``The entries of a repeated gain stand next to each other`` () =
    Law.forAll one (fun g ->
        if not g.Gain.IsOne then
            close (logs g.Gain |> Array.collect (Array.replicate 3)) (logs (Gain.repeat 3 g.Gain)))

[<Fact>]
let ``A joined gain splits into its parts`` () =
    Law.forAll two (fun (g, h) ->
        Assert.Equal(
            Some [ g.Gain; h.Gain ],
            Gain.trySplit [ Some width; Some width ] (Gain.concat [ g.Gain, Some width; h.Gain, Some width ])
        ))

[<Fact>]
let ``A repeated gain has its original`` () =
    Law.forAll one (fun g -> Assert.Equal(Some g.Gain, Gain.tryUnrepeat 3 (Gain.repeat 3 g.Gain)))

/// Coefficients whose bias need not be scaled like its rows.
let private coefficients =
    gen {
        let! weight, bias = Gen.elements parameters
        let! left = gains 2
        let! right = gains 2
        let! gain = Gen.oneof [ Gen.constant left; gains 2; Gen.map (Gain.multiply left) (gains 1) ]

        return
            { Left = left
              Weight = weight
              Right = right
              Bias = Some { Gain = gain; Vector = bias } }
    }
    |> Arb.fromGen

/// The numbers of the rows, and the bias.
let private entries a =
    let rows, bias = Naive.coefficients a
    Array.map (Array.map (fun (struct (_, _, entry)) -> entry)) rows, bias

[<Fact>]
let ``The gain of a row is its norm, with the bias where the definition says so`` () =
    Law.forAll coefficients (fun a ->
        let rows, biases = entries a

        let rec expected definition row bias =
            match definition with
            | RowNorm -> Naive.norm (if Array.forall ((=) 0.0) row then [| bias |] else row)
            | Augmented -> Naive.norm (Array.append row [| bias |])
            | PowerOfTwo inner -> 2.0 ** floor (Math.Log2(expected inner row bias) + 0.5 + 7e-8)

        for definition in GainDefinition.all do
            let actual = logs (Gain.norms definition a)

            let expected =
                Array.map2 (expected definition) rows biases
                |> Array.map Math.Log2
                // A dead unit's power of two is any: what it is multiplied by tells nothing.
                |> Array.map2
                    (fun actual log ->
                        if GainDefinition.isPowerOfTwo definition && Double.IsNegativeInfinity log then
                            round actual
                        else
                            log)
                    actual

            close expected actual)

[<Fact>]
let ``Unit rows times their gain are the coefficients`` () =
    Law.forAll coefficients (fun a ->
        let same (expected: float[]) (actual: float[]) =
            let yard = expected |> Array.map abs |> Array.max
            Array.iter2 (fun x y -> Assert.Equal(x, y, 1e-12 * yard)) expected actual

        for definition in GainDefinition.all do
            let rows, gain = UnitRows.decompose definition a
            let expectedRows, expectedBias = entries a
            let actualRows, actualBias = entries (Affine.scaleOutput gain rows.Coefficients)

            Array.iter2 same expectedRows actualRows
            same expectedBias actualBias)

[<Fact>]
let ``The length of a gain is the number of its entries`` () =
    Law.forAll one (fun g ->
        if not g.Gain.IsOne then
            Assert.Equal(Some width, Gain.length g.Gain))

[<Theory>]
[<InlineData(-1.0)>]
[<InlineData(Double.NaN)>]
[<InlineData(Double.PositiveInfinity)>]
let ``A scale refuses entries that are negative or not finite`` (entry: float) =
    Assert.Throws<ArgumentException>(fun () -> Gain.ofValues [ 1.0; entry ] |> ignore)
    |> ignore

[<Fact>]
let ``Given numbers do not cancel where they are zero`` () =
    let k = Gain.ofValues [ 0.0; 2.0; 3.0 ]

    let entries =
        Numbers().Gain(Gain.divide k k) |> Law.ok |> Array.map Magnitude.toFloat

    Assert.Equal<float[]>([| 0.0; 1.0; 1.0 |], entries)

[<Fact>]
let ``Gains that nest and share are made in linear time`` () =
    let step =
        Network.sum
            [ Network.compose [ Network.activation Relu ""; Scale(Gain.ofValues [ 1.5; 2.0 ]) ]
              Network.compose [ Network.activation Abs ""; Scale(Gain.ofValues [ 0.5; 3.0 ]) ] ]
            ""

    let weight =
        Parameter.matrix "W" 2 2 false 1.0 (Build.values Float64 [| 1.0 .. 4.0 |])
    // Walked without regard to sharing, these gains have 2^200 parts.
    let network =
        Network.compose (Network.linear weight None "" :: List.replicate 200 step)

    let canonical = (Canonical.derive Canonical.options network |> Law.ok).Result
    let report = Check.compare Canonical.options false 4 1 network canonical |> Law.ok
    Assert.InRange(report.MaxRelativeError, 0.0, 1e-12)

[<Fact>]
let ``keys are combined as numbers of 128 bits`` () =
    let random = Random 1
    let multiplier = UInt128(0x9E3779B97F4A7C15UL, 0xF39CC0605CEDC835UL)
    let number (key: Key) = UInt128(key.High, key.Low)

    let draw () =
        { High = uint64 (random.NextInt64()) <<< 1
          Low = uint64 (random.NextInt64()) <<< 1 }

    for _ in 1..1000 do
        let a, b = draw (), draw ()
        let h = (UInt128.RotateLeft(number a, 67) ^^^ number b) * multiplier
        Assert.Equal(h ^^^ (h >>> 71), number (Key.combine a b))
