module Canon.Properties.OptimizerLaws

open System
open Canon.Algebra
open Canon.Algebra.Training
open Canon.Verification
open FsCheck.FSharp
open Xunit

let private optimizers =
    [ Sgd 0.0, 1e-3
      Sgd 0.9, 1e-3
      RmsProp(0.99, 1e-8), 1e-3
      Optimizer.adam, 1e-3
      Optimizer.adamW 0.1, 1e-3 ]

/// Σ ln(1 + y²)/2 over all outputs: a loss whose derivatives change on the way and stay within reason.
let private bounded: Objective =
    fun outputs ->
        struct (outputs
                |> List.sumBy (fun y -> y.Data |> Array.sumBy (fun x -> Math.Log(1.0 + x * x) / 2.0)),
                outputs |> List.map (fun y -> y.Data |> Array.map (fun x -> x / (1.0 + x * x))))

/// Steps from some weights on; the losses on the way.
let private train rate steps sample network (weights: Tensors) state =
    let weights = Map.map (fun _ numbers -> Array.copy numbers) weights
    let network = Tensors.bind weights network |> Law.ok
    let moved = Tensors.trainable network
    let wires, input = Trained.inputs 5 sample
    let mutable state = Optimizer.copy state

    let losses =
        [ for _ in 1..steps do
              let found =
                  Gradient.run (Numbers()) Gradient.inference wires input bounded network
                  |> Law.ok

              let gradient = found.Parameters |> Map.filter (fun name _ -> moved.Contains name)
              state <- Optimizer.step rate gradient weights state
              found.Loss ]

    weights, state, losses

let private gauged power gauge (tensors: Tensors) : Tensors =
    (gauge: Gauge).Rescaling.Shares
    |> List.fold
        (fun all share ->
            match Map.tryFind share.Parameter.Name all with
            | None -> all
            | Some numbers ->
                let changed =
                    Gauge.scaled power gauge share (Parameter.withNumbers numbers share.Parameter)
                    |> Law.ok

                Map.add share.Parameter.Name changed all)
        tensors

[<Fact>]
let ``In another gauge the derivatives are those of before over the factors`` () =
    Law.forAll Trained.networks (fun sample ->
        let network = Gauged.prepared sample
        let gauge = Gauged.chosen 7 2.0 (Gauged.rescaling network)
        let weights = Tensors.ofNetwork network |> Law.ok
        let rescaled = Tensors.bind (gauged 1 gauge weights) network |> Law.ok

        Trained.same
            1e-8
            (gauged -1 gauge (Trained.gradient Gradient.inference 5 sample network).Parameters)
            (Trained.gradient Gradient.inference 5 sample rescaled).Parameters)

/// By the derivatives of each parameter along its own gauge: a factor in front of a channel is undone behind it.
[<Fact>]
let ``What a channel gains by its rows it gains by the columns that read it`` () =
    Law.forAll Trained.networks (fun sample ->
        let network = Gauged.prepared sample
        let rescaling = Gauged.rescaling network
        let weights = Tensors.ofNetwork network |> Law.ok
        let derivatives = (Trained.gradient Gradient.inference 5 sample network).Parameters

        let made, read =
            Gauged.perClass
                rescaling
                [ for share in rescaling.Shares do
                      match Map.tryFind share.Parameter.Name derivatives with
                      | Some derivative -> share, Array.map2 (*) weights[share.Parameter.Name] derivative
                      | None -> () ]

        let isFree = Rescaling.isFree rescaling
        let scale = Array.fold (fun m x -> max m (abs x)) 0.0 made

        for c in 0 .. made.Length - 1 do
            if isFree[c] then
                Law.isTrue $"{made[c]} and {read[c]}" (abs (made[c] - read[c]) <= 1e-10 * scale))

/// Bit by bit, since factors that are powers of two round nothing: kinks cannot part the ways.
[<Fact>]
let ``With full transport training goes on bit by bit in a gauge of powers of two`` () =
    for optimizer, rate in optimizers do
        Law.forAll Trained.networks (fun sample ->
            let network = Gauged.prepared sample
            let weights = Tensors.ofNetwork network |> Law.ok

            let weights, state, _ =
                train rate 3 sample network weights (Optimizer.start optimizer)

            let gauge = Gauge.lossless (Gauged.chosen 7 2.0 (Gauged.losslessly network))
            let there = gauged 1 gauge weights
            let carried = Optimizer.transport MomentRule.Full gauge state |> Law.ok
            let onWeights, onState, on = train rate 20 sample network weights state
            let inGauge, inState, losses = train rate 20 sample network there carried

            Assert.Equal<float>(on, losses)

            for KeyValue(name, numbers) in gauged 1 gauge onWeights do
                Assert.Equal<float>(numbers, inGauge[name])

            for KeyValue(name, numbers) in gauged -1 gauge onState.First do
                Assert.Equal<float>(numbers, inState.First[name])

            for KeyValue(name, numbers) in gauged -2 gauge onState.Second do
                Assert.Equal<float>(numbers, inState.Second[name]))

/// Whether no derivative is what rounding has left of 0: from a place of symmetry, training grows that without end.
let private isGeneric (sample: Sample) =
    let derivatives =
        (Trained.gradient Gradient.inference 5 sample (Gauged.prepared sample)).Parameters

    let all = derivatives.Values |> Seq.concat |> Seq.map abs |> Seq.toList
    all.IsEmpty || List.min all > 1e-6 * List.max all

/// Networks without kinks, on which rounding grows by no more than training makes it.
let private smooth =
    { Profile.sequential with
        Barriers = true
        Branching = true }
    |> Networks.ofProfile
    |> Trained.known
    |> Arb.filter (fun sample ->
        let kinks =
            sample.Network
            |> Traversal.collect (fun term ->
                match term with
                | Activation((Relu | LeakyRelu _ | PRelu _ | Abs | ReluSquared), _)
                | Clip _
                | Spatial _ -> [ term ]
                | _ -> [])

        kinks.IsEmpty && isGeneric sample)

/// Where a derivative is as small as its own rounding, an adaptive optimizer makes steps of that rounding: an ε above it keeps that out,
/// and small steps what a steep loss makes of rounding.
let private tolerant =
    [ Sgd 0.9, 1e-4
      RmsProp(0.99, 1e-4), 1e-4
      Adam(0.9, 0.999, 1e-4), 1e-4
      AdamW(0.9, 0.999, 1e-4, 0.1), 1e-4 ]

[<Fact>]
let ``With full transport training goes on in any gauge`` () =
    for optimizer, rate in tolerant do
        Law.forAll smooth (fun sample ->
            let network = Gauged.prepared sample
            let weights = Tensors.ofNetwork network |> Law.ok

            let weights, state, _ =
                train rate 3 sample network weights (Optimizer.start optimizer)

            let gauge = Gauged.chosen 7 2.0 (Gauged.rescaling network)
            let carried = Optimizer.transport MomentRule.Full gauge state |> Law.ok
            let onWeights, _, _ = train rate 20 sample network weights state

            let inGauge, _, _ = train rate 20 sample network (gauged 1 gauge weights) carried

            Trained.same 1e-10 (gauged 1 gauge onWeights) inGauge)

/// Moments are averages of derivatives: of a run in the new gauge, from its start on, they are the covariant ones.
[<Fact>]
let ``Covariant moments are those of a run made in the new gauge`` () =
    Law.forAll Trained.networks (fun sample ->
        let network = Gauged.prepared sample
        let weights = Tensors.ofNetwork network |> Law.ok
        let gauge = Gauged.chosen 7 2.0 (Gauged.rescaling network)

        // Without steps the derivatives are of one place, and rounding cannot grow.
        let _, state, _ =
            train 0.0 5 sample network weights (Optimizer.start Optimizer.adam)

        let _, expected, _ =
            train 0.0 5 sample network (gauged 1 gauge weights) (Optimizer.start Optimizer.adam)

        let carried = Optimizer.transport MomentRule.Covariant gauge state |> Law.ok
        Trained.same 1e-8 expected.First carried.First
        Trained.same 1e-8 expected.Second carried.Second)

[<Fact>]
let ``The note's moments and the covariant ones take the same next step of Adam`` () =
    Law.forAll Trained.networks (fun sample ->
        let network = Gauged.prepared sample
        let weights = Tensors.ofNetwork network |> Law.ok
        let gauge = Gauged.chosen 7 2.0 (Gauged.rescaling network)

        let _, state, _ =
            train 1e-3 3 sample network weights (Optimizer.start Optimizer.adam)

        let ratios rule =
            let state = Optimizer.transport rule gauge state |> Law.ok

            state.First
            |> Map.map (fun name m -> Array.map2 (fun m v -> if v = 0.0 then 0.0 else m / sqrt v) m state.Second[name])

        Trained.same 1e-12 (ratios MomentRule.Covariant) (ratios MomentRule.Note))

[<Fact>]
let ``Resetting forgets moments and steps`` () =
    let state =
        { Optimizer.start Optimizer.adam with
            Steps = 7
            First = Map [ "W", [| 1.0 |] ]
            Second = Map [ "W", [| 1.0 |] ] }

    let network =
        Network.linear (Parameter.matrix "W" 1 1 false 1.0 (Values.ofFloat64 (ReadOnlyMemory [| 2.0 |]))) None ""

    let reset =
        Optimizer.transport MomentRule.Reset (Gauge.identity (Gauged.rescaling network)) state
        |> Law.ok

    Assert.Equal(0, reset.Steps)
    Assert.Empty reset.First
    Assert.Empty reset.Second

/// The first two steps by hand: m̂ = g and √v̂ = |g| at the first, whatever the derivative.
[<Fact>]
let ``The first step of Adam is as long as the rate`` () =
    let weights = Map [ "W", [| 1.0; 1.0 |] ]
    let gradient = Map [ "W", [| 3.0; -0.001 |] ]

    let state =
        Optimizer.step 0.1 gradient weights (Optimizer.start (Adam(0.9, 0.999, 0.0)))

    Assert.Equal(0.9, weights["W"][0], 15)
    Assert.Equal(1.1, weights["W"][1], 15)
    Assert.Equal(1, state.Steps)

[<Fact>]
let ``A moment of another size is refused`` () =
    let network =
        Network.linear (Parameter.matrix "W" 1 2 false 1.0 (Values.ofFloat64 (ReadOnlyMemory [| 2.0; 3.0 |]))) None ""

    let state =
        { Optimizer.start Optimizer.adam with
            First = Map [ "W", [| 1.0 |] ] }

    match Optimizer.transport MomentRule.Covariant (Gauge.identity (Gauged.rescaling network)) state with
    | Error error -> Assert.Equal("W: it has 2 entries, and a tensor of its state 1", error.Message)
    | Ok _ -> Law.fail "it was taken"
