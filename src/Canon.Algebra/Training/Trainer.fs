namespace Canon.Algebra.Training

open System
open System.Diagnostics
open System.Numerics.Tensors
open Canon.Algebra

[<NoEquality; NoComparison>]
type Samples = { Input: Signal; Targets: Targets }

[<NoEquality; NoComparison>]
type TrainerOptions =
    { Loss: Loss
      Optimizer: Optimizer
      Rate: float
      BatchSize: int
      WeightDecay: float
      Pcr: PcrOptions option
      UnitRows: Set<string>
      Precision: Precision
      Seed: int }

[<NoEquality; NoComparison>]
type TrainingState =
    { Step: int
      Weights: Tensors
      Optimizer: OptimizerState }

[<NoEquality; NoComparison>]
type StepReport =
    { Step: int
      Loss: float
      Events: PcrReport list
      EventSeconds: float }

/// The order in which samples are taken.
[<Sealed>]
type private Order(seed: int, samples: int, batchSize: int) =
    let perEpoch = (samples + batchSize - 1) / batchSize
    let mutable epoch = -1
    let mutable order = [||]

    /// The samples of the step with this number, from 0.
    member _.Batch(step: int) : int[] =
        if step / perEpoch <> epoch then
            epoch <- step / perEpoch
            order <- [| 0 .. samples - 1 |]
            Random(seed * 1_000_003 + epoch).Shuffle order

        let first = step % perEpoch * batchSize
        order[first .. min samples (first + batchSize) - 1]

[<Sealed>]
type Trainer
    private
    (
        options: TrainerOptions,
        network: Network,
        samples: Samples,
        trainable: Set<string>,
        plan: PcrPlan option,
        weights: Tensors,
        start: TrainingState
    ) =

    /// What a batch norm keeps is moved by so much towards what a batch has.
    let momentum = 0.1

    let gradient =
        { Gradient.training with
            Precision = options.Precision }

    let order = Order(options.Seed, samples.Input.Samples, options.BatchSize)
    let mutable step = start.Step
    let mutable optimizer = start.Optimizer

    let batch step =
        let chosen = order.Batch step
        let perSample = samples.Input.Positions * samples.Input.Channels
        let data = Array.zeroCreate<float> (chosen.Length * perSample)

        chosen
        |> Array.iteri (fun k i -> Array.blit samples.Input.Data (i * perSample) data (k * perSample) perSample)

        { samples.Input with
            Samples = chosen.Length
            Data = data },
        Loss.take samples.Input.Samples chosen samples.Targets

    let add name (increment: float[]) factor (gradient: Tensors) : Tensors =
        match Map.tryFind name gradient with
        | None -> Map.add name (increment |> Array.map (fun x -> factor * x)) gradient
        | Some known ->
            TensorPrimitives.MultiplyAdd(ReadOnlySpan increment, factor, ReadOnlySpan known, Span known)
            gradient

    let decayed gradient =
        if options.WeightDecay = 0.0 then
            gradient
        else
            Seq.fold (fun all name -> add name weights[name] options.WeightDecay all) gradient trainable

    let penalized gradient =
        match plan with
        | Some plan when plan.Options.Penalty |> Option.exists (fun penalty -> not penalty.AtEvents) ->
            let struct (_, derivatives) = Pcr.penalty plan weights |> Fail.value
            Map.fold (fun all name derivative -> add name derivative 1.0 all) gradient derivatives
        | _ -> gradient

    let remember (statistics: BatchStatistics list) =
        let average name (seen: float[]) =
            let kept: float[] = weights[name]

            for k in 0 .. kept.Length - 1 do
                kept[k] <- (1.0 - momentum) * kept[k] + momentum * seen[k]

        for batch in statistics do
            average batch.MeanName batch.Mean
            average batch.VarianceName batch.Variance

    let renormalize name rows =
        let numbers: float[] = weights[name]
        let length = numbers.Length / rows

        for i in 0 .. rows - 1 do
            let row = Span(numbers, i * length, length)
            let norm = Math.Sqrt(Sums.ofSquares (Span.op_Implicit row))

            if norm > 0.0 then
                TensorPrimitives.Divide(Span.op_Implicit row, norm, row)

    let unitRows =
        Traversal.parameters network
        |> List.filter (fun p -> options.UnitRows.Contains p.Name)
        |> List.map (fun p -> p.Name, p.Rows.Value)

    /// An event writes over the weights, which the network is bound to.
    let happen (plan: PcrPlan) =
        let event = Pcr.event plan options.Rate weights optimizer |> Fail.value

        for KeyValue(name, numbers) in event.Weights do
            if not (obj.ReferenceEquals(numbers, weights[name])) then
                numbers.CopyTo(weights[name], 0)

        optimizer <- event.State
        event.Decision.Report

    let events isDue =
        match plan with
        | Some plan when isDue plan.Options ->
            let clock = Stopwatch.StartNew()
            let report = happen plan
            [ report ], clock.Elapsed.TotalSeconds
        | _ -> [], 0.0

    let isFinite (gradient: Tensors) =
        gradient.Values
        |> Seq.forall (fun numbers -> TensorPrimitives.IsFiniteAll(ReadOnlySpan numbers))

    let advance () =
        let before, secondsBefore = events (fun pcr -> step = 0 && pcr.AtStart)

        let input, targets = batch step

        let found =
            Gradient.run (Numbers()) gradient Map.empty input (Loss.objective options.Loss targets) network
            |> Fail.value

        let gradient =
            found.Parameters
            |> Map.filter (fun name _ -> trainable.Contains name)
            |> decayed
            |> penalized

        if not (Double.IsFinite found.Loss && isFinite gradient) then
            Fail.because (
                OutOfRange(
                    $"step {step + 1}",
                    $"the loss is {found.Loss}, or a derivative is not finite; lower the learning rate"
                )
            )

        optimizer <- Optimizer.step options.Rate gradient weights optimizer
        remember found.Statistics

        for name, rows in unitRows do
            renormalize name rows

        step <- step + 1
        let after, secondsAfter = events (fun pcr -> step % pcr.Period = 0)

        { Step = step
          Loss = found.Loss
          Events = before @ after
          EventSeconds = secondsBefore + secondsAfter }

    static member Create(options, network, samples, state) =
        if options.BatchSize < 1 then
            raise (ArgumentOutOfRangeException("BatchSize", options.BatchSize, "a batch has at least 1 sample"))

        if samples.Input.Samples < 1 then
            raise (ArgumentOutOfRangeException("samples", samples.Input.Samples, "there is at least 1 sample"))

        Fail.guard (fun () ->
            let shape = Shape.create samples.Input.Channels samples.Input.Space

            let network =
                Canonical.prepare { Canonical.options with Input = shape } network |> Fail.value

            let state =
                match state with
                | Some state -> state
                | None ->
                    { Step = 0
                      Weights = Tensors.ofNetwork network |> Fail.value
                      Optimizer = Optimizer.start options.Optimizer }

            let weights = Tensors.copy state.Weights

            Trainer(
                options,
                Tensors.bind weights network |> Fail.value,
                samples,
                Tensors.trainable network,
                options.Pcr |> Option.map (fun pcr -> Pcr.plan pcr shape network |> Fail.value),
                weights,
                { state with
                    Optimizer = Optimizer.copy state.Optimizer }
            ))

    member _.State: TrainingState =
        { Step = step
          Weights = Tensors.copy weights
          Optimizer = Optimizer.copy optimizer }

    member _.Network = network
    member _.Plan = plan
    member _.Step() = Fail.guard advance
