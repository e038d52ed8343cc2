module Canon.Properties.DerivationCheckLaws

open System
open FsCheck
open FsCheck.FSharp
open Canon.Algebra
open Canon.Verification
open Canon.Algebra.Rules
open Xunit

let private options =
    { DerivationCheck.options with
        Samples = 4 }

let private check derivation =
    DerivationCheck.run options derivation |> Law.ok

let private isSound (derivation: Derivation) =
    let report = check derivation
    Assert.Equal(derivation.Steps.Length, report.Steps.Length)

    if not report.IsSound then
        Law.fail (String.Join("\n", report.Messages))

let private derived strategy (sample: Sample) =
    let prepared = Canonical.prepare sample.Options sample.Network |> Law.ok
    Derivation.run Int32.MaxValue strategy prepared |> Law.ok

let private swept (sample: Sample) =
    derived (Canonical.sweep RowNorm) sample

[<Fact>]
let ``Derivations of the sweep are sound`` () =
    Law.forAll Networks.any (swept >> isSound)

[<Fact>]
let ``Derivations with gains of powers of two are sound`` () =
    Law.forAll Networks.any (derived (Canonical.sweep (PowerOfTwo RowNorm)) >> isSound)

[<Fact>]
let ``Derivations with augmented gains are sound`` () =
    Law.forAll Networks.any (derived (Canonical.sweep Augmented) >> isSound)

[<Fact>]
let ``Derivations of a random strategy are sound`` () =
    Law.forAll Networks.any (derived (Canonical.exhaustive RowNorm (Strategy.random 2)) >> isSound)

[<Fact>]
let ``Derivations of symbols are sound`` () =
    Law.forAll Networks.any (fun sample ->
        Canonical.derive sample.Options (fst (Forget.network sample.Network))
        |> Law.ok
        |> isSound)

[<Fact>]
let ``Derivations turned round are sound`` () =
    Law.forAll Networks.any (swept >> Derivation.invert >> isSound)

[<Fact>]
let ``There and back again is sound`` () =
    Law.forAll Networks.any (fun sample ->
        let there = swept sample

        match Derivation.andThen there (Derivation.invert there) with
        | Some both -> isSound both
        | None -> Law.fail "the way back does not begin where the way there ends")

[<Fact>]
let ``Two ways in a row are sound`` () =
    Law.forAll Networks.any (fun sample ->
        let there = swept sample

        let again =
            Derivation.run
                Int32.MaxValue
                (Strategy.allTopDown (Strategy.attempt (Strategy.rule Absorption.foldBack)))
                there.Result
            |> Law.ok

        let once = Derivation.andThen there again

        let third =
            Derivation.run Int32.MaxValue (Canonical.sweep RowNorm) again.Result |> Law.ok

        once
        |> Option.bind (fun once -> Derivation.andThen once third)
        |> Option.get
        |> isSound)

/// A derivation with at least one step, and a number to choose a step by.
let private withStep =
    let withLayer =
        Draw.dense Profile.everything
        |> Gen.map (Fully >> List.singleton)
        |> Draw.beginning Profile.everything
        |> Networks.ofOutlines

    Arb.zip (withLayer, Arb.fromGen Draw.seed)

let private tampered tamper (sample: Sample, seed: int) =
    let derivation = swept sample
    let index = seed % derivation.Steps.Length

    match tamper seed index derivation.Steps with
    | Some steps -> Some(index, check { derivation with Steps = steps })
    | None -> None

let private isCaught tamper =
    Law.forAll withStep (fun case ->
        match tampered tamper case with
        | Some(_, report) -> Law.isTrue "the tampering was not seen" (not report.IsSound)
        | None -> ())

let private named rule (step: Step) =
    Step.Create(rule, step.Place, step.Before, step.After, step.Assumptions)

let private at index f (steps: Step list) =
    List.updateAt index (f steps[index]) steps

[<Fact>]
let ``A step whose terms after are doubled in size is caught at that step`` () =
    Law.forAll withStep (fun case ->
        let louder _ index steps =
            Some(
                steps
                |> at index (fun step ->
                    step.With(step.Before, step.After @ [ Scale(Gain.ofValues [ 2.0 ]) ], step.Assumptions))
            )

        match tampered louder case with
        | Some(index, report) -> Assert.NotEmpty(report.Steps[index].Faults)
        | None -> ())

[<Fact>]
let ``A step left out is caught`` () =
    isCaught (fun _ index steps -> Some(List.removeAt index steps))

[<Fact>]
let ``A step done twice is caught`` () =
    isCaught (fun _ index steps -> Some(List.insertAt index steps[index] steps))

[<Fact>]
let ``A step under the name of another rule is caught at that step`` () =
    Law.forAll withStep (fun case ->
        let rename seed index (steps: Step list) =
            let others = Catalog.all |> List.map _.Name |> List.filter ((<>) steps[index].Rule)

            Some(steps |> at index (fun step -> step |> named others[seed % others.Length]))

        match tampered rename case with
        | Some(index, report) -> Assert.NotEmpty(report.Steps[index].Faults)
        | None -> ())

[<Fact>]
let ``A step under a name that no rule bears is caught`` () =
    let case = Law.sample 1 withStep |> Seq.head

    match tampered (fun _ index steps -> Some(steps |> at index (named "no-such-rule"))) case with
    | Some(index, report) -> Assert.Contains(StepFault.UnknownRule, report.Steps[index].Faults)
    | None -> Law.fail "no step"

[<Fact>]
let ``A step turned round that was none is caught`` () =
    isCaught (fun _ index steps -> Some(steps |> at index (fun s -> s.With(s.After, s.Before, s.Assumptions).Invert())))

[<Fact>]
let ``A step with an assumption more is caught at that step`` () =
    Law.forAll withStep (fun case ->
        let assume _ index steps =
            Some(
                steps
                |> at index (fun step ->
                    step.With(step.Before, step.After, Positive(Gain.ofValues [ 1.0 ]) :: step.Assumptions))
            )

        match tampered assume case with
        | Some(index, report) when report.Steps[index].Step.Rule <> Wires.copy.Name ->
            Assert.NotEmpty(report.Steps[index].Faults)
        | _ -> ())

let private symbol name = Parameter.symbolic name None None
let private layer name = Network.linear (symbol name) None ""

let private derive network =
    Canonical.derive Canonical.options network |> Law.ok

[<Fact>]
let ``A rule that refuses is no step`` () =
    let scale = Scale(Gain.symbol "g" None)
    let tanh = Network.activation Tanh "gate"
    let network = Network.compose [ scale; tanh ]

    let report =
        check
            { Original = network
              Result = Network.compose [ tanh; scale ]
              Steps =
                [ Step.Create(
                      Commutation.activation.Name,
                      { Path = [ 0 ]; Label = "gate" },
                      [ scale; tanh ],
                      [ tanh; scale ],
                      []
                  ) ]
              Refusals = []
              Stop = Completed }

    match report.Steps.Head.Faults with
    | [ StepFault.Refused "tanh is not positively homogeneous"; StepFault.FunctionChanged _ ] -> ()
    | faults -> Law.fail $"{faults}"

    Assert.StartsWith(
        "step 0, activation-commutation at gate (0): the rule refuses: tanh is not positively homogeneous",
        report.Messages.Head
    )

/// A rule may do what it says and still be wrong.
[<Fact>]
let ``A rule that changes the function is caught by its numbers`` () =
    let wrong =
        Rule.define "wrong" Exact "scale(g) -> tanh = tanh -> scale(g)" "" (fun parts ->
            match parts with
            | Scale g :: (Activation(Tanh, _) as tanh) :: _ -> Rule.fires 2 [ tanh; Scale g ]
            | _ -> NoMatch)

    let network =
        Network.compose [ layer "W"; Scale(Gain.symbol "g" None); Network.activation Tanh "" ]

    let derivation =
        Derivation.run Int32.MaxValue (Strategy.oneTopDown (Strategy.rule wrong)) network
        |> Law.ok

    let report =
        DerivationCheck.run { options with Rules = [ wrong ] } derivation |> Law.ok

    match report.Steps.Head.Faults with
    | [ StepFault.FunctionChanged error ] -> Law.isTrue $"{error}" (error > 0.01)
    | faults -> Law.fail $"{faults}"

/// `as x` inside the terms: what x names counts, as long as somebody reads it.
[<Fact>]
let ``A rule that changes a named value is caught`` () =
    let wrong =
        Rule.define "wrong" Exact "scale(g) -> as x = as x -> scale(g)" "" (fun parts ->
            match parts with
            | (Scale _ as scale) :: (As _ as name) :: _ -> Rule.fires 2 [ name; scale ]
            | _ -> NoMatch)

    let run network =
        let derivation =
            Derivation.run Int32.MaxValue (Strategy.oneTopDown (Strategy.rule wrong)) network
            |> Law.ok

        (DerivationCheck.run { options with Rules = [ wrong ] } derivation |> Law.ok).Steps.Head.Faults

    let scaled rest =
        Network.compose (Scale(Gain.symbol "g" None) :: As "x" :: rest)

    Assert.Empty(run (scaled [ layer "W" ]))
    Assert.NotEmpty(run (scaled [ layer "W"; Wire "x" ]))

let private skips =
    Network.compose
        [ layer "W0"
          As "x"
          Network.activation Relu ""
          layer "W1"
          Network.sum [ Network.identity; Wire "x" ] ""
          layer "W2"
          Network.concat [ Network.identity; Wire "x" ] "" ]

let private uses (derivation: Derivation) =
    derivation.Steps
    |> List.indexed
    |> List.filter (fun (_, step) -> step.Rule = Wires.copy.Name && step.Before.Length = 1)

[<Fact>]
let ``A sweep past a name is sound`` () =
    let derivation = derive skips
    Assert.Equal(2, (uses derivation).Length)
    isSound derivation
    isSound (Derivation.invert derivation)

[<Fact>]
let ``A use of a wire that gets another scale than its name passed is caught`` () =
    let derivation = derive skips
    let index, use' = (uses derivation).Head

    let other =
        use'.With(use'.Before, [ Wire "x"; Scale(Gain.symbol "h" None) ], use'.Assumptions)

    match
        (check
            { derivation with
                Steps = List.updateAt index other derivation.Steps })
            .Steps[index]
            .Faults
    with
    | [ StepFault.WireScale("x", _) ] -> ()
    | faults -> Law.fail $"{faults}"

/// The last use gets no scale: nothing behind it misses it.
[<Fact>]
let ``A use of a wire that gets no scale is caught at the step that passed the name`` () =
    let derivation = derive skips
    let index, _ = (uses derivation) |> List.last

    let steps = List.take index derivation.Steps

    let result =
        match Derivation.replay { derivation with Steps = steps } derivation.Original with
        | Ok network -> network
        | Error error -> Law.fail error.Message

    let report =
        check
            { derivation with
                Steps = steps
                Result = result }

    let passing = steps |> List.findIndex (fun step -> step.Rule = Wires.copy.Name)

    match report.Steps[passing].Faults with
    | [ StepFault.WireScale("x", _) ] -> ()
    | faults -> Law.fail $"{faults}"

    Assert.True report.ReachesResult

[<Fact>]
let ``A use of a wire that gets its scale twice is caught`` () =
    let derivation = derive skips
    let index, use' = (uses derivation).Head

    match
        (check
            { derivation with
                Steps = List.insertAt index use' derivation.Steps })
            .Steps[index + 1]
            .Faults
    with
    | [ StepFault.WireScale("x", "it has its scale already") ] -> ()
    | faults -> Law.fail $"{faults}"

[<Fact>]
let ``An assumption that the numbers break is caught`` () =
    let derivation =
        derive (Network.compose [ Scale(Gain.symbol "g" None); Network.clip 1.0 3.0 "" ])

    Assert.NotEmpty derivation.Assumptions
    isSound derivation

    let broken =
        Derivation.substitute
            { Substitution.empty with
                Gains = Map.ofList [ "g", Gain.ofValues [ 0.0; 2.0 ] ] }
            derivation
        |> Law.ok

    Assert.Contains(
        (check broken).Steps.Head.Faults,
        fun fault ->
            match fault with
            | StepFault.AssumptionFails _ -> true
            | _ -> false
    )

[<Fact>]
let ``Numbers that cannot be compared are a fault`` () =
    let loud k =
        Network.linear (Parameter.matrix $"W{k}" 1 1 false 1.0 (Build.values Float64 [| 8.0 |])) None ""

    let report = check (derive (Network.compose (List.init 500 loud)))
    Assert.False report.IsSound
    Assert.True report.ReachesResult

[<Fact>]
let ``4,000 symbolic layers are checked`` () =
    let network =
        Network.compose
            [ for k in 1..4_000 do
                  Network.linear (symbol $"W{k}") (Some(symbol $"b{k}")) ""
                  Network.activation Relu "" ]

    isSound (derive network)

[<Fact>]
let ``100,000 symbolic layers are replayed`` () =
    let network =
        Network.compose
            [ for k in 1..100_000 do
                  layer $"W{k}"
                  Network.activation Relu "" ]

    let derivation = derive network

    match Derivation.replay derivation network with
    | Ok result -> Assert.Equal(derivation.Result, result)
    | Error error -> Law.fail error.Message
