module Canon.Properties.RebalanceLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

let private targets =
    [ OwnGauge
      CanonicalGauge RowNorm
      CanonicalGauge Augmented
      BalancedGauge
      EqualizedGauge ]

let private rebalanced options target (sample: Sample) =
    Rebalance.network { options with Target = target } sample.Options sample.Network
    |> Law.ok

let private exactly = Rebalance.options

let private losslessly =
    { Rebalance.options with
        Lossless = true
        Sweeps = 20 }

/// The network without the diagonals in its layers.
let private withoutGains network =
    network
    |> Traversal.map (fun term ->
        match term with
        | Linear(a, kernel, label) ->
            let plain =
                { a with
                    Left = Gain.one
                    Right = Gain.one
                    Bias = a.Bias |> Option.map (fun bias -> { bias with Gain = Gain.one }) }

            Linear(plain, kernel, label)
        | _ -> term)

[<Fact>]
let ``Every target is the same function, term by term the same network`` () =
    for target in targets do
        Law.forAll Networks.any (fun sample ->
            let result = rebalanced { exactly with Sweeps = 20 } target sample
            Function.isKept 1e-12 sample.Options sample.Network result.Network

            Assert.Equal(withoutGains (Gauged.prepared sample), withoutGains result.Network))

/// The numbers to the last bit, 0 and −0 being one, and all that are too small to be normal.
let private bits rounded (sample: Sample) network =
    let bitsOf x =
        if abs x < 2.0 ** -1022.0 then 0L else BitConverter.DoubleToInt64Bits x

    Function.outputs sample.Options rounded network
    |> List.map (fun s -> Array.map bitsOf s.Data)

let private keepsEveryBit rounded samples =
    for target in targets do
        Law.forAll samples (fun sample ->
            let result = rebalanced losslessly target sample
            Assert.Equal<int64[] list>(bits rounded sample sample.Network, bits rounded sample result.Network))

[<Fact>]
let ``By powers of two every target computes the same bits`` () = keepsEveryBit false Networks.any

[<Fact>]
let ``By powers of two every target computes the same bits from numbers as they are stored`` () =
    keepsEveryBit true Networks.singles

[<Fact>]
let ``By powers of two every target is within a power of two of where it is without`` () =
    for target in [ BalancedGauge; EqualizedGauge ] do
        Law.forAll Networks.sequential (fun sample ->
            let near = rebalanced { exactly with Lossless = true } target sample

            let figures = GaugeFigures.ofGauge near.Gauge |> Law.ok

            let figure =
                if target = BalancedGauge then figures.NormImbalance else figures.RangeImbalance

            // A factor moves by √2 at most: that of the class on both sides of it, and those of its neighbours on either.
            Law.isTrue $"apart by a factor {Math.Exp figure}" (Math.Exp figure <= 4.0 * (1.0 + 1e-5)))

[<Fact>]
let ``The figures are those of the weights`` () =
    Law.forAll Networks.doubles (fun sample ->
        let result = rebalanced exactly BalancedGauge sample
        let gauge = result.Gauge

        let numbers =
            [ for share in gauge.Rescaling.Shares -> Gauge.scaled 1 gauge share share.Parameter |> Law.ok ]

        for figures, numbers in List.zip (GaugeFigures.ofGauge gauge |> Law.ok).Tensors numbers do
            // A number meets its two factors in one order or the other, and is rounded twice.
            let largest = numbers |> Array.map abs |> Array.max
            Law.isTrue $"{figures.Largest} instead of {largest}" (abs (figures.Largest - largest) <= 1e-15 * largest)
            let squares = numbers |> Array.sumBy (fun w -> w * w)
            Law.isTrue $"{figures.Squares} instead of {squares}" (abs (figures.Squares - squares) <= 1e-12 * squares))

[<Fact>]
let ``Where balancing ended the figures say balanced, and where equalizing ended equalized`` () =
    Law.forAll Networks.residual (fun sample ->
        let balanced = rebalanced exactly BalancedGauge sample
        let equalized = rebalanced exactly EqualizedGauge sample

        let isLess name (result: Rebalanced) figure =
            if result.Balance.Value.Imbalance <= exactly.Tolerance then
                let figure = GaugeFigures.ofGauge result.Gauge |> Law.ok |> figure
                Law.isTrue $"{name}: out of balance by {figure}" (figure <= 4.0 * exactly.Tolerance)

        isLess "balanced" balanced _.NormImbalance
        isLess "equalized" equalized _.RangeImbalance)

[<Fact>]
let ``Options that make no sense are refused`` () =
    let sample = Networks.ofSeed 1 Networks.doubles

    for options in
        [ { exactly with Tolerance = -1.0 }
          { exactly with Tolerance = nan }
          { exactly with Sweeps = 0 } ] do
        Assert.Throws<ArgumentException>(fun () -> Rebalance.network options sample.Options sample.Network |> ignore)
        |> ignore
