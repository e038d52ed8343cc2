module Canon.Properties.RuleLaws

open System
open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Rules
open Xunit

/// Every rule of the catalog, and those that take gains for the other gains too.
let private rules =
    Catalog.all
    @ (GainDefinition.all
       |> List.tail
       |> List.collect (fun definition -> Absorption.absorb definition :: Decomposition.all definition))

/// Once, at the first place where it fires.
let private applied (rule: Rule) (sample: Sample) =
    let prepared = Canonical.prepare sample.Options sample.Network |> Law.ok

    Derivation.run Int32.MaxValue (Strategy.oneTopDown (Strategy.rule rule)) prepared
    |> Law.ok

/// Everywhere, as often as it fires, twice at most at a place.
let private appliedEverywhere (rule: Rule) (sample: Sample) =
    let prepared = Canonical.prepare sample.Options sample.Network |> Law.ok
    let strategy = Strategy.allTopDown (Strategy.attempt (Strategy.rule rule))

    Derivation.run Int32.MaxValue (Strategy.andThen strategy strategy) prepared
    |> Law.ok

let private shape (sample: Sample) network =
    Shape.infer sample.Options.Wires sample.Options.Input network |> Law.ok

let private keepsFunctionAndShape apply (rule: Rule) (sample: Sample) =
    let rewritten = (apply rule sample).Result

    try
        Assert.Equal(shape sample sample.Network, shape sample rewritten)
        Function.isKept 1e-12 sample.Options sample.Network rewritten
    with e ->
        Law.fail $"{rule.Name} gives {Print.network rewritten}: {e.Message}"

[<Fact>]
let ``Every rule of the catalog has redexes`` () =
    Assert.Equal<string list>(Catalog.all |> List.map _.Name |> List.sort, Redexes.byRule |> Map.keys |> List.ofSeq)

[<Fact>]
let ``The canonical form uses rules of the catalog`` () =
    for rule in Canonical.moves RowNorm do
        Assert.Contains(rule.Name, Catalog.all |> List.map _.Name)

[<Fact>]
let ``Rules have distinct names and the same name finds them`` () =
    for rule in Catalog.all do
        Assert.Equal(Some rule.Law, Catalog.tryFind rule.Name |> Option.map _.Law)

[<Fact>]
let ``Every rule fires on nine of ten of its redexes`` () =
    for rule in rules do
        let drawn = Law.sample 300 (Redexes.ofRule rule)

        let fired =
            drawn
            |> Seq.filter (fun sample -> not (applied rule sample).Steps.IsEmpty)
            |> Seq.length

        Law.isTrue $"{rule.Name} fires on {fired} of {Seq.length drawn}" (10 * fired >= 9 * Seq.length drawn)

[<Fact>]
let ``Every rule keeps function and shape on its redexes`` () =
    for rule in rules do
        Law.forAll (Redexes.ofRule rule) (keepsFunctionAndShape applied rule)

[<Fact>]
let ``Every rule keeps function and shape wherever it fires first in a network`` () =
    Law.forAll Networks.any (fun sample -> rules |> List.iter (fun rule -> keepsFunctionAndShape applied rule sample))

[<Fact>]
let ``Every rule keeps function and shape when it fires everywhere`` () =
    Law.forAll Networks.any (fun sample ->
        Catalog.all
        |> List.iter (fun rule -> keepsFunctionAndShape appliedEverywhere rule sample))

/// Outputs of a bit-exact rule are the same numbers.
[<Fact>]
let ``Bit-exact rules leave every bit`` () =
    for rule in rules |> List.filter (fun rule -> rule.Exactness = BitExact) do
        Law.forAll (Redexes.ofRule rule) (fun sample ->
            let bits network =
                Function.outputs sample.Options false network
                |> List.map (fun s -> s.Data |> Array.map (fun x -> BitConverter.DoubleToInt64Bits(x + 0.0)))

            Assert.Equal<int64[] list>(bits sample.Network, bits (applied rule sample).Result))
