/// Training by products of single precision is training by those of double precision, to within what rounding explains.
module Canon.Properties.PrecisionLaws

open System
open Canon.Algebra
open Canon.Algebra.Training
open Canon.Verification
open Xunit

let private network text =
    let symbolic = Parse.network text |> Law.parsed

    (Instantiate.sizes Instantiate.smallSizes [ symbolic ]
     |> Result.bind (Instantiate.values 1)
     |> Law.ok)
        .Networks.Head

let private single =
    { Gradient.training with
        Precision = Precision.Single }

/// γ of so many roundings to float32: |what is computed − what is meant| ≤ γ·(the same of absolute values), for sums of products whose
/// factors are such sums (Higham, Accuracy and Stability of Numerical Algorithms, §3).
let private gamma roundings =
    let u = 2.0 ** -24.0
    float roundings * u / (1.0 - float roundings * u)

/// Layers without anything between them, and how many numbers the sums of all of them have at most, forwards, backwards and over items.
[<Theory>]
[<InlineData("linear(A: 40x30, a) -> linear(B: 7x40, b)", 0, 30, 200)>]
[<InlineData("linear(A: 300x20, a) -> linear(B: 2x300, b) -> linear(C: 50x2, c)", 0, 20, 800)>]
[<InlineData("conv(A: 16x3, a, 3x3, pad 1x1) -> conv(B: 8x16, b, 2x2, stride 2x2, groups 2) -> conv(C: 5x8, c, 1x1)",
             6,
             3,
             400)>]
[<InlineData("conv_transpose(A: 12x3, a, 3x3, stride 2x2) -> conv(B: 12x12, b, 3x3, groups 12) -> conv(C: 4x12, c, 2x2)",
             6,
             3,
             900)>]
let ``Derivatives of single precision are those of double precision within the bound of rounding``
    text
    side
    channels
    roundings
    =
    let network = network text
    let weights = Tensors.ofNetwork network |> Law.ok
    let random = Random 5
    let samples = 3
    let space = if side = 0 then [] else [ side; side ]

    let x =
        Array.init (samples * List.fold (*) channels space) (fun _ -> Build.normal random)

    let gradient options (size: float -> float) =
        let objective: Objective =
            fun outputs ->
                let random = Random 7

                struct (0.0,
                        outputs
                        |> List.map (fun y -> Array.init y.Data.Length (fun _ -> size (Build.normal random))))

        let network =
            Tensors.bind (Map.map (fun _ -> Array.map size) weights) network |> Law.ok

        Gradient.run
            (Numbers())
            options
            Map.empty
            (Signal.create samples space channels (Array.map size x))
            objective
            network
        |> Law.ok

    let expected, actual, largest =
        gradient Gradient.training id, gradient single id, gradient Gradient.training abs

    let compare name (expected: float[]) (actual: float[]) (largest: float[]) =
        Array.iteri2
            (fun k e a ->
                Law.isTrue $"{name}, entry {k}: {a} instead of {e}" (abs (a - e) <= gamma roundings * largest[k]))
            expected
            actual

    let outputs (g: Gradient) = g.Outputs.Head.Data
    compare "output" (outputs expected) (outputs actual) (outputs largest)

    for KeyValue(name, e) in expected.Parameters do
        compare name e actual.Parameters[name] largest.Parameters[name]

    Law.isTrue "nothing is rounded" (outputs expected <> outputs actual)

let private options precision =
    { Loss = Loss.CrossEntropy
      Optimizer = Optimizer.adam
      Rate = 0.003
      BatchSize = 32
      WeightDecay = 0.0
      Pcr = Some PcrOptions.standard
      UnitRows = Set.empty
      Precision = precision
      Seed = 1 }

let private split = Dataset.moons.Draw 3

let private train precision =
    let network =
        Method.network
            { Kind = MethodKind.None
              Pcr = PcrOptions.standard }
            5
            2
            [ 16; 16 ]
            2

    let trainer =
        Trainer.Create(options precision, network, split.Train, None) |> Law.ok

    let losses = [ for _ in 1..300 -> (trainer.Step() |> Law.ok).Loss ]
    losses, Classification.accuracy split.Test trainer.Network |> Law.ok

[<Fact>]
let ``Training in single precision learns as in double precision, and the same at every run`` () =
    let losses, accuracy = train Precision.Double
    let rounded, roundedAccuracy = train Precision.Single
    let again, _ = train Precision.Single
    Assert.Equal<float list>(rounded, again)
    Assert.NotEqual<float list>(losses, rounded)
    // Three layers of sums of at most 16 numbers and ln: of the first batch, at the same weights.
    Assert.True(abs (losses.Head - rounded.Head) <= gamma 100 * losses.Head, $"{rounded.Head} instead of {losses.Head}")
    Assert.True(accuracy > 0.85 && abs (accuracy - roundedAccuracy) <= 0.02, $"{roundedAccuracy} instead of {accuracy}")
