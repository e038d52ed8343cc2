namespace Canon.Algebra.Training

open System
open System.Diagnostics
open System.Threading
open Canon.Algebra
open Canon.Algebra.Analysis

[<NoEquality; NoComparison>]
type LaboratoryOptions =
    { Hidden: int list
      Steps: int
      BatchSize: int
      Trials: int
      TuningSeeds: int
      ByAccuracy: bool }

[<NoEquality; NoComparison>]
type Setting =
    { Method: Method
      Rate: float
      Strength: float }

[<Struct; NoEquality; NoComparison>]
type Quality =
    { Accuracy: float
      NegativeLogLikelihood: float
      CalibrationError: float }

[<NoEquality; NoComparison>]
type CurvePoint =
    { Step: int
      TrainingLoss: float
      Validation: Quality
      GlobalGain: float }

[<NoEquality; NoComparison>]
type Run =
    { Dataset: string
      Setting: Setting
      Seed: int
      Test: Quality
      GlobalGain: float
      Seconds: float
      EventSeconds: float
      Steps: int
      Jumps: float[]
      Curve: CurvePoint list
      Failure: string option }

[<RequireQualifiedAccess>]
module Laboratory =

    let options =
        { Hidden = [ 64; 64 ]
          Steps = 1000
          BatchSize = 32
          Trials = 20
          TuningSeeds = 2
          ByAccuracy = false }

    let jumpSteps = [ 1; 5; 20; 100 ]

    let private bins = 15
    let private curvePoints = 40

    let private logits (samples: Samples) network =
        (Evaluate.run (Numbers()) Evaluate.exact Map.empty samples.Input network
         |> Fail.value)
            .Head

    let private quality samples network =
        let output = logits samples network

        let classes =
            match samples.Targets with
            | Targets.Classes classes -> classes
            | Targets.Values _ -> Fail.because (ShapeMismatch("the samples", "classes are needed"))

        let probabilities = Entries.softmax Work.full output.Channels output.Data
        let counts = Array.zeroCreate<float> bins
        let confidences = Array.zeroCreate<float> bins
        let hits = Array.zeroCreate<float> bins

        classes
        |> Array.iteri (fun n label ->
            let own = Array.sub probabilities (n * output.Channels) output.Channels

            let confidence = Array.max own
            let bin = min (bins - 1) (int (confidence * float bins))
            counts[bin] <- counts[bin] + 1.0
            confidences[bin] <- confidences[bin] + confidence

            if Array.findIndex ((=) confidence) own = label then
                hits[bin] <- hits[bin] + 1.0)

        let struct (loss, _) =
            Loss.value Loss.CrossEntropy samples.Targets output |> Fail.value

        let count = float classes.Length

        { Accuracy = Array.sum hits / count
          NegativeLogLikelihood = loss
          CalibrationError = Array.sum (Array.map2 (fun h c -> abs (h - c)) hits confidences) / count }

    let private globalGain network =
        Canonical.derive Canonical.options network
        |> Result.bind (fun form -> GlobalGain.ofCanonical (Numbers()) form.Result)
        |> Result.map (fun gain -> Magnitude.toFloat gain.Scalar)
        |> Result.defaultValue nan

    let private started options (dataset: Dataset) setting seed (split: Split) =
        let network =
            Method.network setting.Method seed dataset.Inputs options.Hidden dataset.Classes

        Method.options setting.Method setting.Rate setting.Strength options.BatchSize seed network, network

    let private create options network samples state =
        Trainer.Create(options, network, samples, state) |> Fail.value

    let private step (trainer: Trainer) = trainer.Step() |> Fail.value

    /// What an event adds to the loss of all samples to learn from, a few steps behind it: the same steps with it and without it.
    let private jump (options: TrainerOptions) network samples state =
        let without = { options with Pcr = None }
        let control = create without network samples (Some state)
        let eventful = create options network samples (Some state)
        step control |> ignore
        step eventful |> ignore
        let eventful = create without network samples (Some eventful.State)

        let loss (trainer: Trainer) =
            let struct (loss, _) =
                Loss.value options.Loss samples.Targets (logits samples trainer.Network)
                |> Fail.value

            loss

        let rec along taken ahead =
            match ahead with
            | [] -> []
            | next :: rest ->
                for _ in taken + 1 .. next do
                    step control |> ignore
                    step eventful |> ignore

                (loss eventful - loss control) :: along next rest

        along 0 jumpSteps

    let run options (dataset: Dataset) setting seed (cancellation: CancellationToken) =
        let split = dataset.Draw seed
        let training, network = started options dataset setting seed split
        let clock = Stopwatch()
        let every = max 1 (options.Steps / curvePoints)
        let curve = ResizeArray<CurvePoint>()
        let jumps = ResizeArray<float list>()
        let mutable eventSeconds = 0.0
        let mutable steps = 0
        let mutable losses = 0.0

        /// The steps whose events are looked at: a quarter and half of the way.
        let watched =
            match training.Pcr with
            | Some pcr when pcr.Period < options.Steps ->
                [ options.Steps / 4; options.Steps / 2 ]
                |> List.map (fun at -> max 1 (at / pcr.Period) * pcr.Period)
                |> List.distinct
            | _ -> []

        let result =
            Fail.guard (fun () ->
                let trainer = create training network split.Train None

                while steps < options.Steps do
                    cancellation.ThrowIfCancellationRequested()

                    if List.contains (steps + 1) watched then
                        jumps.Add(jump training network split.Train trainer.State)

                    clock.Start()
                    let report = step trainer
                    clock.Stop()
                    steps <- report.Step
                    losses <- losses + report.Loss
                    eventSeconds <- eventSeconds + report.EventSeconds

                    if steps % every = 0 then
                        curve.Add
                            { Step = steps
                              TrainingLoss = losses / float every
                              Validation = quality split.Validation trainer.Network
                              GlobalGain = globalGain trainer.Network }

                        losses <- 0.0

                quality split.Test trainer.Network, globalGain trainer.Network)

        let unknown =
            { Accuracy = nan
              NegativeLogLikelihood = nan
              CalibrationError = nan }

        let test, gain = result |> Result.defaultValue (unknown, nan)

        { Dataset = dataset.Name
          Setting = setting
          Seed = seed
          Test = test
          GlobalGain = gain
          Seconds = clock.Elapsed.TotalSeconds
          EventSeconds = eventSeconds
          Steps = steps
          Jumps =
            [| for k in 0 .. jumpSteps.Length - 1 ->
                   if jumps.Count = 0 then nan else jumps |> Seq.averageBy (fun jump -> jump[k]) |]
          Curve = List.ofSeq curve
          Failure =
            match result with
            | Ok _ -> None
            | Error error -> Some error.Message }

    /// As many rates as are left of the trials for each strength, evenly on a logarithmic scale.
    let private settings options method =
        let strengths =
            match Method.strengths method with
            | [] -> [ nan ]
            | several -> several

        let rates = max 1 (options.Trials / strengths.Length)
        let lowest, highest = Math.Log 1e-4, Math.Log 3e-2

        [ for k in 0 .. rates - 1 do
              let rate = Math.Exp(lowest + (highest - lowest) * (float k + 0.5) / float rates)

              for strength in strengths ->
                  { Method = method
                    Rate = Math.Round(rate, 6)
                    Strength = strength } ]

    let tune options (dataset: Dataset) method (told: unit -> unit) (cancellation: CancellationToken) =
        let score setting =
            let scores =
                [ for seed in 1 .. options.TuningSeeds ->
                      // Seeds that no reported run has.
                      let seed = -seed
                      let split = dataset.Draw seed
                      let training, network = started options dataset setting seed split

                      Fail.guard (fun () ->
                          let trainer = create training network split.Train None

                          for _ in 1 .. options.Steps do
                              cancellation.ThrowIfCancellationRequested()
                              step trainer |> ignore

                          let quality = quality split.Validation trainer.Network

                          struct ((if options.ByAccuracy then -quality.Accuracy else 0.0),
                                  quality.NegativeLogLikelihood))
                      |> Result.defaultValue (struct (infinity, infinity)) ]

            told ()

            let mean (score: struct (float * float) -> float) =
                let mean = List.averageBy score scores
                if Double.IsNaN mean then infinity else mean

            mean (fun (struct (first, _)) -> first), mean (fun (struct (_, second)) -> second)

        settings options method |> List.minBy score
