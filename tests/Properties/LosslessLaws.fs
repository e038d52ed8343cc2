/// The gauge of powers of two: every rewrite keeps every bit (calculus §6).
module Canon.Properties.LosslessLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

let private definitions = [ PowerOfTwo RowNorm; PowerOfTwo Augmented ]

let private derivation definition (sample: Sample) network =
    Canonical.derive
        { sample.Options with
            Definition = definition }
        network
    |> Law.ok

let private form definition (sample: Sample) =
    (derivation definition sample sample.Network).Result

/// The numbers to the last bit, 0 and -0 being one, and all that are too small to be normal: powers of two round those.
let private bits rounded (sample: Sample) network =
    let bitsOf x =
        if abs x < 2.0 ** -1022.0 then 0L else BitConverter.DoubleToInt64Bits x

    Function.outputs sample.Options rounded network
    |> List.map (fun s -> Array.map bitsOf s.Data)

let private keepsEveryBit rounded (sample: Sample) rewritten =
    let expected, actual =
        bits rounded sample sample.Network, bits rounded sample rewritten

    if expected <> actual then
        Law.fail $"{Print.network rewritten}"

[<Fact>]
let ``The lossless form computes the same bits`` () =
    for definition in definitions do
        Law.forAll Networks.any (fun sample -> keepsEveryBit false sample (form definition sample))

[<Fact>]
let ``The lossless form computes the same bits from numbers as they are stored`` () =
    for definition in definitions do
        Law.forAll Networks.singles (fun sample -> keepsEveryBit true sample (form definition sample))

[<Fact>]
let ``Plain layers in either gauge compute the same bits`` () =
    for definition in definitions do
        for gauge in [ Representative.Canonical; Representative.Original ] do
            Law.forAll Networks.any (fun sample ->
                form definition sample
                |> Reconstitution.reconstitute definition gauge
                |> Law.ok
                |> keepsEveryBit false sample)

let private parameters (network: Network) =
    Traversal.parameters network
    |> Seq.collect Parameter.leaves
    |> Seq.map (fun p -> p.Name, p)
    |> Map.ofSeq

/// Its numbers are not stored as they are.
let private isComputed (p: Parameter) =
    match p.Source with
    | Source.Stored(_, _, factor) -> (Magnitude.ofFloat factor).Mantissa <> 1.0
    | _ -> false

/// Without unit rows in the network itself: those are numbers that nobody has stored.
let private storedSingles =
    Networks.ofProfile
        { Profile.everything with
            Types = [ Float32 ]
            Unusual = false }

[<Fact>]
let ``Every number of the lossless form is exact in its type`` () =
    for definition in definitions do
        Law.forAll storedSingles (fun sample ->
            let derivation = derivation definition sample sample.Network
            let known = parameters derivation.Original

            for tensor in Inexact.tensors (Numbers()) derivation.Original derivation.Result |> Law.ok do
                if not (isComputed known[tensor.Name]) then
                    Law.fail $"{tensor.Entries} entries of {tensor.Name}")

let private network elementType weight bias =
    let parameter name make =
        Array.map float (List.toArray make)
        |> Build.values elementType
        |> fun values -> name, values

    let name, weights = parameter "W" weight
    let biasName, biases = parameter "b" bias

    Network.linear (Parameter.matrix name 2 2 false 1.0 weights) (Some(Parameter.vector biasName 1.0 biases)) ""

/// 2¹⁴ times the smallest entry is none that float16 has, and a bias over a gain of 2⁻¹⁴ is beyond it.
[<Fact>]
let ``Entries that their type does not hold are counted`` () =
    let inexact elementType weight bias =
        let network = network elementType weight bias

        let form =
            (Canonical.derive
                { Canonical.options with
                    Definition = PowerOfTwo RowNorm }
                network
             |> Law.ok)
                .Result

        Inexact.tensors (Numbers()) network form
        |> Law.ok
        |> List.map (fun tensor -> tensor.Name, tensor.Entries)

    let tiny, small = 3.0 * 2.0 ** -24, 2.0 ** -14
    Assert.Empty(inexact Float16 [ 1.0; 0.5; 0.25; small ] [ 1.0; 2.0 ])

    Assert.Equal<(string * int64) list>(
        [ "W", 2L ],
        inexact Float16 [ 16384.0; tiny; 3.0 * small; 4096.0 ] [ 0.0; 0.0 ]
    )

    Assert.Equal<(string * int64) list>([ "b", 1L ], inexact Float16 [ small; small; 1.0; 1.0 ] [ 8.0; 8.0 ])
    Assert.Empty(inexact Float64 [ 16384.0; tiny; 3.0 * small; 4096.0 ] [ 0.0; 0.0 ])
    Assert.Equal<(string * int64) list>([ "W", 1L ], inexact Float64 [ 1e300; 1e-320; 1.0; 1.0 ] [ 0.0; 0.0 ])

[<Fact>]
let ``What was not made by powers of two is exact nowhere but in 0`` () =
    let network = network Float32 [ 3.0; 0.0; 2.0; 1.0 ] [ 0.0; 1.0 ]
    let form = (Canonical.derive Canonical.options network |> Law.ok).Result
    let tensors = Inexact.tensors (Numbers()) network form |> Law.ok
    Assert.Contains({ Name = "W"; Entries = 3L }, tensors)
    Assert.Contains({ Name = "b"; Entries = 1L }, tensors)

/// Up to what tells √2 from a number a hair below it.
let private isNear (norm: float) =
    norm = 0.0 || (norm > sqrt 0.5 * (1.0 - 1e-7) && norm < sqrt 2.0 * (1.0 + 1e-7))

[<Fact>]
let ``Rows have a norm between the roots of a half and of two, or 0`` () =
    Law.forAll Networks.any (fun sample ->
        for a in CanonicalFormLaws.unitRows (form (PowerOfTwo RowNorm) sample) do
            let weight = Numbers().Dense a |> Law.ok

            for row in Array.chunkBySize (weight.Length / a.Weight.Rows.Value) weight do
                let norm = row |> Array.sumBy (fun w -> w * w) |> sqrt
                Law.isTrue $"{a.Weight.Name}: a row of norm {norm}" (isNear norm))

[<Fact>]
let ``Nothing fires on a lossless form`` () =
    for definition in definitions do
        Law.forAll Networks.any (fun sample ->
            let once = form definition sample
            let again = derivation definition sample once

            if not again.Steps.IsEmpty then
                Law.fail $"{again.Steps.Head.Rule} fires at {again.Steps.Head.Place} of {Print.network once}")

/// A scale of other numbers is a barrier, and so is a pool that rounds otherwise at another scale: networks that were rescaled
/// across them are not one class. Nor does a dead unit have a scale: what its outgoing weights are multiplied by shows.
let private isClass (sample: Sample) =
    let hasDead (a: Affine) =
        Numbers().Gain(Gain.norms RowNorm a) |> Law.ok |> Array.exists _.IsZero

    sample.Network
    |> Traversal.collect (fun term ->
        match term with
        | Linear(a, _, _) when hasDead a -> [ term ]
        | Spatial(Spatial.Pool(Pooling.Norm p, _), _) when p > 2 -> [ term ]
        | Scale g when not (Gain.isPowerOfTwo g) -> [ term ]
        | _ -> [])
    |> List.isEmpty

[<Fact>]
let ``A network rescaled by powers of two has the same lossless form to the last bit`` () =
    for definition in definitions do
        Law.forAll Networks.rescalable (fun (sample, seed) ->
            if isClass sample then
                let other = derivation definition sample (sample.RescaledByPowersOfTwo seed)
                CanonicalFormLaws.areClose 0.0 (form definition sample) other.Result)

[<Fact>]
let ``No guarded rule changes a bit`` () =
    for rule in Canonical.copy (PowerOfTwo RowNorm) :: Canonical.settling (PowerOfTwo RowNorm) do
        match RuleVerifier.verify RuleVerifier.options rule with
        | Refuted _ as verdict -> Law.fail (Verdict.describe verdict)
        | _ -> ()

let private parsed text =
    match Parse.network text with
    | Ok network -> network
    | Error error -> Law.fail error.Message

[<Theory>]
[<InlineData("linear(W1) -> scale([3]) -> relu -> linear(W2)", "a factor that is no power of two would round")>]
[<InlineData("scale([2]) -> scale(g) -> relu", "a factor that is no power of two would round")>]
[<InlineData("sum[linear(W1), scale([3])] -> relu", "a factor that is no power of two would round")>]
[<InlineData("scale(g) -> as x -> sum[x, tanh]", "a factor that is no power of two would round")>]
[<InlineData("linear(W1) -> rms_norm(0.01)", "rms_norm keeps its tolerance")>]
let ``What would round is refused`` (text: string, reason: string) =
    let derivation =
        Canonical.derive
            { Canonical.options with
                Definition = PowerOfTwo RowNorm }
            (parsed text)
        |> Law.ok

    Assert.Contains(reason, derivation.Refusals |> List.map _.Reason)

[<Fact>]
let ``Factors of other numbers stay where they are, and powers of two pass`` () =
    let form text =
        (Canonical.derive
            { Canonical.options with
                Definition = PowerOfTwo RowNorm }
            (parsed text)
         |> Law.ok)
            .Result
        |> Print.network

    Assert.Equal("unit_row_linear(V1) -> scale(g1) -> scale([3])", form "linear(W1) -> scale([3])")
    Assert.Equal("scale([3, 3]) -> relu", form "scale([3, 3]) -> relu")
    Assert.Equal("relu -> scale([4, 0.5])", form "scale([4, 0.5]) -> relu")
    Assert.Equal("scale([4, 4]) -> rms_norm(0.01)", form "scale([4, 4]) -> rms_norm(0.01)")

/// A factor of another number at the end of a branch keeps what stands beside it from leaving, once it is met.
let private hasOtherFactors (sample: Sample) =
    sample.Network
    |> Traversal.collect (fun term ->
        match term with
        | Scale g when not (Gain.isPowerOfTwo g) -> [ g ]
        | _ -> [])
    |> List.isEmpty
    |> not

[<Fact>]
let ``Every strategy gives the lossless form where all factors are powers of two`` () =
    for strategy in [ Strategy.innermost; Strategy.outermost; Strategy.random 1 ] do
        Law.forAll Networks.any (fun sample ->
            if not (hasOtherFactors sample) then
                let definition = PowerOfTwo RowNorm
                let prepared = Canonical.prepare sample.Options sample.Network |> Law.ok

                let run strategy =
                    (Derivation.run Int32.MaxValue strategy prepared |> Law.ok).Result

                let swept = run (Canonical.sweep definition)
                let other = run (Canonical.exhaustive definition strategy)

                if swept <> other then
                    Law.fail $"sweep: {Print.network swept}\nother: {Print.network other}")
