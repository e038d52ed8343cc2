module Canon.Properties.TerminationLaws

open System
open Canon.Algebra
open Canon.Algebra.Rules
open Canon.Verification
open Xunit

/// The moves, but for the absorption by norms where it refuses all scales.
let private moves definition =
    let fires (rule: Rule) =
        not (
            GainDefinition.isPowerOfTwo definition
            && rule.Name = Commutation.normalization.Name
        )

    Canonical.copy definition :: List.filter fires (Canonical.moves definition)

let private run strategy (sample: Sample) =
    let prepared = Canonical.prepare sample.Options sample.Network |> Law.ok
    Derivation.run Int32.MaxValue strategy prepared |> Law.ok

let private lowersPotential strategy =
    Law.forAll Networks.any (fun sample ->
        let derivation = run strategy sample

        let lower network (step: Step) =
            match Derivation.replay { derivation with Steps = [ step ] } network with
            | Error error -> Law.fail error.Message
            | Ok next ->
                let before, after = Termination.potential network, Termination.potential next

                Law.isTrue
                    $"{step.Rule} at {step.Place}: {before} => {after}\n{Print.network network}\n{Print.network next}"
                    (after < before && after >= 0I)

                next

        derivation.Steps |> List.fold lower derivation.Original |> ignore)

[<Fact>]
let ``Every move of the innermost redex lowers the potential`` () =
    lowersPotential (Strategy.innermost (moves RowNorm))

[<Fact>]
let ``Every move of the outermost redex lowers the potential`` () =
    lowersPotential (Strategy.outermost (moves Augmented))

[<Fact>]
let ``Every move in random order lowers the potential`` () =
    lowersPotential (Strategy.random 3 (moves RowNorm))

[<Fact>]
let ``A sweep takes no more steps than the potential`` () =
    Law.forAll Networks.any (fun sample ->
        let derivation = run (Strategy.sweep Wires.copy (Canonical.moves RowNorm)) sample
        let potential = Termination.potential derivation.Original
        let steps = derivation.Steps.Length
        Law.isTrue $"{steps} steps, potential {potential}" (bigint steps <= potential))

let private read text =
    match Parse.network text with
    | Ok network -> network
    | Error error -> Law.fail error.Message

[<Theory>]
// From the output: 1; in front of W2 2, of relu 3. W2 counts 1 + 1, W1 1 + 3.
[<InlineData("linear(W1) -> relu -> linear(W2)", 6)>]
// Behind the concat 1, at the ends of its branches 2, in front of it 1 + 2 + 2. A branch of the sum ends at 1: in front of it
// 1 + 1 + 2. The scales count 4 and 2.
[<InlineData("scale(g) -> sum[id, relu] -> concat[scale(h), id]", 6)>]
// In front of the product 1 + 2 + 1, of relu 5; the use of x counts 1 + 2; so in front of its name 1 + 5 + 3.
[<InlineData("scale(g) -> as x -> relu -> product[id, x]", 9)>]
// The use inside the body of a second x is not one of the first: behind the product 1, in it 2; in front of the second name
// 1 + (1 + 2 + 1) + 3, of the first 1 + 8.
[<InlineData("scale(g) -> as x -> as x -> product[id, x]", 9)>]
// In front of the clip 2 * (1 + 1); 0 waits there, and counts 2.
[<InlineData("scale(g) -> scale([0]) -> clip(1, 3)", 6)>]
let ``The potential by hand`` (text: string, expected: int) =
    Assert.Equal(bigint expected, Termination.potential (read text))

[<Fact>]
let ``The potential of a normal form counts the scales that are left`` () =
    let potential text = Termination.potential (read text)
    Assert.Equal(0I, potential "unit_row_linear(V1) -> relu")
    Assert.Equal(1I, potential "unit_row_linear(V1) -> relu -> scale(g)")

[<Fact>]
let ``The potential of a chain of 100,000 terms`` () =
    let length = 100_000
    let network = Network.compose (List.replicate length (read "linear(W1)"))
    // 2 + 3 + … : each layer counts one more than the layer behind it.
    Assert.Equal(bigint length * bigint (length + 3) / 2I, Termination.potential network)

[<Fact>]
let ``The moves terminate`` () =
    for definition in GainDefinition.all do
        let report = Termination.check Termination.options (moves definition)
        Assert.Equal(Terminates, report.Verdict)

[<Fact>]
let ``Sum factoring does not lower the potential`` () =
    let report =
        Termination.check Termination.options (moves RowNorm @ [ Branches.factorSum ])

    match report.Verdict with
    | NotShown("sum-factoring", Some ascent) ->
        Assert.Equal("sum[scale(g1), id]", Print.network ascent.From)
        Assert.True(ascent.After >= ascent.Before)
    | other -> Law.fail $"{other}"

[<Fact>]
let ``Decomposing and folding back is a loop`` () =
    let report =
        Termination.check Termination.options [ Decomposition.weightNorm RowNorm; Absorption.foldBack ]

    match report.Verdict with
    | MayLoop loop ->
        Assert.Equal("linear(W1, b1)", Print.network loop.Network)
        Assert.Equal<string list>([ "weight-norm-decomposition"; "scale-fold-back" ], loop.Rules)
    | other -> Law.fail $"{other}"

[<Fact>]
let ``The rules of the catalog together may loop`` () =
    match (Termination.check Termination.options Catalog.all).Verdict with
    | MayLoop _ -> ()
    | other -> Law.fail $"{other}"

let private onRelu name after =
    Rule.define name Exact "" "" (fun parts ->
        match parts with
        | Activation(Relu, _) as relu :: _ -> Rule.fires 1 (after relu)
        | _ -> NoMatch)

[<Fact>]
let ``A rule that changes nothing is a loop`` () =
    match (Termination.check Termination.options [ onRelu "again" List.singleton ]).Verdict with
    | MayLoop loop -> Assert.Equal<string list>([ "again" ], loop.Rules)
    | other -> Law.fail $"{other}"

[<Fact>]
let ``A rule that lets networks grow is not shown to terminate`` () =
    let report =
        Termination.check Termination.options [ onRelu "twice" (fun relu -> [ relu; relu ]) ]

    match report.Verdict with
    | NotShown("twice", Some _) -> Assert.Equal(Some "relu", report.Unended |> Option.map Print.network)
    | other -> Law.fail $"{other}"

[<Fact>]
let ``Of a rule that never fires nothing is shown`` () =
    let never = Rule.define "never" Exact "" "" (fun _ -> NoMatch)
    Assert.Equal(NotShown("never", None), (Termination.check Termination.options [ never ]).Verdict)

/// A vocabulary does not have every term.
[<Fact>]
let ``Networks of the user are gone through too`` () =
    let onSigmoid =
        Rule.define "drop-sigmoid" Exact "" "" (fun parts ->
            match parts with
            | Activation(Sigmoid, _) :: _ -> Rule.fires 1 []
            | _ -> NoMatch)

    let report =
        Termination.check
            { Termination.options with
                Others = [ read "sigmoid" ] }
            [ onSigmoid ]

    Assert.Equal(1, report.Rules.Head.Fired)

[<Fact>]
let ``A report says what was found`` () =
    let describe rules =
        Termination.describe (Termination.check { Termination.options with Size = 1 } rules)

    Assert.Contains(
        "linear(W1, b1) comes back to itself by weight-norm-decomposition, scale-fold-back",
        describe [ Decomposition.weightNorm RowNorm; Absorption.foldBack ]
    )

    Assert.Contains("terminates", describe [ Absorption.unit ])
    Assert.Contains("unit-scale, steps: 1", describe [ Absorption.unit ])
