module Canon.Properties.StrategyTextLaws

open System
open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Rules
open Xunit

let private fuse = Strategy.rule Absorption.fuse
let private unit = Strategy.rule Absorption.unit

/// What is written, and the strategy that it is.
let private meanings =
    [ "scale-fusion", fuse
      "attempt(scale-fusion)", Strategy.attempt fuse
      "scale-fusion then unit-scale", Strategy.andThen fuse unit
      "scale-fusion or-else unit-scale", Strategy.orElse fuse unit
      "scale-fusion then unit-scale or-else unit-scale", Strategy.orElse (Strategy.andThen fuse unit) unit
      "scale-fusion then (unit-scale or-else scale-fusion)", Strategy.andThen fuse (Strategy.orElse unit fuse)
      "repeat(one-top-down(scale-fusion))", Strategy.repeat (Strategy.oneTopDown fuse)
      "one-bottom-up(unit-scale)", Strategy.oneBottomUp unit
      "all-top-down(scale-fusion)", Strategy.allTopDown fuse
      "all-bottom-up(unit-scale)", Strategy.allBottomUp unit
      "first(unit-scale, scale-fusion)", Strategy.first [ Absorption.unit; Absorption.fuse ]
      "innermost(unit-scale, scale-fusion)", Strategy.innermost [ Absorption.unit; Absorption.fuse ]
      "outermost(unit-scale, scale-fusion)", Strategy.outermost [ Absorption.unit; Absorption.fuse ]
      "sweep(unit-scale, scale-fusion)", Strategy.sweep Wires.copy [ Absorption.unit; Absorption.fuse ]
      "random(7, unit-scale, scale-fusion)", Strategy.random 7 [ Absorption.unit; Absorption.fuse ]
      "innermost", Canonical.exhaustive RowNorm Strategy.innermost
      "outermost", Canonical.exhaustive RowNorm Strategy.outermost
      "random(3)", Canonical.exhaustive RowNorm (Strategy.random 3)
      "sweep", Canonical.sweep RowNorm
      "canonical", Canonical.sweep RowNorm ]

let private parse chosen text =
    match StrategyText.parse Catalog.all chosen text with
    | Ok strategy -> strategy
    | Error error -> Law.fail $"{text}: {error.Message}"

let private run strategy (sample: Sample) =
    let prepared = Canonical.prepare sample.Options sample.Network |> Law.ok
    Derivation.run Int32.MaxValue strategy prepared |> Law.ok

[<Fact>]
let ``A written strategy takes the steps of the strategy that it names`` () =
    let strategies =
        meanings |> List.map (fun (text, strategy) -> parse [] text, strategy)

    for sample in Law.sample 100 Networks.any do
        for written, strategy in strategies do
            Assert.Equal(run strategy sample, run written sample)

[<Fact>]
let ``Without rules of its own a strategy is over those that were chosen`` () =
    let chosen = [ Absorption.fuse ]

    for sample in Law.sample 100 Networks.any do
        Assert.Equal(run (Strategy.innermost chosen) sample, run (parse chosen "innermost") sample)

[<Theory>]
[<InlineData("", 1)>]
[<InlineData("innermost then", 15)>]
[<InlineData("repeat(foo)", 8)>]
[<InlineData("sweep(foo)", 7)>]
[<InlineData("random", 7)>]
[<InlineData("repeat(unit-scale", 18)>]
[<InlineData("unit-scale unit-scale", 12)>]
let ``What is no strategy is refused at its place`` (text: string) (column: int) =
    match StrategyText.parse Catalog.all [] text with
    | Ok _ -> Law.fail $"{text} is read"
    | Error error -> Assert.Equal((1, column), (error.At.Line, error.At.Column))
