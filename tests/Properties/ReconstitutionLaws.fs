module Canon.Properties.ReconstitutionLaws

open Canon.Algebra
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private canonical definition (sample: Sample) =
    (Canonical.derive
        { sample.Options with
            Definition = definition }
        sample.Network
     |> Law.ok)
        .Result

let private reconstituted gauge sample =
    Reconstitution.reconstitute RowNorm gauge (canonical RowNorm sample) |> Law.ok

/// By the gauge group alone: no layer has become part of another.
let private unfolded definition gauge (sample: Sample) =
    Canonical.derive
        { sample.Options with
            Definition = definition
            Fold = false }
        sample.Network
    |> Result.bind (fun canonical -> Reconstitution.reconstitute definition gauge canonical.Result)
    |> Law.ok

let private fold ofTerm network =
    Traversal.fold (fun found term -> ofTerm term @ found) [] network

let private isItself (sample: Sample) plain =
    if plain <> (Canonical.prepare sample.Options sample.Network |> Law.ok) then
        Law.fail (Print.network plain)

let private scales =
    fold (fun term ->
        match term with
        | Scale g -> [ g ]
        | _ -> [])

let private unitRows =
    fold (fun term ->
        match term with
        | UnitRowLinear(rows, _, _) -> [ rows ]
        | _ -> [])

let private linears =
    fold (fun term ->
        match term with
        | Linear(a, _, _) -> [ a ]
        | _ -> [])

let private keepsFunction gauge definition =
    Law.forAll Networks.any (fun sample ->
        let plain =
            Reconstitution.reconstitute definition gauge (canonical definition sample)
            |> Law.ok

        try
            Function.isKept 1e-12 sample.Options sample.Network plain
        with e ->
            Law.fail $"{Print.network (canonical definition sample)}\ngives {Print.network plain}:\n{e.Message}")

[<Fact>]
let ``The canonical gauge keeps the function`` () =
    keepsFunction Representative.Canonical RowNorm

[<Fact>]
let ``The original gauge keeps the function`` () =
    keepsFunction Representative.Original RowNorm

[<Fact>]
let ``The canonical gauge keeps the function with augmented gains`` () =
    keepsFunction Representative.Canonical Augmented

[<Fact>]
let ``The original gauge keeps the function with augmented gains`` () =
    keepsFunction Representative.Original Augmented

let private keepsFunctionStored gauge =
    Law.forAll Networks.singles (fun sample ->
        Function.isKeptRounded 1e-5 sample.Options sample.Network (reconstituted gauge sample))

[<Fact>]
let ``The canonical gauge stored in float32 keeps the function`` () =
    keepsFunctionStored Representative.Canonical

[<Fact>]
let ``The original gauge stored in float32 keeps the function`` () =
    keepsFunctionStored Representative.Original

[<Fact>]
let ``No unit rows are left in the canonical gauge`` () =
    Law.forAll Networks.any (fun sample -> Assert.Empty(unitRows (reconstituted Representative.Canonical sample)))

[<Fact>]
let ``No unit rows are left in the original gauge`` () =
    Law.forAll Networks.any (fun sample -> Assert.Empty(unitRows (reconstituted Representative.Original sample)))

/// A network that begins with a linear layer has one to take every gain.
let private beginningWithLayer profile =
    Draw.beginning profile (Gen.map (Fully >> List.singleton) (Draw.dense profile))
    |> Networks.ofOutlines

let private sequential =
    beginningWithLayer
        { Profile.sequential with
            Barriers = true
            HigherDegrees = true }

/// A degree-2 activation passes a gain back only if it is a square: what stands behind it keeps it otherwise.
let private firstDegree =
    beginningWithLayer
        { Profile.sequential with
            Barriers = true }

[<Fact>]
let ``No scale is left of a chain of layers in the canonical gauge`` () =
    Law.forAll firstDegree (fun sample ->
        let plain = reconstituted Representative.Canonical sample

        if not (scales plain).IsEmpty then
            Law.fail (Print.network plain))

[<Fact>]
let ``No scale is left of a chain of layers in the original gauge`` () =
    Law.forAll sequential (fun sample ->
        let plain = reconstituted Representative.Original sample

        if not (scales plain).IsEmpty then
            Law.fail (Print.network plain))

/// Not up to rounding: the very parameters, without diagonals.
[<Fact>]
let ``The original gauge of a chain of layers is the network itself`` () =
    Law.forAll sequential (fun sample -> isItself sample (unfolded RowNorm Representative.Original sample))

[<Fact>]
let ``The original gauge of a chain of layers is the network itself with augmented gains`` () =
    Law.forAll sequential (fun sample -> isItself sample (unfolded Augmented Representative.Original sample))

let private weightsAreOriginal (sample: Sample) =
    let plain = unfolded RowNorm Representative.Original sample
    let numbers = Numbers()

    Law.isTrue $"a scale is left: {Print.network plain}" (scales plain).IsEmpty

    for a in linears plain do
        let own = Affine.ofParameters a.Weight (a.Bias |> Option.map _.Vector)

        let close (expected: float[]) (actual: float[]) =
            Array.iter2
                (fun x y ->
                    Law.isTrue
                        $"{a.Weight.Name}: {y} instead of {x} in {Print.network plain}"
                        (abs (x - y) <= 1e-14 * abs x))
                expected
                actual

        close (numbers.Dense own |> Law.ok) (numbers.Dense a |> Law.ok)

        match numbers.DenseBias own |> Law.ok, numbers.DenseBias a |> Law.ok with
        | Some expected, Some actual -> close expected actual
        | _ -> ()

[<Fact>]
let ``The original gauge of a residual network has the original weights`` () =
    Law.forAll Networks.residual weightsAreOriginal

[<Fact>]
let ``The original gauge of a residual network is the network itself`` () =
    Law.forAll Networks.residual (fun sample -> isItself sample (unfolded RowNorm Representative.Original sample))

/// Flattens, barriers and activations of degree 2 among the branches.
let private plain =
    Networks.ofProfile
        { Profile.rescalable with
            UserScales = false }

[<Fact>]
let ``The original gauge of a network without scales is the network itself`` () =
    Law.forAll plain (fun sample -> isItself sample (unfolded RowNorm Representative.Original sample))

[<Fact>]
let ``A gate with a dead channel beside a sum comes back as the same function`` () =
    let linear name (rows: float list list) =
        let values = Build.values Float64 (rows |> List.concat |> List.toArray)
        Network.linear (Parameter.matrix name rows.Length rows.Head.Length false 1.0 values) None ""

    let sum =
        Network.sum
            [ Network.identity
              linear "B" [ [ 1.0; 0.5; 3.0 ]; [ 0.5; -1.0; 2.0 ]; [ 2.0; 1.0; -1.0 ] ] ]
            ""

    let network =
        Network.product
            [ Network.compose [ linear "A" [ [ 1.0; 2.0 ]; [ 0.5; -1.0 ]; [ 1.0; 1.0 ] ]; sum ]
              linear "G" [ [ 1.0; 2.0 ]; [ 0.0; 0.0 ]; [ 1.0; -1.0 ] ] ]
            ""

    let canonical = (Canonical.derive Canonical.options network |> Law.ok).Result

    for gauge in [ Representative.Canonical; Representative.Original ] do
        let plain = Reconstitution.reconstitute RowNorm gauge canonical |> Law.ok
        let report = Check.compare Canonical.options false 8 1 network plain |> Law.ok
        Assert.InRange(report.MaxRelativeError, 0.0, 1e-12)

[<Fact>]
let ``The leader of a sum does not depend on where scales stand in its branches`` () =
    let layer name =
        Network.linear (Parameter.matrix name 1 1 false 1.0 (Build.values Float64 [| 1.0 |])) None ""

    let branch phi name =
        Network.compose [ Network.concat [ Network.activation phi "" ] ""; layer name ]

    let network =
        Network.compose [ layer "W1"; Network.sum [ branch Tanh "W2"; branch Relu "W3" ] "" ]

    let canonical = (Canonical.derive Canonical.options network |> Law.ok).Result
    Assert.Equal(network, Reconstitution.reconstitute RowNorm Representative.Original canonical |> Law.ok)
