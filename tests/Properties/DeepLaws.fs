module Canon.Properties.DeepLaws

open System
open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Analysis
open Xunit

let private diagonal name (d: float) =
    Parameter.matrix name 2 2 false 1.0 (Build.values Float64 [| d; 0.0; 0.0; d |])

let private chain layers (phi: Network) (d: float) =
    Network.compose
        [ for k in 1..layers do
              Network.linear (diagonal $"W{k}" d) None ""
              phi ]

let private relu = Network.activation Relu ""

let private derive network =
    (Canonical.derive Canonical.options network |> Law.ok).Result

let private logGain canonical =
    (GlobalGain.ofCanonical (Numbers()) canonical |> Law.ok).Gain
    |> Array.map Magnitude.log2

[<Theory>]
[<InlineData(8.0, 6000.0)>]
[<InlineData(0.125, -6000.0)>]
let ``The gain of 2,000 layers of gain 8 is 2 to the 6,000`` (d: float, expected: float) =
    Assert.Equal<float[]>([| expected; expected |], logGain (derive (chain 2000 relu d)))

[<Theory>]
[<InlineData 8.0>]
[<InlineData 0.125>]
let ``Every row of 2,000 layers is a unit row`` (d: float) =
    let numbers = Numbers()

    derive (chain 2000 relu d)
    |> Network.parts
    |> List.iter (function
        | UnitRowLinear(rows, _, _) ->
            Assert.Equal<float[]>([| 1.0; 0.0; 0.0; 1.0 |], numbers.Dense rows.Coefficients |> Law.ok)
        | _ -> ())

/// Where the output is in the range of a float, whatever lies between.
[<Theory>]
[<InlineData 8.0>]
[<InlineData 0.125>]
let ``A deep chain up and down again computes what it should`` (d: float) =
    let up = chain 1000 relu d |> Network.parts

    let down =
        [ for k in 1..1000 do
              Network.linear (diagonal $"D{k}" (1.0 / d)) None ""
              relu ]

    let canonical = derive (Network.compose (up @ down))
    Assert.Equal<float[]>([| 3.0; 0.0 |], Evaluate.vector canonical [| 3.0; -2.0 |] |> Law.ok)

/// Its thresholds are 6·2^6000 in the end: no bound at all beside outputs of the size of 1.
[<Fact>]
let ``Thresholds beyond the range of a float bound nothing`` () =
    let network = chain 2000 (Network.clip 0.0 6.0 "") 0.125
    Assert.Equal<float[]>([| 0.0; 0.0 |], Evaluate.vector (derive network) [| 3.0; -2.0 |] |> Law.ok)

[<Fact>]
let ``A scale beyond the range of a float is an error and no NaN`` () =
    match Evaluate.vector (derive (chain 2000 relu 8.0)) [| 3.0; -2.0 |] with
    | Error(OutOfRange("scale", _)) -> ()
    | other -> Law.fail $"{other}"

[<Fact>]
let ``A weight beyond the range of a float is an error and no NaN`` () =
    let plain =
        Reconstitution.reconstitute RowNorm Representative.Canonical (derive (chain 2000 relu 8.0))
        |> Law.ok

    match Evaluate.vector plain [| 3.0; -2.0 |] with
    | Error(OutOfRange("W2000", _)) -> ()
    | other -> Law.fail $"{other}"

let private square = Network.activation Square ""

[<Fact>]
let ``Twenty squares in a row are one power`` () =
    let network =
        Network.compose (Network.linear (diagonal "W1" 2.0) None "" :: List.replicate 20 square)

    Assert.Equal<float[]>([| 1048576.0; 1048576.0 |], logGain (derive network))

/// Gains of 2^(2^40).
[<Fact>]
let ``Powers too large to be counted are an error`` () =
    let network =
        Network.compose (Network.linear (diagonal "W1" 2.0) None "" :: List.replicate 40 square)

    match Canonical.derive Canonical.options network with
    | Error(OutOfRange("gain", _)) -> ()
    | other -> Law.fail $"{other}"

[<Fact>]
let ``Gains too large to be counted are an error`` () =
    match GlobalGain.ofCanonical (Numbers()) (derive (chain 40 square 2.0)) with
    | Error(OutOfRange("gain", _)) -> ()
    | other -> Law.fail $"{other}"

[<Fact>]
let ``The original gauge of a deep chain is the chain itself`` () =
    let network = chain 2000 relu 8.0

    Assert.Equal(
        network,
        Reconstitution.reconstitute RowNorm Representative.Original (derive network)
        |> Law.ok
    )

let private symbols count =
    Network.compose
        [ for k in 1..count do
              Network.linear (Parameter.symbolic $"W{k}" None None) None ""
              relu ]

[<Fact>]
let ``100,000 symbolic layers have a canonical form`` () =
    let canonical = derive (symbols 100_000)
    Assert.Equal(200_001, (Network.parts canonical).Length)
    Assert.Equal(canonical, derive canonical)
    Assert.Equal(400_001, (Print.network canonical).Split(' ').Length)

[<Fact>]
let ``100,000 symbolic layers are themselves in the original gauge`` () =
    let network = symbols 100_000

    Assert.Equal(
        network,
        Reconstitution.reconstitute RowNorm Representative.Original (derive network)
        |> Law.ok
    )

[<Fact>]
let ``A residual stream of 2,000 blocks has a canonical form`` () =
    let block k =
        Network.sum
            [ Network.identity
              Network.compose
                  [ Network.linear (diagonal $"A{k}" 2.0) None ""
                    relu
                    Network.linear (diagonal $"B{k}" 0.25) None "" ] ]
            ""

    let network =
        Network.compose (Network.linear (diagonal "W0" 4.0) None "" :: List.init 2000 block)

    let canonical = derive network
    Assert.Equal<float[]>([| 2.0; 2.0 |], logGain canonical)
    Assert.Equal(network, Reconstitution.reconstitute RowNorm Representative.Original canonical |> Law.ok)

[<Fact>]
let ``Branches nested too deeply are an error and no crash`` () =
    let nested =
        List.fold (fun inner _ -> Network.sum [ Network.identity; inner ] "") relu [ 1..200_000 ]

    match Canonical.derive Canonical.options nested with
    | Error NestedTooDeep -> ()
    | other -> Law.fail $"{other}"
