namespace Canon.Algebra.Training

open System
open Canon.Algebra

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type EventGauge =
    | Canonical
    | Original
    | Balanced

[<StructuralEquality; NoComparison>]
type GainPenalty = { Strength: float; AtEvents: bool }

[<StructuralEquality; NoComparison>]
type PcrOptions =
    { Period: int
      MaxGain: float option
      Penalty: GainPenalty option
      Gauge: EventGauge
      Definition: GainDefinition
      Moments: MomentRule
      CapInMoments: bool
      AtStart: bool }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module PcrOptions =

    let standard =
        { Period = 20
          MaxGain = None
          Penalty = None
          Gauge = EventGauge.Balanced
          Definition = Augmented
          Moments = MomentRule.Covariant
          CapInMoments = false
          AtStart = true }

    let note =
        { standard with
            Gauge = EventGauge.Canonical
            Definition = RowNorm
            Moments = MomentRule.Note
            CapInMoments = true
            AtStart = false }

    let private isAugmented definition =
        match definition with
        | Augmented
        | PowerOfTwo Augmented -> true
        | RowNorm
        | PowerOfTwo _ -> false

    let warnings rate weightDecay (options: PcrOptions) optimizer =
        let decays =
            weightDecay > 0.0
            || (match optimizer with
                | AdamW(_, _, _, decay) -> decay > 0.0
                | _ -> false)

        // A step of an adaptive optimizer is as long as the rate whatever the derivatives are.
        let isFast =
            match optimizer with
            | Sgd _ -> rate >= 0.5
            | _ -> rate >= 0.02

        [ if
              options.Gauge = EventGauge.Canonical
              && decays
              && not (isAugmented options.Definition)
          then
              "canonical gauge with weight decay: rows shrink and are made unit again, so that biases over gains grow without end; use augmented gains"
          if options.Gauge = EventGauge.Canonical && options.MaxGain.IsNone && isFast then
              "canonical gauge without a cap at this learning rate kills units; lower the rate, cap the gain, or use the balanced gauge"
          if
              options.CapInMoments
              && (options.MaxGain.IsSome
                  || options.Penalty |> Option.exists (fun penalty -> penalty.AtEvents))
          then
              "the cap's factor in the moments: the cap changes the function, which α must not follow"
          if options.Moments = MomentRule.Note && not options.AtStart then
              "the note's moments go wrong after the first event, where α is far from 1; an event at the start avoids most of it" ]

    let validate (options: PcrOptions) =
        let require name condition value reason =
            if not condition then
                raise (ArgumentOutOfRangeException(name, (value: obj), reason))

        require "Period" (options.Period >= 1) options.Period "a period is at least 1 step"

        match options.MaxGain with
        | Some cap -> require "MaxGain" (cap > 0.0 && Double.IsFinite cap) cap "the cap of a gain is positive"
        | None -> ()

        match options.Penalty with
        | Some penalty ->
            require
                "Penalty"
                (penalty.Strength >= 0.0 && Double.IsFinite penalty.Strength)
                penalty.Strength
                "the strength of a penalty is not negative"
        | None -> ()
