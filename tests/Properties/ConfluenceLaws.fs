module Canon.Properties.ConfluenceLaws

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

let private check rules =
    Confluence.check Confluence.options rules

/// The pairs of rules that are not joined, each with its smallest network.
let private divergences (report: ConfluenceReport) =
    report.Divergences
    |> List.map (fun d -> d.First.Rule, d.Second.Rule, Print.network d.Network)

[<Fact>]
let ``A vocabulary's networks are well shaped and different, with different names`` () =
    let networks = Vocabulary.upTo 3 |> Seq.toList
    let wellShaped = Shape.infer Map.empty { Channels = Some 1; Space = None }

    for network in networks do
        wellShaped network |> Law.ok |> ignore
        let names = Traversal.parameters network |> List.map _.Name
        Assert.Equal<string list>(List.distinct names, names)

    Assert.Equal(networks.Length, networks |> List.distinct |> List.length)

[<Fact>]
let ``A vocabulary's terms and ways to branch`` () =
    let expected =
        [ "id" ]
        @ [ "linear(W1, b1)"; "linear(W1)"; "unit_row_linear(V1)" ]
        @ [ "scale(g1)"; "scale([2])"; "scale([0])"; "scale(1)" ]
        @ [ "relu"
            "leaky_relu(0.1)"
            "square"
            "tanh"
            "clip(-1, 1)"
            "clip(1, 3)"
            "flatten(2)"
            "square_pool(all)"
            "rms_norm(1)"
            "as x" ]
        @ [ "opaque(f)"
            "sum[id, id]"
            "concat[id, id]"
            "product[id, id]"
            "tuple[id, id]"
            "opaque(f)[id, id]" ]

    Assert.Equal<string list>(expected, Vocabulary.upTo 1 |> Seq.map Print.network |> Seq.toList)

[<Fact>]
let ``Fusing scales and dropping scales of 1 is locally confluent`` () =
    let report = check [ Absorption.fuse; Absorption.unit ]
    Assert.True(report.IsLocallyConfluent, Confluence.describe report)
    Assert.Contains(report.Pairs, fun pair -> pair.First = "scale-fusion" && pair.Overlapping > pair.Trivial)

[<Fact>]
let ``The moves are locally confluent`` () =
    for definition in GainDefinition.all do
        let report = check (moves definition)
        Assert.True(report.IsLocallyConfluent, Confluence.describe report)

        // Every move overlaps with another.
        for name in report.Rules do
            Assert.Contains(report.Pairs, fun pair -> (pair.First = name || pair.Second = name) && pair.Overlapping > 0)

/// Two scales of 1 around a layer, dropped in either order: once the second is gone, absorbing the first leads to another normal
/// form. But the first can still be dropped too.
[<Fact>]
let ``A pair is joined when some order joins it`` () =
    Assert.Equal<(string * string * string) list>(
        [ "scale-absorption", "unit-scale", "scale(1) -> linear(W1, b1)" ],
        divergences (check [ Absorption.absorb RowNorm; Absorption.unit ])
    )

/// Why sums are factored only when nothing moves any more: the leader is decided by the gains that have arrived.
[<Fact>]
let ``Sum factoring among the moves is not confluent`` () =
    let report = check (moves RowNorm @ [ Branches.factorSum ])

    Assert.Contains(
        ("weight-norm-decomposition", "sum-factoring", "sum[linear(W1, b1), scale([3])]"),
        divergences report
    )

let private onTanh name after =
    Rule.define name Exact "" "" (fun parts ->
        match parts with
        | Activation(Tanh, _) :: _ -> Rule.fires 1 after
        | _ -> NoMatch)

[<Fact>]
let ``Two rules that make different things of one term are not confluent`` () =
    let report =
        check [ onTanh "to-abs" [ Network.activation Abs "" ]; onTanh "drop" [] ]

    Assert.Equal<(string * string * string) list>([ "to-abs", "drop", "tanh" ], divergences report)
    let divergence = report.Divergences.Head
    Assert.Equal("abs", Print.network divergence.First.NormalForm)
    Assert.Equal("id", Print.network divergence.Second.NormalForm)
    Assert.False report.IsLocallyConfluent

/// A rule may look at terms that it does not replace.
[<Fact>]
let ``Steps that do not overlap are compared too`` () =
    let beforeRelu =
        Rule.define "drop-before-relu" Exact "" "" (fun parts ->
            match parts with
            | Activation(Tanh, _) :: Activation(Relu, _) :: _ -> Rule.fires 1 []
            | _ -> NoMatch)

    let reluToAbs =
        Rule.define "relu-to-abs" Exact "" "" (fun parts ->
            match parts with
            | Activation(Relu, _) :: _ -> Rule.fires 1 [ Network.activation Abs "" ]
            | _ -> NoMatch)

    let report = check [ beforeRelu; reluToAbs ]

    Assert.Equal<(string * string * string) list>(
        [ "drop-before-relu", "relu-to-abs", "tanh -> relu" ],
        divergences report
    )

    let pair = report.Pairs |> List.find (fun pair -> pair.First <> pair.Second)
    Assert.Equal(0, pair.Overlapping)

[<Fact>]
let ``Rules that undo each other are undecided`` () =
    let report =
        check
            [ Decomposition.weightNorm RowNorm
              Absorption.foldBack
              Absorption.absorb RowNorm ]

    Assert.False report.IsLocallyConfluent
    Assert.Equal(Some "linear(W1, b1) -> linear(W2, b2)", report.Undecided |> Option.map Print.network)

[<Fact>]
let ``Rules of which no two steps meet are not shown to be confluent`` () =
    let never = Rule.define "never" Exact "" "" (fun _ -> NoMatch)
    Assert.False (check [ never ]).IsLocallyConfluent

[<Fact>]
let ``A report shows both ways from the smallest network`` () =
    let describe size rules =
        Confluence.describe (Confluence.check { Confluence.options with Size = size } rules)

    Assert.Contains("nothing shown", describe 1 (moves RowNorm))
    Assert.Contains("locally confluent", describe 2 (moves RowNorm))

    let text = describe 2 [ Absorption.unit; Absorption.absorb RowNorm ]
    Assert.Contains("not joined: scale(1) -> linear(W1", text)
    Assert.Contains("by unit-scale at 0: linear(W1", text)
    Assert.Contains("by scale-absorption at 0: unit_row_linear(V1", text)
