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
