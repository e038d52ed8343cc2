module Canon.Properties.SubstitutionLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

let private derive (sample: Sample) network =
    Canonical.derive sample.Options network |> Law.ok

let private substituted substitution derivation =
    Derivation.substitute substitution derivation |> Law.ok

[<Fact>]
let ``Numbers put back for symbols give the network again`` () =
    Law.forAll Networks.any (fun sample ->
        let symbolic, substitution = Forget.network sample.Network
        Assert.Equal(sample.Network, Substitution.network substitution symbolic |> Law.ok))

[<Fact>]
let ``Nothing put for nothing changes nothing`` () =
    Law.forAll Networks.any (fun sample ->
        let canonical = (derive sample (fst (Forget.network sample.Network))).Result
        Assert.Equal(canonical, Substitution.network Substitution.empty canonical |> Law.ok))

/// Original, steps, places, terms, refusals, result: all of it.
[<Fact>]
let ``Putting numbers into a symbolic derivation gives exactly the numeric derivation`` () =
    Law.forAll Forget.decidedAlike (fun sample ->
        let symbolic, substitution = Forget.network sample.Network
        let byNumbers = derive sample sample.Network
        Assert.Equal(byNumbers, derive sample symbolic |> substituted substitution))

[<Fact>]
let ``So it does by any strategy`` () =
    Law.forAll Forget.decidedAlike (fun sample ->
        let symbolic, substitution = Forget.network sample.Network

        let run network =
            let prepared = Canonical.prepare sample.Options network |> Law.ok

            Derivation.run Int32.MaxValue (Canonical.exhaustive Augmented (Strategy.random 7)) prepared
            |> Law.ok

        Assert.Equal(run sample.Network, run symbolic |> substituted substitution))

/// Sums lead by their first branch in symbols, by the first positive gain a channel in numbers: without zero gains the same.
[<Fact>]
let ``With sums the same rules fire at the same places, and the function is the same where gains are positive`` () =
    let positive =
        Networks.ofProfile
            { Profile.doubles with
                ZeroRows = 0
                Norms = false
                Blocking = false
                OddBounds = false
                Unusual = false }

    let hasZeroRow (sample: Sample) =
        Traversal.parameters sample.Network
        |> List.exists (fun p ->
            let entries = Numbers().Dense(Affine.ofParameters p None) |> Law.ok
            let rows = Array.chunkBySize (entries.Length / p.Rows.Value) entries

            rows |> Array.exists (Array.forall ((=) 0.0)))

    Law.forAll positive (fun sample ->
        if not (hasZeroRow sample) then
            let symbolic, substitution = Forget.network sample.Network
            let byNumbers = derive sample sample.Network
            let bySymbols = derive sample symbolic |> substituted substitution

            let outline (d: Derivation) =
                d.Steps |> List.map (fun step -> step.Rule, step.Place)

            Assert.Equal<(string * Place) list>(outline byNumbers, outline bySymbols)
            Assert.Equal<Refusal list>(byNumbers.Refusals, bySymbols.Refusals)
            Function.isKept 1e-12 sample.Options sample.Network bySymbols.Result)

[<Fact>]
let ``Substituting in a product is multiplying what was substituted`` () =
    let substitution =
        { Parameters = Map.empty
          Gains =
            Map.ofList
                [ "g", Gain.divide (Gain.symbol "h" None) (Gain.symbol "k" None)
                  "h", Gain.symbol "g" None ] }

    let put g =
        Substitution.gain substitution g |> Law.ok

    let gain name = Gain.symbol name None

    let ghk =
        Gain.multiply (Gain.power 2 (gain "g")) (Gain.multiply (gain "h") (gain "k"))
    // (h/k)² · g · k
    let expected =
        Gain.divide (Gain.multiply (Gain.power 2 (gain "h")) (gain "g")) (gain "k")

    Assert.Equal(expected, put ghk)
    Assert.Equal(Gain.multiply (put (gain "g")) (put (gain "h")), put (Gain.multiply (gain "g") (gain "h")))

let private weight name (rows: float[][]) =
    Parameter.matrix name rows.Length rows[0].Length false 1.0 (Build.values Float64 (Array.concat rows))

let private unitRow name bias =
    UnitRowLinear(UnitRows.assume (Parameter.symbolic name None None) bias, Kernel.dense, Label "")

[<Fact>]
let ``A matrix taken to have unit rows stands for the unit rows of its numbers`` () =
    let v = weight "V" [| [| 3.0; 4.0 |]; [| 0.0; 2.0 |] |]

    let network =
        Substitution.network
            { Substitution.empty with
                Parameters = Map.ofList [ "V", v ] }
            (unitRow "V" None)
        |> Law.ok

    Assert.Equal(
        UnitRowLinear(fst (UnitRows.decompose RowNorm (Affine.ofParameters v None)), Kernel.dense, Label ""),
        network
    )

/// Also where the rules have moved a scale into it, and the matrix stands in gains only.
[<Fact>]
let ``Canonicalising and putting in numbers for unit rows is putting them in and canonicalising`` () =
    let network =
        Network.compose
            [ Scale(Gain.symbol "s" None)
              unitRow "V" (Some(Parameter.symbolic "b" None None))
              Network.activation Relu ""
              Network.linear (Parameter.symbolic "W" None None) None "" ]

    let substitution =
        { Parameters =
            Map.ofList
                [ "V", weight "V" [| [| 3.0; 4.0 |]; [| 0.0; 2.0 |] |]
                  "b", weight "b" [| [| 1.0 |]; [| -2.0 |] |]
                  "W", weight "W" [| [| 1.0; -1.0 |] |] ]
          Gains = Map.ofList [ "s", Gain.ofValues [ 2.0; 0.5 ] ] }

    let derive network =
        Canonical.derive Canonical.options network |> Law.ok

    let byNumbers = derive (Substitution.network substitution network |> Law.ok)
    let bySymbols = substituted substitution (derive network)
    Assert.Equal(byNumbers.Result, bySymbols.Result)
    Assert.Equal<Step list>(byNumbers.Steps, bySymbols.Steps)

[<Fact>]
let ``What is put for a symbol has the size of the symbol`` () =
    let network = Network.linear (Parameter.symbolic "W" (Some 2) None) None ""

    let substitution =
        { Substitution.empty with
            Parameters = Map.ofList [ "W", weight "W" [| [| 1.0 |] |] ] }

    match Substitution.network substitution network with
    | Error(ShapeMismatch("W", "a parameter of 1x1 is put for one of 2x?")) -> ()
    | other -> Law.fail $"{other}"

[<Fact>]
let ``Parameters with values are no symbols`` () =
    Law.forAll Networks.any (fun sample ->
        let others =
            { Substitution.empty with
                Parameters =
                    Traversal.parameters sample.Network
                    |> List.map (fun p -> p.Name, Parameter.symbolic p.Name None None)
                    |> Map.ofList }

        Assert.Equal(sample.Network, Substitution.network others sample.Network |> Law.ok))
