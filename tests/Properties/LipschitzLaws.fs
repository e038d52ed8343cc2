module Canon.Properties.LipschitzLaws

open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Analysis
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra
open Xunit

let private bound (sample: Sample) =
    Lipschitz.bound (Numbers()) ignore sample.Options sample.Network |> Law.ok

/// A linear layer without its bias as a matrix: its values at unit vectors, from the left to the right.
let private matrix (options: CanonicalOptions) network =
    let shape = options.Input

    let space = shape.Space |> Option.defaultValue [] |> List.map Option.get

    let count = List.fold (*) shape.Channels.Value space

    let column k =
        let x = Array.init count (fun i -> if i = k then 1.0 else 0.0)

        Evaluate.run (Numbers()) Evaluate.exact Map.empty (Signal.create 1 space shape.Channels.Value x) network
        |> Law.ok
        |> List.exactlyOne
        |> _.Data

    Matrix<float>.Build.DenseOfColumnArrays(Array.init count column)

let private isSpectral (sample: Sample) =
    let terms =
        Network.parts sample.Network
        |> List.map (function
            | Linear(a, kernel, label) -> Linear({ a with Bias = None }, kernel, label)
            | other -> other)

    match terms with
    | Linear _ as layer :: _ ->
        let actual = (bound sample).Layers.Head.Norm |> Law.ok |> Magnitude.toFloat
        let expected = (matrix sample.Options layer).Svd(false).S[0]

        Law.isTrue
            $"{actual} instead of {expected} for {Print.network layer}"
            (abs (actual - expected) <= 1e-9 * expected)
    | _ -> ()

[<Fact>]
let ``The spectral norm of a dense layer is its largest singular value`` () =
    Law.forAll Networks.sequential isSpectral

let private beginning layer =
    Draw.beginning
        { Profile.doubles with
            Unusual = false
            Diagonals = false }
        layer
    |> Networks.ofOutlines

[<Fact>]
let ``That of a convolution is that of its operator on space`` () =
    Law.forAll (beginning (Draw.convolution Profile.doubles |> Gen.map List.singleton)) isSpectral

/// No quotient between inputs that are tried is above the bound.
[<Fact>]
let ``What is found by trying does not exceed the bound`` () =
    let mutable compared = 0

    Law.forAll Networks.doubles (fun sample ->
        let tried =
            SampledLipschitz.run (Numbers()) ignore sample.Options 2 1 sample.Network

        match (bound sample).Bound, tried with
        | Error _, _
        // An opaque term that nobody reads has a bound, and cannot be evaluated.
        | _, Error _ -> ()
        | Ok most, Ok found ->
            compared <- compared + 1
            let most = Magnitude.toFloat most
            Law.isTrue $"{found.Largest} is above {most}" (found.Largest <= most * (1.0 + 1e-9)))

    Law.isTrue $"only {compared} compared" (compared > Law.cases / 5)

/// Of one linear layer the quotients climb to the norm itself.
[<Fact>]
let ``Of a linear layer trying comes close to the bound`` () =
    Law.forAll Networks.sequential (fun sample ->
        match Network.parts sample.Network with
        | Linear _ as layer :: _ ->
            let most =
                Lipschitz.bound (Numbers()) ignore sample.Options layer
                |> Law.ok
                |> _.Bound
                |> Law.ok
                |> Magnitude.toFloat

            let found =
                SampledLipschitz.run (Numbers()) ignore sample.Options 8 1 layer |> Law.ok

            Law.isTrue
                $"{found.Largest} of {most}"
                (found.Largest >= 0.9 * most && found.Largest <= most * (1.0 + 1e-9))
        | _ -> ())

[<Fact>]
let ``The same seed finds the same`` () =
    Law.forAll Networks.sequential (fun sample ->
        let run () =
            SampledLipschitz.run (Numbers()) ignore sample.Options 2 7 sample.Network
            |> Law.ok

        Assert.Equal(run (), run ()))

let private ofText text =
    let sized =
        Instantiate.sizes Instantiate.smallSizes [ Parse.network text |> Law.parsed ]
        |> Law.ok
        |> Instantiate.values 1
        |> Law.ok

    Lipschitz.bound (Numbers()) ignore sized.Options sized.Networks.Head |> Law.ok

/// By hand: constants multiply along a chain, add up in a sum, as squares in a concat, and count by the steepest slope.
[<Theory>]
[<InlineData("linear(W) -> relu -> linear(V)", "W * V")>]
[<InlineData("linear(W) -> leaky_relu(3) -> tanh -> sigmoid", "W * 3 / 4")>]
[<InlineData("linear(W) -> softmax", "W / 2")>]
[<InlineData("sum[linear(W), linear(V)]", "W + V")>]
[<InlineData("sum[id, linear(W)]", "1 + W")>]
[<InlineData("concat[linear(W), linear(V)]", "hypot W V")>]
[<InlineData("as x -> linear(W) -> sum[id, x]", "1 + W")>]
let ``Constants are put together as the terms are`` (text: string) (expected: string) =
    let result = ofText text

    let norm name =
        result.Layers
        |> List.find (fun layer -> layer.Name = name)
        |> _.Norm
        |> Law.ok
        |> Magnitude.toFloat

    let expected =
        match expected with
        | "W * V" -> norm "W" * norm "V"
        | "W * 3 / 4" -> norm "W" * 3.0 / 4.0
        | "W / 2" -> norm "W" / 2.0
        | "W + V" -> norm "W" + norm "V"
        | "1 + W" -> 1.0 + norm "W"
        | _ -> sqrt (norm "W" ** 2.0 + norm "V" ** 2.0)

    Assert.Equal(expected, result.Bound |> Law.ok |> Magnitude.toFloat, 1e-12 * expected)

[<Theory>]
[<InlineData("linear(W) -> square", "square")>]
[<InlineData("linear(W) -> layer_norm(0.1)", "layer_norm")>]
[<InlineData("product[linear(W), linear(V)]", "product")>]
let ``Where there is no bound it says why, and has the norms all the same`` (text: string) (at: string) =
    let result = ofText text
    Assert.All(result.Layers, (fun layer -> Assert.True(layer.Norm.IsOk)))

    match result.Bound with
    | Error(NoFigure(where, _)) -> Assert.Equal(at, where)
    | other -> Law.fail $"{other}"
