namespace Canon.Bench

open BenchmarkDotNet.Attributes
open Canon.Algebra
open Canon.Algebra.Training

/// What an event of periodic canonical regularization costs beside the training steps between two of them: networks as in
/// samples/models, 32 samples a step, Adam, a cap that every event applies.
[<InProcess>]
type Events() =
    let ok (result: Result<'a, NetworkError>) =
        match result with
        | Ok value -> value
        | Error error -> raise (System.InvalidOperationException error.Message)

    let mutable trainer = Unchecked.defaultof<Trainer>
    let mutable plan = Unchecked.defaultof<PcrPlan>
    let mutable state = Unchecked.defaultof<TrainingState>

    let block k =
        $"sum[id, linear(a{k}: 32x48, c{k}) -> relu -> linear(d{k}: 48x32, e{k})] -> relu"

    let text kind =
        match kind with
        | "mlp" -> "linear(W1: 128x64, b1) -> relu -> linear(W2: 64x128, b2) -> relu -> linear(W3: 10x64, b3)"
        | "residual" -> $"linear(W1: 48x64, b1) -> relu -> {block 1} -> {block 2} -> {block 3} -> linear(W2: 10x48, b2)"
        | _ ->
            "conv(W1: 16x1, b1, 3x3, pad 1x1) -> relu -> conv(W2: 32x16, b2, 3x3, pad 1x1) -> relu -> max_pool(2x2, stride 2x2)"
            + " -> flatten(16) -> linear(W3: 64x512, b3) -> relu -> linear(W4: 10x64, b4)"

    [<Params("mlp", "residual", "cnn")>]
    member val Network = "" with get, set

    [<GlobalSetup>]
    member x.Setup() =
        let symbolic =
            match Parse.network (text x.Network) with
            | Ok network -> network
            | Error error -> raise (System.InvalidOperationException error.Message)

        let network =
            Instantiate.sizes Instantiate.smallSizes [ symbolic ]
            |> Result.bind (Instantiate.values 1)
            |> ok
            |> _.Networks.Head

        let space, channels = if x.Network = "cnn" then [ 8; 8 ], 1 else [], 64

        let samples =
            { Input = Signal.create 320 space channels (Chance.numbers 1 (320 * 64))
              Targets = Targets.Classes(Array.init 320 (fun i -> i % 10)) }

        let options =
            { Loss = Loss.CrossEntropy
              Optimizer = Optimizer.adam
              Rate = 1e-3
              BatchSize = 32
              WeightDecay = 0.0
              Pcr = None
              UnitRows = Set.empty
              Precision = Precision.Double
              Seed = 1 }

        trainer <- Trainer.Create(options, network, samples, None) |> ok

        for _ in 1..100 do
            trainer.Step() |> ok |> ignore

        state <- trainer.State
        let shape = Shape.create channels space
        let free = Pcr.plan PcrOptions.standard shape network |> ok

        plan <-
            Pcr.plan
                { PcrOptions.standard with
                    MaxGain = Some(0.9 * (Pcr.gain free state.Weights |> ok)) }
                shape
                network
            |> ok

        // As in training: the event before has left them nearly balanced.
        let event = Pcr.event free 1e-3 state.Weights state.Optimizer |> ok

        let before =
            Trainer.Create(
                options,
                network,
                samples,
                Some
                    { state with
                        Weights = event.Weights
                        Optimizer = event.State }
            )
            |> ok

        for _ in 1..100 do
            before.Step() |> ok |> ignore

        state <- before.State

    [<Benchmark(Baseline = true)>]
    member _.HundredSteps() =
        for _ in 1..100 do
            trainer.Step() |> ok |> ignore

    [<Benchmark>]
    member _.OneEvent() =
        Pcr.event plan 1e-3 state.Weights state.Optimizer |> ok
