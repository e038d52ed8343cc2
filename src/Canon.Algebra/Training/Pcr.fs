namespace Canon.Algebra.Training

open System
open System.Collections.Generic
open Canon.Algebra
open Canon.Algebra.Analysis

[<StructuralEquality; NoComparison>]
type AlphaRange =
    { Name: string
      Least: float
      Greatest: float }

[<NoEquality; NoComparison>]
type PcrReport =
    { GainBefore: float
      GainAfter: float
      OutputFactor: float
      Alphas: AlphaRange list
      DeadUnits: int
      Balance: Balance option }

[<Sealed; AllowNullLiteral(false)>]
type PcrPlan internal (options: PcrOptions, rescaling: Rescaling, finalGains: Gain list) =
    member _.Options = options
    member _.Rescaling = rescaling
    member _.FinalGains = finalGains

[<NoEquality; NoComparison>]
type PcrDecision =
    { Gauge: Gauge
      Cap: Gauge
      Change: Gauge
      Followed: Gauge
      Report: PcrReport }

[<NoEquality; NoComparison>]
type PcrEvent =
    { Weights: Tensors
      State: OptimizerState
      Decision: PcrDecision }

[<RequireQualifiedAccess>]
module Pcr =

    /// Whether a normalization stands behind the last layer of an output.
    let rec private isNormalized network =
        match List.tryLast (Network.parts network) with
        | Some(Tuple outputs) -> List.exists isNormalized outputs
        | _ -> Network.tail network |> List.exists _.IsNormalize

    /// The gain that is reported and capped: rounded to powers of two it would jump, and no cap could be met.
    let private exact definition =
        match definition with
        | PowerOfTwo inner -> inner
        | RowNorm
        | Augmented -> definition

    let plan (options: PcrOptions) input network =
        PcrOptions.validate options

        let canonical =
            { Canonical.options with
                Definition = exact options.Definition
                Input = input }

        Canonical.prepare canonical network
        |> Result.bind (fun network ->
            Rescaling.ofNetwork (GainDefinition.isPowerOfTwo options.Definition) network
            |> Result.bind (fun rescaling ->
                Canonical.derive canonical network
                |> Result.bind (fun form ->
                    Fail.guard (fun () ->
                        let gains = GlobalGain.finalGains form.Result

                        if List.exists (fun (gain: Gain) -> gain.IsOne) gains then
                            Fail.because (
                                ShapeMismatch(
                                    "output",
                                    "no gain stands there: the input or a branch reaches it as it is"
                                )
                            )

                        if isNormalized form.Result then
                            Fail.because (ShapeMismatch("output", "it is normalized, which undoes every factor"))

                        for output in rescaling.Outputs do
                            if output.Length = 0 then
                                Fail.because (ShapeMismatch("output", "no layer of its own makes it"))

                            for channel in output do
                                match rescaling.Held[channel.Class] with
                                | Some reason ->
                                    Fail.because (ShapeMismatch("output", $"it cannot be capped: {reason}"))
                                | None -> ()

                        let powers = rescaling.Outputs |> Seq.concat |> Seq.distinct |> Seq.countBy _.Class

                        if powers |> Seq.exists (fun (_, count) -> count > 1) then
                            Fail.because (
                                ShapeMismatch(
                                    "output",
                                    "it cannot be capped: one channel reaches two outputs in different powers"
                                )
                            )

                        PcrPlan(options, rescaling, gains)))))

    /// What stands for each parameter of a plan, and the plan's gains with it.
    let private binding (weights: Parameter -> Parameter option) =
        let leaf, replacing =
            Tensors.replacing (fun p -> weights p |> Option.defaultWith (fun () -> Fail.because (NoValues p.Name)))

        let bind (p: Parameter) =
            if p.Grouping = Diagonal && not p.Source.IsOnes then
                Parameter.diagonal (leaf (Parameter.diagonalEntries p))
            else
                leaf p

        bind, replacing

    /// The gains of a plan with these weights.
    let private gains (weights: Tensors) (plan: PcrPlan) =
        let _, replacing = binding (Tensors.tryParameter weights)
        plan.FinalGains |> List.map replacing.Gain

    let private boundShares (bind: Parameter -> Parameter) rescaling =
        { rescaling with
            Shares =
                [ for share in rescaling.Shares ->
                      { share with
                          Parameter = bind share.Parameter
                          Bias = Option.map bind share.Bias } ] }

    let private norm (numbers: Numbers) gains =
        gains
        |> List.map (fun gain -> numbers.Entries("output", None, gain))
        |> Array.concat
        |> Magnitude.norm
        |> Magnitude.toFloat

    let gain plan weights =
        Fail.guard (fun () -> norm (Numbers()) (gains weights plan))

    let penalty (plan: PcrPlan) weights =
        match plan.Options.Penalty with
        | None -> Ok(struct (0.0, Map.empty))
        | Some { Strength = strength } ->
            Fail.guard (fun () -> gains weights plan)
            |> Result.bind (
                Gradient.ofGains (Numbers()) (fun entries ->
                    struct (strength * Array.sumBy (fun g -> g * g) entries,
                            entries |> Array.map (fun g -> 2.0 * strength * g)))
            )

    /// What the gain is to be multiplied by.
    let private outputFactor (options: PcrOptions) rate gain =
        let shrunk =
            match options.Penalty with
            | Some { Strength = strength; AtEvents = true } ->
                1.0 / (1.0 + 2.0 * strength * rate * float options.Period)
            | _ -> 1.0

        match options.MaxGain with
        | Some cap when gain * shrunk > cap -> cap / gain
        | _ -> shrunk

    let private cap (rescaling: Rescaling) factor =
        let gauge = Gauge.identity rescaling

        for output in rescaling.Outputs do
            for channel in output do
                gauge.Factors[channel.Class] <-
                    Magnitude.ofFloat (
                        if channel.Degree = 1 then
                            factor
                        else
                            Math.Pow(factor, 1.0 / float channel.Degree)
                    )

        gauge

    /// Rows of zeros, without a bias.
    let private deadUnits rescaling =
        let numbers = ParameterNumbers()

        rescaling.Shares
        |> List.sumBy (fun share ->
            if share.Columns.IsNone then
                0
            else
                let norms = RowNorms.through (StoredMatrix(numbers.Entries share.Parameter, None, None))
                let biases = share.Bias |> Option.map numbers.Vector

                norms
                |> Seq.indexed
                |> Seq.filter (fun (i, norm) -> norm.IsZero && biases |> Option.forall (fun b -> b[i] = 0.0))
                |> Seq.length)

    /// The parameters that a gauge changes, as they are in it.
    let private changed (gauge: Gauge) =
        let isMoved channels =
            channels
            |> Array.exists (fun channel -> gauge.Factors[channel.Class] <> Magnitude.One)

        let moved = Dictionary<Parameter, Parameter>()

        for share in gauge.Rescaling.Shares do
            if isMoved share.Rows || Option.exists isMoved share.Columns then
                let diagonal factors =
                    Parameter.vector
                        share.Parameter.Name
                        1.0
                        (Values.ofFloat64 (ReadOnlyMemory(Array.map Magnitude.toFloat factors)))

                // Nothing is multiplied here: a layer in front of an output may be as large as memory.
                let struct (rows, columns) = Gauge.factors 1 gauge share
                let scaled = Parameter.times (diagonal rows) share.Parameter

                let other =
                    columns
                    |> Option.fold (fun p columns -> Parameter.timesColumns p (diagonal columns)) scaled

                moved[share.Parameter] <- other

                if other.Grouping = Diagonal then
                    moved[Parameter.diagonalEntries share.Parameter] <- Parameter.diagonalEntries other

        fun p ->
            match moved.TryGetValue p with
            | true, other -> other
            | false, _ -> p

    let private alpha gauge (share: Share) =
        let struct (rows, columns) = Gauge.factors 1 gauge share
        let floats = Array.map Magnitude.toFloat
        let rows = floats rows

        let least, greatest =
            match Option.map floats columns with
            | None -> Array.min rows, Array.max rows
            | Some columns when share.Parameter.Grouping = Diagonal ->
                let both = Array.map2 (*) rows columns
                Array.min both, Array.max both
            | Some columns -> Array.min rows * Array.min columns, Array.max rows * Array.max columns

        { Name = share.Parameter.Name
          Least = least
          Greatest = greatest }

    /// Where balancing may end: a gauge that is nearly the least is as good a place to go on from.
    let private balance = 1e-3
    let private sweeps = 200

    let decide (plan: PcrPlan) rate (weights: Parameter -> Parameter option) =
        let options = plan.Options

        Fail.guard (fun () ->
            let bind, replacing = binding weights
            let rescaling = boundShares bind plan.Rescaling
            let gains = plan.FinalGains |> List.map replacing.Gain
            // What the cap leaves as it is need not be read again for the gain after.
            let numbers = Numbers()
            let before = norm numbers gains

            if not (Double.IsFinite before) then
                Fail.because (OutOfRange("the global gain", $"it is {before}"))

            let factor = outputFactor options rate before
            let cap = cap rescaling factor

            let capped = changed cap

            let after =
                if factor = 1.0 then
                    before
                else
                    let _, replacing = Tensors.replacing capped
                    norm numbers (gains |> List.map replacing.Gain)

            match options.MaxGain with
            | Some cap when after > cap * (1.0 + 1e-6) ->
                Fail.because (
                    OutOfRange(
                        "the global gain",
                        $"it stays {after} under a cap of {cap}: it stands behind a barrier that the cap does not pass"
                    )
                )
            | _ -> ()

            let reached, balanced =
                let capped = boundShares capped rescaling

                match options.Gauge with
                | EventGauge.Original -> Gauge.identity rescaling, None
                | EventGauge.Canonical -> Gauge.canonical options.Definition capped |> Fail.value, None
                | EventGauge.Balanced ->
                    let struct (gauge, balance) = Balancing.balanced balance sweeps capped |> Fail.value
                    gauge, Some balance

            let gauge =
                { (if GainDefinition.isPowerOfTwo options.Definition then
                       Gauge.lossless reached
                   else
                       reached) with
                    Rescaling = rescaling }

            let both = Gauge.compose cap gauge

            { Gauge = gauge
              Cap = cap
              Change = both
              Followed = if options.CapInMoments then both else gauge
              Report =
                { GainBefore = before
                  GainAfter = after
                  OutputFactor = factor
                  Alphas = rescaling.Shares |> List.map (alpha gauge)
                  DeadUnits = deadUnits rescaling
                  Balance = balanced } })

    let event (plan: PcrPlan) rate (weights: Tensors) state =
        decide plan rate (Tensors.tryParameter weights)
        |> Result.bind (fun decision ->
            Fail.guard (fun () ->
                let weights =
                    decision.Change.Rescaling.Shares
                    |> List.fold
                        (fun all share ->
                            let name = share.Parameter.Name
                            Map.add name (Gauge.scaledNumbers 1 decision.Change share weights[name]) all)
                        weights

                { Weights = weights
                  State = Optimizer.transport plan.Options.Moments decision.Followed state |> Fail.value
                  Decision = decision }))
