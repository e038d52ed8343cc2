namespace Canon.Algebra

[<StructuralEquality; NoComparison>]
type TargetGauge =
    | OwnGauge
    | CanonicalGauge of definition: GainDefinition
    | BalancedGauge
    | EqualizedGauge

[<StructuralEquality; NoComparison>]
type RebalanceOptions =
    { Target: TargetGauge
      Lossless: bool
      Tolerance: float
      Sweeps: int }

[<StructuralEquality; NoComparison>]
type HeldClasses = { Reason: string; Classes: int }

[<NoEquality; NoComparison>]
type Rebalanced =
    { Network: Network
      Gauge: Gauge
      Free: int
      Held: HeldClasses list
      Balance: Balance option }

[<RequireQualifiedAccess>]
module Rebalance =

    let options =
        { Target = BalancedGauge
          Lossless = false
          Tolerance = 1e-6
          Sweeps = 1000 }

    let private held (rescaling: Rescaling) =
        let reasons =
            Array.map2
                (fun isFree reason ->
                    match reason with
                    | None when not isFree -> Some "it is an output"
                    | _ -> reason)
                (Rescaling.isFree rescaling)
                rescaling.Held

        reasons
        |> Seq.choose id
        |> Seq.countBy id
        |> Seq.sortBy (fun (_, count) -> -count)
        |> Seq.map (fun (reason, count) -> { Reason = reason; Classes = count })
        |> List.ofSeq

    /// The gauge, and how sweeps went. Rounded one after the other, the rows of the canonical gauge keep norms of 1/√2 to √2.
    let private chosen options rescaling =
        let swept result =
            result
            |> Result.map (fun (struct (gauge, balance)) ->
                struct ((if options.Lossless then Gauge.lossless gauge else gauge), Some balance))

        match options.Target with
        | OwnGauge -> Ok(struct (Gauge.identity rescaling, None))
        | CanonicalGauge definition ->
            let definition =
                if options.Lossless && not (GainDefinition.isPowerOfTwo definition) then
                    PowerOfTwo definition
                else
                    definition

            Gauge.canonical definition rescaling
            |> Result.map (fun gauge -> struct (gauge, None))
        | BalancedGauge -> swept (Balancing.balanced options.Tolerance options.Sweeps rescaling)
        | EqualizedGauge -> swept (Equalization.equalized options.Tolerance options.Sweeps rescaling)

    let network options shapes network =
        if not (options.Tolerance >= 0.0) then
            invalidArg (nameof options) $"the tolerance {options.Tolerance} is negative or no number"

        if options.Sweeps < 1 then
            invalidArg (nameof options) $"{options.Sweeps} sweeps are too few; at least 1 is needed"

        Fail.guard (fun () ->
            let prepared = Canonical.prepare shapes network |> Fail.value
            let rescaling = Rescaling.ofNetwork options.Lossless prepared |> Fail.value
            let struct (gauge, balance) = chosen options rescaling |> Fail.value

            { Network = Gauge.network gauge prepared
              Gauge = gauge
              Free = Rescaling.isFree rescaling |> Seq.filter id |> Seq.length
              Held = held rescaling
              Balance = balance })
