module Canon.Properties.EqualizationLaws

open System
open Canon.Algebra
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private tolerance = 1e-9

let private equalized rescaling =
    let struct (gauge, balance) =
        Equalization.equalized tolerance 20000 rescaling |> Law.ok

    Law.isTrue $"apart by {balance.Imbalance} after {balance.Sweeps} sweeps" (balance.Imbalance <= tolerance)
    gauge

let private weights gauge =
    [ for share in (gauge: Gauge).Rescaling.Shares do
          if not share.IsBias then
              share, Gauge.scaled 1 gauge share share.Parameter |> Law.ok ]

/// For every class the largest |entry| of the rows that make it, and of the columns that read it.
let private ranges (gauge: Gauge) =
    let made = Array.zeroCreate<float> gauge.Factors.Length
    let read = Array.zeroCreate<float> gauge.Factors.Length

    let grow (ranges: float[]) (x: float) (channel: Channel) =
        ranges[channel.Class] <- max ranges[channel.Class] (abs x)

    for share, numbers in weights gauge do
        numbers
        |> Array.iteri (fun k x ->
            let struct (row, column) = Gauged.channels share numbers.Length k
            grow made x row
            Option.iter (grow read x) column)

    made, read

let private rescaled =
    Arb.zip (Networks.doubles, ArbMap.defaults |> ArbMap.arbitrary<int>)

/// A network in a gauge of chance, with numbers of its own.
let private disguised (sample: Sample, seed) =
    let network = Gauged.prepared sample
    Gauged.owned (Gauged.chosen seed 3.0 (Gauged.rescaling network))

[<Fact>]
let ``The equalized network is the same function`` () =
    Law.forAll Networks.doubles (fun sample ->
        let network = Gauged.prepared sample
        let gauge = equalized (Gauged.rescaling network)
        Function.isKept 1e-12 sample.Options sample.Network (Gauge.network gauge network))

[<Fact>]
let ``From any representative every class ends with one range where it is made and where it is read`` () =
    Law.forAll rescaled (fun case ->
        let rescaling = disguised case
        let made, read = ranges (equalized rescaling)

        Rescaling.isFree rescaling
        |> Array.iteri (fun c isFree ->
            if isFree && made[c] > 0.0 && read[c] > 0.0 then
                Law.isTrue $"class {c}: {made[c]} and {read[c]}" (abs (made[c] / read[c] - 1.0) <= 1e-8)))

[<Fact>]
let ``The largest entry of all weights does not grow, however many sweeps are made`` () =
    Law.forAll rescaled (fun case ->
        let rescaling = disguised case

        let largest gauge =
            weights gauge
            |> Seq.collect snd
            |> Seq.fold (fun most x -> max most (abs x)) 0.0

        let before = largest (Gauge.identity rescaling)

        for sweeps in [ 1; 2; 5; 100 ] do
            let struct (gauge, _) = Equalization.equalized 0.0 sweeps rescaling |> Law.ok
            let after = largest gauge
            Law.isTrue $"{after} after {sweeps} sweeps, {before} before" (after <= before * (1.0 + 1e-11)))

[<Fact>]
let ``The largest ratio of two ranges does not grow with the number of sweeps`` () =
    Law.forAll rescaled (fun case ->
        let rescaling = disguised case

        let ratio sweeps =
            let struct (gauge, _) = Equalization.equalized 0.0 sweeps rescaling |> Law.ok
            (GaugeFigures.ofGauge gauge |> Law.ok).RangeImbalance

        for before, after in [ 0..6 ] |> List.map ratio |> List.pairwise do
            Law.isTrue $"{after} after {before}" (after <= before + 1e-9))

[<Fact>]
let ``What is equal stays`` () =
    Law.forAll Networks.doubles (fun sample ->
        let once = equalized (Gauged.rescaling (Gauged.prepared sample))
        let again = equalized (Gauged.owned once)

        for factor in again.Factors do
            Law.isTrue $"{factor} instead of 1" (abs (Magnitude.log2 factor) <= 1e-7))

/// The first weight is made of numbers and a factor.
let private chain second degree =
    let matrix name rows columns (numbers: float list) =
        let factor = if name = "W1" then 4.0 else 1.0

        let values =
            numbers
            |> List.map (fun x -> x / factor)
            |> Array.ofList
            |> ReadOnlyMemory
            |> Values.ofFloat64

        Network.linear (Parameter.matrix name rows columns false factor values) None name

    Network.compose
        [ matrix "W1" 2 2 [ 8.0; -1.0; 0.5; 0.25 ]
          Network.activation (if degree = 1 then Relu else ReluSquared) "phi"
          matrix "W2" 1 2 second ]

let private factorsOf network =
    (equalized (Gauged.rescaling network)).Factors
    |> Array.map Magnitude.toFloat
    |> Array.filter ((<>) 1.0)

let private isNear (expected: float list) (actual: float[]) =
    List.iter2
        (fun (e: float) a -> Law.isTrue $"{a} instead of {e}" (abs (a / e - 1.0) <= 1e-12))
        expected
        (List.ofArray actual)

[<Fact>]
let ``Two layers meet at the root of the product of their ranges`` () =
    // 8 and 2 become 4, 0.5 and 32 become 4.
    isNear [ 0.5; 8.0 ] (factorsOf (chain [ 2.0; -32.0 ] 1))

[<Fact>]
let ``Behind a square the columns answer by the square of the factor`` () =
    // 8·f = 1/f², and 0.5·f = 4/f².
    isNear [ 0.5; 2.0 ] (factorsOf (chain [ 1.0; -4.0 ] 2))

let private settles most network =
    let rescaling = Rescaling.ofNetwork false network |> Law.ok
    let struct (gauge, balance) = Equalization.equalized 1e-6 1000 rescaling |> Law.ok

    Law.isTrue
        $"apart by {balance.Imbalance} after {balance.Sweeps} sweeps"
        (balance.Imbalance <= 1e-6 && balance.Sweeps <= most)

    let ratio = (GaugeFigures.ofGauge gauge |> Law.ok).RangeImbalance
    Law.isTrue $"{ratio} instead of {balance.Imbalance}" (abs (ratio - balance.Imbalance) <= 1e-9)

let private square name units numbers =
    Network.linear (Parameter.matrix name units units false 1.0 (Build.values Float64 numbers)) None ""

[<Theory>]
[<InlineData(4)>]
[<InlineData(32)>]
[<InlineData(200)>]
let ``Where the largest weights lead from the inputs to the outputs already, the others settle`` layers =
    let random = Random 1
    let units = 16

    let stretch () =
        if random.NextDouble() < 0.3 then exp (-3.0 * random.NextDouble()) else 1.0

    Network.compose
        [ for k in 1..layers do
              let rows, columns =
                  Array.init units (fun _ -> stretch ()), Array.init units (fun _ -> stretch ())

              square
                  $"W{k}"
                  units
                  (Array.init (units * units) (fun n ->
                      Math.Clamp(1.2 * Build.normal random, -1.0, 1.0)
                      * rows[n / units]
                      * columns[n % units]))

              if k < layers then
                  Network.activation Relu "" ]
    |> settles 12

[<Fact>]
let ``A stream that squares are added to settles, though extrapolation goes round in circles there`` () =
    // Of some ten thousand drawn by chance this is one of two.
    let random = Random 1188
    let units = 8

    let normal () =
        let radius = Math.Sqrt(-2.0 * Math.Log(1.0 - random.NextDouble()))
        radius * Math.Cos(2.0 * Math.PI * random.NextDouble())

    for _ in 1..3 do
        random.Next() |> ignore

    let layer () =
        let rows = Array.init units (fun _ -> exp (normal () / 2.0))
        let columns = Array.init units (fun _ -> exp (normal () / 2.0))

        Array.init (units * units) (fun n ->
            random.NextDouble() |> ignore
            normal () * rows[n / units] * columns[n % units])

    let mutable made = 0

    let linear () =
        made <- made + 1
        square $"W{made}" units (layer ())

    Network.compose
        [ linear ()
          for _ in 1..32 do
              let first = linear ()
              let activation = if random.Next 2 = 0 then ReluSquared else Relu

              Network.sum
                  [ Network.identity
                    Network.compose [ first; Network.activation activation ""; linear () ] ]
                  ""
          linear () ]
    |> settles 12
