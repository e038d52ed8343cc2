module Canon.Properties.TrainerLaws

open System
open System.Threading
open Canon.Algebra
open Canon.Algebra.Training
open Canon.Verification
open Xunit

let private split = Dataset.moons.Draw 3

let private network kind =
    Method.network
        { Kind = kind
          Pcr = PcrOptions.standard }
        5
        2
        [ 16; 16 ]
        2

let private plain = network MethodKind.None

let private options: TrainerOptions =
    { Loss = Loss.CrossEntropy
      Optimizer = Optimizer.adam
      Rate = 0.003
      BatchSize = 32
      WeightDecay = 0.0
      Pcr = None
      UnitRows = Set.empty
      Precision = Precision.Double
      Seed = 1 }

let private create options network state =
    Trainer.Create(options, network, split.Train, state) |> Law.ok

let private losses steps (trainer: Trainer) =
    [ for _ in 1..steps -> (trainer.Step() |> Law.ok).Loss ]

let private pcr =
    { PcrOptions.standard with
        Period = 7
        MaxGain = Some 3.0 }

let private variants =
    [ "adam", options, plain
      "sgd",
      { options with
          Optimizer = Sgd 0.9
          Rate = 0.03 },
      plain
      "rmsprop",
      { options with
          Optimizer = RmsProp(0.99, 1e-8) },
      plain
      "adamw",
      { options with
          Optimizer = Optimizer.adamW 0.1 },
      plain
      "l2", { options with WeightDecay = 0.01 }, plain
      "weight norm", options, network MethodKind.WeightNorm
      "batch norm", options, network MethodKind.BatchNorm
      "pcr", { options with Pcr = Some pcr }, plain
      "full transport",
      { options with
          Pcr = Some { pcr with Moments = MomentRule.Full } },
      plain
      "penalty",
      { options with
          Pcr =
              Some
                  { pcr with
                      Penalty = Some { Strength = 0.001; AtEvents = false } } },
      plain
      "manifold",
      Method.options
          { Kind = MethodKind.Manifold
            Pcr = pcr }
          0.003
          nan
          32
          1
          (network MethodKind.Manifold),
      network MethodKind.Manifold ]

[<Fact>]
let ``Training that was interrupted goes on bit by bit as if it had not been`` () =
    for name, options, network in variants do
        let whole = create options network None
        let expected = losses 40 whole
        let first = create options network None
        let before = losses 23 first
        let second = create options network (Some first.State)
        Assert.Equal<float>(expected, before @ losses 17 second)

        for KeyValue(parameter, numbers) in whole.State.Weights do
            Law.isTrue $"{name}: {parameter} differs" (numbers = second.State.Weights[parameter])

[<Fact>]
let ``Every method learns`` () =
    for name, options, network in variants do
        let trainer = create options network None
        let losses = losses 300 trainer
        let first, last = List.average losses[..19], List.average losses[280..]
        Law.isTrue $"{name}: from {first} to {last}" (last < 0.75 * first)

/// A gauge of powers of two, the whole state carried along: nothing is to be seen of the events.
[<Fact>]
let ``Lossless events with full transport leave every loss to the bit`` () =
    for gauge in [ EventGauge.Canonical; EventGauge.Balanced ] do
        for optimizer, rate in
            [ Optimizer.adam, 0.003
              Optimizer.adamW 0.1, 0.003
              Sgd 0.9, 0.03
              RmsProp(0.99, 1e-8), 0.003 ] do
            let without =
                { options with
                    Optimizer = optimizer
                    Rate = rate }

            let eventful =
                { without with
                    Pcr =
                        Some
                            { PcrOptions.standard with
                                Period = 3
                                Gauge = gauge
                                Definition = PowerOfTwo Augmented
                                Moments = MomentRule.Full } }

            Assert.Equal<float>(losses 60 (create without plain None), losses 60 (create eventful plain None))

[<Fact>]
let ``Events come in front of the first step and behind every period`` () =
    let trainer = create { options with Pcr = Some pcr } plain None
    let counts = [ for _ in 1..15 -> (trainer.Step() |> Law.ok).Events.Length ]
    Assert.Equal<int>([ 1; 0; 0; 0; 0; 0; 1; 0; 0; 0; 0; 0; 0; 1; 0 ], counts)

[<Fact>]
let ``Behind an event the gain is at most the cap`` () =
    let trainer = create { options with Pcr = Some pcr } plain None

    for _ in 1..70 do
        let report = trainer.Step() |> Law.ok

        if not report.Events.IsEmpty then
            let gain = Pcr.gain trainer.Plan.Value trainer.State.Weights |> Law.ok
            Law.isTrue $"{gain}" (gain <= 3.0 * (1.0 + 1e-12))

[<Fact>]
let ``On the manifold rows stay of norm 1`` () =
    let network = network MethodKind.Manifold

    let trainer =
        create
            (Method.options
                { Kind = MethodKind.Manifold
                  Pcr = pcr }
                0.003
                nan
                32
                1
                network)
            network
            None

    losses 50 trainer |> ignore
    let weights = trainer.State.Weights

    for name, width in [ "W1", 2; "W2", 16; "W3", 16 ] do
        for row in Array.chunkBySize width weights[name] do
            Assert.Equal(1.0, row |> Array.sumBy (fun x -> x * x) |> sqrt, 14)

/// In training form and by what it has averaged a batch norm is the same where the batch is all there is and it has seen it long enough.
[<Fact>]
let ``What batch norms keep comes to the statistics of the data`` () =
    let network = network MethodKind.BatchNorm

    let trainer =
        create
            { options with
                BatchSize = 100
                Rate = 0.0 }
            network
            None

    losses 300 trainer |> ignore
    let weights = trainer.State.Weights

    let inputs = split.Train.Input.Data |> Array.chunkBySize 2

    let w = weights["W1"]

    for i in 0..15 do
        let values = inputs |> Array.map (fun x -> w[2 * i] * x[0] + w[2 * i + 1] * x[1])
        let mean = Array.average values
        Assert.Equal(mean, weights["mean1"][i], 10)
        let variance = (values |> Array.sumBy (fun v -> (v - mean) ** 2.0)) / 99.0
        Assert.Equal(variance, weights["variance1"][i], 10)

[<Fact>]
let ``A loss that is not finite stops training with the step, and the state before it stays`` () =
    let trainer =
        create
            { options with
                Optimizer = Sgd 0.0
                Rate = 1e200 }
            plain
            None

    let rec run steps =
        if steps > 50 then
            Law.fail "it did not stop"
        else
            match trainer.Step() with
            | Ok _ -> run (steps + 1)
            | Error error -> steps, error.Message

    let steps, message = run 0
    Law.isTrue message (message.StartsWith $"step {steps + 1}: ")
    Assert.Equal(steps, trainer.State.Step)

    for KeyValue(name, numbers) in trainer.State.Weights do
        Law.isTrue name (Array.forall Double.IsFinite numbers)

[<Fact>]
let ``A batch of nothing is refused`` () =
    Assert.Throws<ArgumentOutOfRangeException>(fun () ->
        Trainer.Create({ options with BatchSize = 0 }, plain, split.Train, None)
        |> ignore)
    |> ignore

let private outputs channels (numbers: float list) =
    Signal.create (numbers.Length / channels) [] channels (Array.ofList numbers)

[<Fact>]
let ``Cross-entropy by hand`` () =
    let struct (loss, derivative) =
        Loss.value Loss.CrossEntropy (Targets.Classes [| 0; 1 |]) (outputs 2 [ 0.0; 0.0; 0.0; log 3.0 ])
        |> Law.ok

    Assert.Equal((log 2.0 + log (4.0 / 3.0)) / 2.0, loss, 14)
    Assert.Equal(-0.25, derivative[0], 14)
    Assert.Equal(0.125, derivative[2], 14)

[<Fact>]
let ``Cross-entropy of large outputs is finite`` () =
    let struct (loss, _) =
        Loss.value Loss.CrossEntropy (Targets.Classes [| 1 |]) (outputs 2 [ 1e5; 0.0 ])
        |> Law.ok

    Assert.Equal(1e5, loss)

[<Fact>]
let ``Losses have the derivatives that differences show`` () =
    let random = Random 5
    let output = outputs 3 [ for _ in 1..12 -> Build.normal random ]

    for loss, targets in
        [ Loss.CrossEntropy, Targets.Classes [| 0; 2; 1; 1 |]
          Loss.BinaryCrossEntropy, Targets.Values(Array.init 12 (fun _ -> random.NextDouble()))
          Loss.Squared, Targets.Values(Array.init 12 (fun _ -> Build.normal random)) ] do
        let at (signal: Signal) =
            let struct (value, _) = Loss.value loss targets signal |> Law.ok in value

        let struct (_, derivative) = Loss.value loss targets output |> Law.ok

        for k in 0..11 do
            let moved h =
                { output with
                    Data = output.Data |> Array.mapi (fun i x -> if i = k then x + h else x) }

            let expected = (at (moved 1e-5) - at (moved -1e-5)) / 2e-5
            Assert.Equal(expected, derivative[k], 8)

[<Fact>]
let ``Targets that do not fit are refused`` () =
    let refused loss targets message =
        match Loss.value loss targets (outputs 2 [ 0.0; 0.0 ]) with
        | Error error -> Assert.Equal("the loss: " + message, error.Message)
        | Ok _ -> Law.fail "they were taken"

    refused Loss.CrossEntropy (Targets.Classes [| 2 |]) "class 2 is none of the 2 of the output"
    refused Loss.CrossEntropy (Targets.Values [| 1.0 |]) "cross-entropy needs classes"
    refused Loss.Squared (Targets.Values [| 1.0 |]) "1 numbers are given for 2 of the output"

[<Fact>]
let ``Methods are named as they are written`` () =
    for text in
        [ "none"
          "pcr-hard"
          "pcr-hard:canonical:note"
          "pcr-soft:reset:row-norm:no-start:period=50"
          "pcr-hard:cap-in-moments" ] do
        match Method.parse text with
        | Ok method ->
            match Method.parse (Method.name method) with
            | Ok again -> Assert.Equal(method, again)
            | Error reason -> Law.fail reason
        | Error reason -> Law.fail reason

    Assert.Equal<string>(
        [ "none"
          "l2"
          "adamw"
          "weight-norm"
          "batch-norm"
          "gain-penalty"
          "pcr-hard"
          "pcr-soft"
          "manifold" ],
        Method.all |> List.map Method.name
    )

/// At the start the same directions are drawn for all methods: without training they classify alike.
[<Fact>]
let ``All methods start from the same function but for normalization and one factor`` () =
    let logits kind =
        Evaluate.vector (network kind) [| 0.3; -0.7 |] |> Law.ok

    let expected = logits MethodKind.None
    Assert.Equal<float>(expected, logits MethodKind.L2)

    Array.iter2 (fun (e: float) (a: float) -> Assert.Equal(e, a, 12)) expected (logits MethodKind.WeightNorm)

[<Fact>]
let ``A run can be repeated number by number`` () =
    let options =
        { Laboratory.options with
            Hidden = [ 8 ]
            Steps = 60 }

    let setting =
        { Method = { Kind = MethodKind.PcrHard; Pcr = pcr }
          Rate = 0.003
          Strength = 3.0 }

    let run () =
        Laboratory.run options Dataset.moons setting 1 CancellationToken.None

    let first, second = run (), run ()
    Assert.Equal(first.Test.NegativeLogLikelihood, second.Test.NegativeLogLikelihood)
    Assert.Equal(first.GlobalGain, second.GlobalGain)
    Assert.Equal<float>(first.Jumps, second.Jumps)
    Assert.True(Array.forall Double.IsFinite first.Jumps)
    Assert.Equal(60, first.Curve[first.Curve.Length - 1].Step)

[<Fact>]
let ``A run that flies apart says so`` () =
    let setting =
        { Method = { Kind = MethodKind.None; Pcr = pcr }
          Rate = 1e300
          Strength = nan }

    let run =
        Laboratory.run Laboratory.options Dataset.moons setting 1 CancellationToken.None

    Assert.True run.Failure.IsSome
    Assert.True(Double.IsNaN run.Test.Accuracy)
