module Canon.Properties.AnalysisExamples

open System
open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Analysis
open Xunit

let private dense name rows columns numbers =
    Network.linear (Parameter.matrix name rows columns false 1.0 (Build.values Float64 numbers)) None ""

let private analysed network =
    ModelAnalysis.ofNetwork ModelAnalysis.options network |> Law.ok

/// The network of calculus §5's examples, by hand.
[<Fact>]
let ``Everything about two small layers`` () =
    let analysis =
        Network.compose
            [ dense "W1" 2 2 [| 3.0; 4.0; 0.0; 2.0 |]
              Network.activation Relu "relu"
              dense "W2" 1 2 [| 1.0; -1.0 |] ]
        |> analysed

    let float result = result |> Law.ok |> Magnitude.toFloat

    Assert.Equal(sqrt 29.0, (analysis.Gain |> Law.ok).Scalar |> Magnitude.toFloat, 12)
    Assert.Equal(sqrt 29.0, (analysis.PathNorm2 |> Law.ok).Norm |> Magnitude.toFloat, 12)
    Assert.Equal(9.0, (analysis.PathNorm1 |> Law.ok).Norm |> Magnitude.toFloat, 12)
    // The largest singular value of [[3, 4], [0, 2]] is √((29 + √697) / 2).
    Assert.Equal(sqrt ((29.0 + sqrt 697.0) / 2.0), float analysis.Lipschitz.Layers.Head.Norm, 10)
    Assert.Equal(sqrt 2.0, float analysis.Lipschitz.Layers[1].Norm, 10)
    Assert.Equal(sqrt (29.0 + sqrt 697.0), float analysis.Lipschitz.Bound, 10)
    Assert.InRange((analysis.Sampled |> Law.ok).Largest, 2.0, float analysis.Lipschitz.Bound)
    Assert.Equal(2, analysis.Ranges.Length)
    Assert.Equal(6L, analysis.Units.ParametersAfter)

[<Theory>]
[<InlineData(1e300)>]
[<InlineData(1e-300)>]
let ``Norms at the edge of a double`` (size: float) =
    let network = dense "W" 2 2 [| 3.0 * size; 4.0 * size; 0.0; 2.0 * size |]

    let shape =
        { Canonical.options with
            Input = Shape.vector 2 }

    let bound =
        Lipschitz.bound (Numbers()) ignore shape network |> Law.ok |> _.Bound |> Law.ok

    let path = PathNorm.compute (Numbers()) shape OfConstantUnits 2.0 network |> Law.ok

    Assert.Equal(sqrt ((29.0 + sqrt 697.0) / 2.0), Magnitude.toFloat bound / size, 10)
    Assert.Equal(sqrt 29.0, Magnitude.toFloat path.Norm / size, 12)

[<Fact>]
let ``The range of a tensor`` () =
    let range =
        (analysed (dense "W" 2 3 [| 0.0; -8.0; 0.5; 0.0; 2.0; 0.25 |])).Ranges
        |> List.exactlyOne

    Assert.Equal(6L, range.Count)
    Assert.Equal(2L, range.Zeros)
    Assert.Equal(8.0, range.Largest)
    Assert.Equal(0.25, range.Smallest)
    Assert.Equal(5.0, range.Bits)
    Assert.Equal(sqrt ((64.0 + 0.25 + 4.0 + 0.0625) / 6.0), range.RootMeanSquare, 13)
    Assert.Equal(8188.0, range.Float16Headroom)

[<Fact>]
let ``The range of numbers at the edge of a double`` () =
    let range =
        (TensorRanges.ofNetwork (dense "W" 1 2 [| 1e300; 1e300 |]) |> Law.ok).Head

    Assert.Equal(1.0, range.RootMeanSquare / 1e300, 14)

[<Fact>]
let ``A tensor that is not finite is an error`` () =
    match ModelAnalysis.ofNetwork ModelAnalysis.options (dense "W" 1 2 [| 1.0; nan |]) with
    | Error(NotFinite("W", 0, 1, _)) -> ()
    | other -> Law.fail $"{other}"

[<Fact>]
let ``Quantiles lie between neighbours`` () =
    let quantiles = (Quantiles.tryOf [ 4.0; 1.0; 3.0; 2.0 ]).Value
    Assert.Equal(1.0, quantiles.Least)
    Assert.Equal(1.75, quantiles.Lower)
    Assert.Equal(2.5, quantiles.Median)
    Assert.Equal(3.25, quantiles.Upper)
    Assert.Equal(4.0, quantiles.Most)
    Assert.Equal(2.5, quantiles.Mean)
    Assert.Equal(None, Quantiles.tryOf [])

/// Directions (3, 4)/5 and (4, 3)/5 have the cosine 24/25.
[<Fact>]
let ``A course compares with the first and with the one before`` () =
    let model a b = analysed (dense "W" 2 1 [| a; b |])

    let course =
        Course.ofModels
            [ model 3.0 4.0
              model 4.0 3.0
              model 8.0 6.0
              analysed (dense "W" 1 1 [| 2.0 |]) ]

    let shown (x: float option) =
        x |> Option.map (fun x -> Math.Round(x, 12))

    Assert.Equal<float option list>(
        [ Some 1.0; Some 0.96; Some 0.96; None ],
        course |> List.map (_.CosineToFirst >> shown)
    )

    Assert.Equal<float option list>(
        [ None; Some 0.96; Some 1.0; None ],
        course |> List.map (_.CosineToPrevious >> shown)
    )

    Assert.Equal(Math.Log2 5.0, course.Head.GlobalGainLog2.Value, 12)
    Assert.Equal(1.0, course.Head.Interference.Value.Mean, 12)
