module Canon.Properties.StrategyLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

let private normalForm definition strategy (sample: Sample) =
    let prepared = Canonical.prepare sample.Options sample.Network |> Law.ok
    (Derivation.run Int32.MaxValue (strategy definition) prepared |> Law.ok).Result

let private sameAsSweep arbitrary strategy =
    Law.forAll arbitrary (fun sample ->
        let swept = normalForm RowNorm Canonical.sweep sample

        let other =
            normalForm RowNorm (fun definition -> Canonical.exhaustive definition strategy) sample

        if swept <> other then
            Law.fail $"sweep: {Print.network swept}\nother: {Print.network other}")

[<Fact>]
let ``The innermost redex first gives the normal form of the sweep`` () =
    sameAsSweep Networks.any Strategy.innermost

[<Fact>]
let ``The outermost redex first gives the normal form of the sweep`` () =
    sameAsSweep Networks.any Strategy.outermost

[<Fact>]
let ``Redexes in random order give the normal form of the sweep`` () =
    sameAsSweep Networks.any (Strategy.random 1)

[<Fact>]
let ``Redexes in another random order give the normal form of the sweep`` () =
    sameAsSweep Networks.doubles (Strategy.random 20)

/// These apply whether a rule fires or not.
[<Fact>]
let ``What always applies is repeated until no rule fires`` () =
    Law.forAll Networks.any (fun sample ->
        let network = Canonical.prepare sample.Options sample.Network |> Law.ok

        let run strategy =
            Derivation.run 10_000 strategy network |> Law.ok

        let rules = Canonical.moves RowNorm
        let once = run (Strategy.innermost rules)

        for strategy in
            [ Strategy.innermost rules
              Strategy.attempt (Strategy.oneBottomUp (Strategy.first rules)) ] do
            let repeated = run (Strategy.repeat strategy)
            Assert.Equal<Step list>(once.Steps, repeated.Steps)
            Assert.Equal(Completed, repeated.Stop))
