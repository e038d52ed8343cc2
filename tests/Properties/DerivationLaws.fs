module Canon.Properties.DerivationLaws

open System
open Canon.Algebra
open Canon.Verification
open Xunit

/// The network with the step done at its place.
let private replay network (step: Step) =
    match
        Derivation.replay
            { Original = network
              Result = network
              Steps = [ step ]
              Refusals = []
              Stop = Completed }
            network
    with
    | Ok network -> network
    | Error error -> Law.fail $"{error.Message}: {Print.network error.Met}"

let private derived strategy (sample: Sample) =
    let prepared = Canonical.prepare sample.Options sample.Network |> Law.ok
    Derivation.run Int32.MaxValue (strategy RowNorm) prepared |> Law.ok

let private replays strategy =
    Law.forAll Networks.any (fun sample ->
        let derivation = derived strategy sample
        Assert.Equal(derivation.Result, List.fold replay derivation.Original derivation.Steps))

let private exhaustive strategy definition =
    Canonical.exhaustive definition strategy

[<Fact>]
let ``The steps of the sweep lead from the network to its canonical form`` () = replays Canonical.sweep

[<Fact>]
let ``The steps of the innermost strategy lead to its result`` () = replays (exhaustive Strategy.innermost)

[<Fact>]
let ``The steps of the outermost strategy lead to its result`` () = replays (exhaustive Strategy.outermost)

[<Fact>]
let ``The steps of a random strategy lead to its result`` () =
    replays (exhaustive (Strategy.random 3))

let private agrees network (result: Result<Network, ReplayError>) =
    match result with
    | Ok replayed -> Assert.Equal(network, replayed)
    | Error error -> Law.fail error.Message

[<Fact>]
let ``A derivation inverted leads back`` () =
    Law.forAll Networks.any (fun sample ->
        let derivation = derived Canonical.sweep sample

        Derivation.replay (Derivation.invert derivation) derivation.Result
        |> agrees derivation.Original

        Assert.Equal(derivation, Derivation.invert (Derivation.invert derivation)))

[<Fact>]
let ``Two derivations in a row are one`` () =
    Law.forAll Networks.any (fun sample ->
        let there = derived Canonical.sweep sample
        let back = Derivation.invert there

        match Derivation.andThen there back with
        | Some both -> Derivation.replay both there.Original |> agrees there.Original
        | None -> Law.fail "the way back does not begin where the way there ends"

        if there.Steps <> [] && there.Result <> there.Original then
            Assert.Equal(None, Derivation.andThen there there))

[<Fact>]
let ``Every step of a random strategy keeps the function`` () =
    Law.forAll Networks.any (fun sample ->
        let derivation = derived (exhaustive (Strategy.random 4)) sample

        List.scan replay derivation.Original derivation.Steps
        |> List.iter (Function.isKept 1e-12 sample.Options sample.Network))

[<Fact>]
let ``A derivation is the same every time`` () =
    Law.forAll Networks.any (fun sample ->
        Assert.Equal(derived (exhaustive (Strategy.random 5)) sample, derived (exhaustive (Strategy.random 5)) sample))

[<Fact>]
let ``A run stops at its limit and says so`` () =
    Law.forAll Networks.any (fun sample ->
        let full = derived Canonical.sweep sample
        let limit = full.Steps.Length / 2

        if full.Steps |> List.forall (fun step -> step.Rule <> "scale-copy") && limit > 0 then
            let half = Derivation.run limit (Canonical.sweep RowNorm) full.Original |> Law.ok
            Assert.Equal(StepLimit limit, half.Stop)
            Assert.Equal<Step list>(List.truncate limit full.Steps, half.Steps)
            Function.isKept 1e-12 sample.Options sample.Network half.Result)

[<Fact>]
let ``A full run is complete`` () =
    Law.forAll Networks.any (fun sample -> Assert.Equal(Completed, (derived Canonical.sweep sample).Stop))

let private symbol name = Parameter.symbolic name None None
let private layer name = Network.linear (symbol name) None name

let private derive network =
    Canonical.derive Canonical.options network |> Law.ok

[<Fact>]
let ``A barrier is named with its label`` () =
    let network =
        Network.compose [ layer "W1"; Network.activation Sigmoid "gate"; layer "W2" ]

    let refusal = (derive network).Refusals |> List.exactlyOne
    Assert.Equal("activation-commutation", refusal.Rule)
    Assert.Equal("sigmoid is not positively homogeneous", refusal.Reason)
    Assert.Equal("gate", refusal.Place.Label)

[<Fact>]
let ``Every barrier that a scale meets is refused`` () =
    for phi, name in [ Sigmoid, "sigmoid"; Tanh, "tanh"; Softmax, "softmax" ] do
        let refusal =
            (derive (Network.compose [ layer "W1"; Network.activation phi "" ])).Refusals
            |> List.exactlyOne

        Assert.Equal($"{name} is not positively homogeneous", refusal.Reason)

[<Fact>]
let ``An opaque term is refused by its name`` () =
    let node =
        { Name = "LRN"
          Output = 0
          Channels = None
          Space = None
          Label = Label "norm1" }

    let network = Network.compose [ layer "W1"; Opaque(node, [ Network.identity ]) ]
    let refusal = (derive network).Refusals |> List.exactlyOne
    Assert.Equal("LRN is not an operator the calculus knows", refusal.Reason)

[<Fact>]
let ``A clip that does not keep zero is refused where a gain may be zero`` () =
    let weight = Parameter.matrix "W1" 1 1 false 1.0 (Build.values Float64 [| 2.0 |])

    let network =
        Network.compose [ Network.linear weight None ""; Network.clip 1.0 3.0 "clip" ]

    let refusal = (derive network).Refusals |> List.exactlyOne
    Assert.Equal("threshold-commutation", refusal.Rule)
    Assert.Equal("clip(1, 3) does not keep 0 at 0, and a gain may be 0", refusal.Reason)

[<Fact>]
let ``A symbolic gain is assumed positive behind a clip that does not keep zero`` () =
    let derivation = derive (Network.compose [ layer "W1"; Network.clip 1.0 3.0 "" ])

    let expected =
        Positive(Affine.gain RowNorm (Affine.ofParameters (symbol "W1") None))

    Assert.Equal<Assumption list>([ expected ], derivation.Assumptions)

[<Fact>]
let ``A symbolic gain that leads a sum is assumed positive`` () =
    let network =
        Network.compose [ layer "W0"; Network.sum [ Network.identity; layer "W1" ] ""; layer "W2" ]

    let expected =
        Positive(Affine.gain RowNorm (Affine.ofParameters (symbol "W0") None))

    Assert.Equal<Assumption list>([ expected ], (derive network).Assumptions)

[<Fact>]
let ``Nothing is assumed of weights with values`` () =
    Law.forAll Networks.any (fun sample -> Assert.Empty((derived Canonical.sweep sample).Assumptions))

[<Fact>]
let ``Two parameters of one name are refused`` () =
    let weight value =
        Parameter.matrix "W" 1 1 false 1.0 (Build.values Float64 [| value |])

    let network =
        Network.compose [ Network.linear (weight 1.0) None ""; Network.linear (weight 2.0) None "" ]

    match Canonical.derive Canonical.options network with
    | Error(AmbiguousParameter "W") -> ()
    | other -> Law.fail $"{other}"

[<Fact>]
let ``Layers that do not fit are refused`` () =
    let weight name rows columns =
        Parameter.symbolic name (Some rows) (Some columns)

    let network =
        Network.compose
            [ Network.linear (weight "W1" 3 2) None ""
              Network.linear (weight "W2" 3 2) None "" ]

    match Canonical.derive Canonical.options network with
    | Error(ShapeMismatch("linear(W2)", "the weight reads 2 channels and 3 arrive")) -> ()
    | other -> Law.fail $"{other}"
