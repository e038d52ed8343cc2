module Canon.Properties.VerifierLaws

open Canon.Algebra
open Canon.Algebra.Rules
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private options =
    { RuleVerifier.options with
        Tries = Law.cases }

let private refuted rule =
    match RuleVerifier.verify RuleVerifier.options rule with
    | Refuted(counterexample, _) -> counterexample
    | other -> Law.fail (Verdict.describe other)

let private wrong name =
    WrongRules.all |> List.find (fun rule -> rule.Name = name)

[<Fact>]
let ``Every rule of the catalog is verified`` () =
    let others =
        GainDefinition.all
        |> List.tail
        |> List.collect (fun definition -> Absorption.absorb definition :: Decomposition.all definition)

    for rule in Catalog.all @ others do
        match RuleVerifier.verify options rule with
        | Verified evidence ->
            Law.isTrue
                $"{rule.Name} fires {evidence.Fired} times on {evidence.Networks} networks"
                (50 * evidence.Fired >= evidence.Networks && evidence.Skipped = 0)
        | other -> Law.fail (Verdict.describe other)

let wrongRules = TheoryData<string>(WrongRules.all |> List.map _.Name)

[<Theory>]
[<MemberData(nameof wrongRules)>]
let ``A wrong rule is refuted by a small network`` (name: string) =
    let counterexample = refuted (wrong name)
    let size = Traversal.size counterexample.Network
    Law.isTrue $"{Print.network counterexample.Network} has {size} terms" (size <= 12)

[<Fact>]
let ``A rule that answers differently the second time is refuted`` () =
    Assert.Equal(Unsteady, (refuted (WrongRules.unsteady ())).Fault)

/// The smallest network that shows the slip.
[<Theory>]
[<InlineData("a clip is taken for relu", "scale([2]) -> clip(-1, 1)")>]
[<InlineData("two scales, one dropped", "scale([2]) -> scale([2])")>]
[<InlineData("fold back forgets the bias", "linear(W1, b1) -> scale([2])")>]
[<InlineData("the gain is lost", "linear(W1)")>]
[<InlineData("the identity branch is forgotten", "sum[id, id]")>]
[<InlineData("uses of the wire are forgotten", "scale([2]) -> as x0 -> x0")>]
let ``A counterexample is as small as it can be`` (name: string, network: string) =
    Assert.Equal(network, Print.network (refuted (wrong name)).Network)

[<Fact>]
let ``The seed of a counterexample leads to it at once`` () =
    for rule in
        WrongRules.all
        |> List.indexed
        |> List.filter (fun (i, _) -> i % 6 = 0)
        |> List.map snd do
        let counterexample = refuted rule

        let replayed =
            { options with
                Seed = counterexample.Seed
                Tries = 1 }

        match RuleVerifier.verify replayed rule with
        | Refuted(again, evidence) ->
            Assert.Equal(1, evidence.Networks)
            Assert.Equal(Print.document counterexample.Network, Print.document again.Network)
            Assert.Equal((counterexample.Place, counterexample.Fault), (again.Place, again.Fault))
        | other -> Law.fail (Verdict.describe other)

[<Fact>]
let ``The same seed gives the same evidence`` () =
    let rule = Catalog.all.Head
    let few = { options with Tries = 100 }
    Assert.Equal(RuleVerifier.verify few rule, RuleVerifier.verify few rule)
    Assert.NotEqual(RuleVerifier.verify few rule, RuleVerifier.verify { few with Seed = 1000 } rule)

let private rare =
    Rule.define "rare" Exact "clip(7, 9) = clip(7, 9)" "" (fun terms ->
        match terms with
        | Clip(7.0, 9.0, _, _) as clip :: _ -> Rule.fires 1 [ clip ]
        | _ -> NoMatch)

[<Fact>]
let ``A rule that never fires is not verified`` () =
    match RuleVerifier.verify { options with Tries = 100 } rare with
    | NeverFired evidence -> Assert.Equal((100, 0), (evidence.Networks, evidence.Fired))
    | other -> Law.fail (Verdict.describe other)

[<Fact>]
let ``Redexes are what a rule with a rare pattern is tried on`` () =
    let redexes =
        Gen.constant [ Bounds(7.0, 9.0) ]
        |> Draw.around Profile.doubles
        |> Networks.ofOutlines

    match
        RuleVerifier.verify
            { options with
                Tries = 100
                Redexes = Some redexes }
            rare
    with
    | Verified evidence ->
        Assert.InRange(evidence.Fired, 30, 100)
        Assert.Equal<(string * int) list>([ "clip", evidence.Fired ], evidence.Coverage)
    | other -> Law.fail (Verdict.describe other)

[<Fact>]
let ``Refusals are counted with their reasons`` () =
    match RuleVerifier.verify options Commutation.activation with
    | Verified evidence ->
        let reasons = List.map fst evidence.Refusals
        Assert.Contains("tanh is not positively homogeneous", reasons)
        Assert.Contains("mystery is not an operator the calculus knows", reasons)
    | other -> Law.fail (Verdict.describe other)

/// A gain that is assumed positive is taken at its word, and one that is not is held against the rule.
[<Fact>]
let ``An assumption excuses what does not meet it`` () =
    let dividing assumptions =
        Rule.define "divide" Exact "scale(g) = scale(g) -> scale(1/g) -> scale(g) for g > 0" "" (fun terms ->
            match terms with
            | Scale g :: _ when Gain.blocks g ->
                let signs = Gain.divide g g

                Rule.firesAssuming
                    (assumptions g)
                    1
                    [ Scale g; Scale(Gain.divide Gain.one signs); Scale(Gain.ofValues [ 2.0 ]) ]
            | Scale g :: _ -> Rule.firesAssuming (assumptions g) 1 [ Scale g ]
            | _ -> NoMatch)

    match RuleVerifier.verify options (dividing (fun g -> [ Positive g ])) with
    | Verified evidence -> Law.isTrue "every gain was positive" (evidence.Skipped > 0)
    | other -> Law.fail (Verdict.describe other)

    refuted (dividing (fun _ -> [])) |> ignore

[<Fact>]
let ``A long chain is no harm to a verifier`` () =
    let chain = Network.compose (List.replicate 20_000 (Network.activation Tanh ""))

    let sample =
        Sample(
            { Canonical.options with
                Input = Shape.vector 1 },
            chain
        )

    let atTheEnd =
        Rule.define "at-the-end" Exact "tanh = tanh" "" (fun terms ->
            match terms with
            | [ Activation(Tanh, _) as last ] -> Rule.fires 1 [ last ]
            | _ -> NoMatch)

    let verdict =
        RuleVerifier.verify
            { options with
                Tries = 4
                Redexes = Some(Arb.fromGen (Gen.constant sample)) }
            atTheEnd

    Law.isTrue (Verdict.describe verdict) verdict.IsVerified

[<Fact>]
let ``A verdict tells all that there is to know`` () =
    let lines (rule: Rule) =
        (Verdict.describe (RuleVerifier.verify RuleVerifier.options rule)).Split '\n'

    let told = lines (wrong "fold back forgets the bias")

    for line in
        [ "rule       fold back forgets the bias"
          "verdict    refuted: the outputs differ"
          "network    linear(W1: 1x1, b1) -> scale([2])"
          "step       at 0: linear(W1: 1x1, b1) -> scale([2])"
          "           becomes linear(diag([2]) * W1: 1x1, b1)"
          "  b1 = [1]"
          "input      [1]"
          "before     [4]"
          "after      [3]" ] do
        Assert.Contains(line, told)

    Assert.Contains(told, fun line -> line.StartsWith "replay     seed ")
    Assert.Contains("verdict    not verified: the rule never fired", lines rare)
    Assert.Contains("verdict    verified", lines Absorption.fuse)
