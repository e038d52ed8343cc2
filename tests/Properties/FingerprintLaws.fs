module Canon.Properties.FingerprintLaws

open System
open Canon.Algebra
open Canon.Algebra.Equality
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private fingerprint (sample: Sample) network =
    Fingerprint.ofNetwork sample.Options network |> Law.ok

let private drawn networks =
    Arb.zip (networks, ArbMap.defaults |> ArbMap.arbitrary<int>)

let private disguise seed network =
    Gauge.network (Gauged.shuffled seed 2.0 (Gauged.rescaling network)) network

/// Every layer with numbers of its own, stored as float32: what a file makes of a rescaled network.
let private asSingles network =
    let numbers = Numbers()

    let values (xs: float[]) =
        Values.ofFloat32 (ReadOnlyMemory(Array.map float32 xs))

    network
    |> Traversal.map (fun term ->
        match term with
        | Linear(a, kernel, label) ->
            let entries = numbers.Dense a |> Law.ok |> values

            let weight =
                match a.Weight.Grouping with
                | Diagonal -> Parameter.diagonal (Parameter.vector a.Weight.Name 1.0 entries)
                | grouping ->
                    Parameter.weight a.Weight.Name a.Weight.Rows.Value a.Weight.Columns.Value grouping a.Weight.Taps false 1.0 entries

            let bias =
                numbers.DenseBias a
                |> Law.ok
                |> Option.map (fun bias -> Parameter.vector (a.Weight.Name + ".bias") 1.0 (values bias))

            Linear(Affine.ofParameters weight bias, kernel, label)
        | _ -> term)

[<Fact>]
let ``A network in another gauge has the same fingerprint`` () =
    Law.forAll (drawn Networks.doubles) (fun (sample, seed) ->
        let network = Gauged.prepared sample
        let a, b = fingerprint sample network, fingerprint sample (disguise seed network)

        // Where an aggregate lies on the edge of a step the last bits decide.
        Law.isTrue $"{a} and {b}" (a.Text = b.Text || min a.Margin b.Margin < 1e-9))

let private weight name rows columns (random: Random) =
    let numbers = Array.init (rows * columns) (fun _ -> float32 (Normal.next random))
    Parameter.weight name rows columns (Groups 1) 1 false 1.0 (Values.ofFloat32 (ReadOnlyMemory numbers))

let private bias name rows (random: Random) =
    Parameter.vector name 1.0 (Values.ofFloat32 (ReadOnlyMemory(Array.init rows (fun _ -> float32 (Normal.next random)))))

/// A chain of layers whose numbers are of chance, as trained ones are: nothing cancels exactly.
let private chain seed =
    let random = Random(seed: int)
    let widths = [| for _ in 0 .. random.Next(2, 6) -> random.Next(8, 40) |]

    Network.compose
        [ for k in 1 .. widths.Length - 1 do
              if k > 1 then
                  Network.activation Relu ""

              Network.linear (weight $"W{k}" widths[k] widths[k - 1] random) (Some(bias $"b{k}" widths[k] random)) "" ]

let private of' network =
    Fingerprint.ofNetwork Canonical.options network |> Law.ok

/// Every number times a factor of chance in [1 − spread, 1 + spread].
let private shaken spread seed network =
    let random = Random(seed: int)

    let numbers =
        Training.Tensors.ofNetwork network
        |> Law.ok
        |> Map.map (fun _ xs -> xs |> Array.map (fun x -> x * (1.0 + spread * (2.0 * random.NextDouble() - 1.0))))

    Training.Tensors.bind numbers network |> Law.ok |> asSingles

[<Fact>]
let ``Rescaling, permuting and rounding to float32 moves no aggregate by a thousandth of a step`` () =
    Law.forAll (ArbMap.defaults |> ArbMap.arbitrary<int>) (fun seed ->
        let network = chain seed
        let a, b = of' network, of' (asSingles (disguise seed network))

        List.iter2
            (fun x y -> Law.isTrue $"{x} and {y}" (abs (x - y) <= Fingerprint.step / 1000.0))
            a.Aggregates
            b.Aggregates

        Law.isTrue $"{a} and {b}" (a.Text = b.Text || min a.Margin b.Margin < 1e-3))

[<Fact>]
let ``Weights that are off by a fiftieth have another fingerprint`` () =
    let isSame seed =
        let network = chain seed
        (of' network).Text = (of' (shaken 0.02 seed network)).Text

    let same = Seq.init 200 isSame |> Seq.filter id |> Seq.length
    Law.isTrue $"{same} of 200 have the same fingerprint" (same = 0)

[<Fact>]
let ``No two of a thousand networks of chance have one fingerprint`` () =
    let network seed =
        let random = Random(seed: int)

        Network.compose
            [ Network.linear (weight "W1" 12 8 random) None ""
              Network.activation Relu ""
              Network.linear (weight "W2" 4 12 random) None "" ]

    let texts = [| for seed in 1..1000 -> (of' (network seed)).Text |]
    Assert.Equal(1000, (Array.distinct texts).Length)

[<Fact>]
let ``A layer is like itself and unlike one of chance`` () =
    let network seed =
        let random = Random(seed: int)

        Network.compose
            [ Network.linear (weight "W1" 64 48 random) None ""
              Network.activation Relu ""
              Network.linear (weight "W2" 10 64 random) None "" ]

    let alike first second =
        match Fingerprint.similarity Canonical.options first Canonical.options second |> Law.ok with
        | Ok layers -> layers |> List.map _.Cosine
        | Error difference -> Law.fail difference

    for cosine in alike (network 1) (disguise 5 (network 1)) do
        Assert.Equal(1.0, cosine, 9)

    for cosine in alike (network 1) (network 2) do
        Assert.InRange(cosine, -0.4, 0.4)
