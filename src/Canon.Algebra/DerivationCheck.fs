namespace Canon.Algebra

[<RequireQualifiedAccess>]
module DerivationCheck =

    [<NoEquality; NoComparison>]
    type Options =
        { Rules: Rule list
          Samples: int
          Seed: int
          Tolerance: float }

    let options =
        { Rules = Catalog.rules RowNorm @ Catalog.rules Augmented
          Samples = 8
          Seed = 1
          Tolerance = 1e-9 }

    /// Networks that read the same input, and their numbers where they have none.
    let private instantiated (options: Options) derivation (sides: (Network * Network) list) =
        let sizing = Sizing()
        let readers = sides |> List.map (fun (a, b) -> sizing.Read [ a; b ])
        sizing.Settle Instantiate.smallSizes
        let sized = sizing.Replacement
        let random = RandomValues options.Seed

        let replacing =
            Replacing(
                Derivation.unitRows derivation,
                { Parameter = sized.Parameter >> random.Parameter
                  Symbol = fun name length -> random.Symbol name (Gain.length (sized.Symbol name length))
                  Widths = sized.Widths }
            )

        replacing,
        readers
        |> List.map (Result.bind (fun readers -> Fail.guard (fun () -> sizing.Fill(replacing, readers))))

    let private compare (options: Options) numbers filled =
        filled
        |> Result.bind (fun (networks: Network list, shapes) ->
            Check.compareWith numbers ignore shapes false options.Samples options.Seed networks[0] networks[1])

    let private assumptionFault (numbers: Numbers) (replacing: Replacing) (Positive gain as assumption) =
        let entries = Fail.guard (fun () -> replacing.Gain gain) |> Result.bind numbers.Gain

        match entries with
        | Ok entries when entries |> Array.exists _.IsZero -> Some(StepFault.AssumptionFails assumption)
        | Ok _ -> None
        | Error error -> Some(StepFault.NotEvaluated error)

    let run (options: Options) (derivation: Derivation) =
        Fail.guard (fun () ->
            let records, reachesResult = Retrace(options.Rules).Run derivation
            let numbers = Numbers()
            let whole = derivation.Original, derivation.Result

            let replacing, filled =
                instantiated options derivation (whole :: List.choose _.Sides records)

            let verdict index (step: Step) (record: Retraced) compared =
                let error, numeric =
                    match compared with
                    | None -> None, []
                    | Some(Ok(report: CheckReport)) when report.MaxRelativeError <= options.Tolerance ->
                        Some report.MaxRelativeError, []
                    | Some(Ok report) ->
                        Some report.MaxRelativeError, [ StepFault.FunctionChanged report.MaxRelativeError ]
                    | Some(Error error) -> None, [ StepFault.NotEvaluated error ]

                { Index = index
                  Step = step
                  RelativeError = error
                  Faults =
                    List.ofSeq record.Faults
                    @ numeric
                    @ List.choose (assumptionFault numbers replacing) step.Assumptions }

            let rec verdicts index (steps: Step list) (records: Retraced list) compared verdictsSoFar =
                match steps, records, compared with
                | step :: steps, ({ Sides = Some _ } as record) :: records, first :: compared ->
                    let verdict = verdict index step record (Some(compare options numbers first))
                    verdicts (index + 1) steps records compared (verdict :: verdictsSoFar)
                | step :: steps, record :: records, compared ->
                    verdicts (index + 1) steps records compared (verdict index step record None :: verdictsSoFar)
                | _ -> List.rev verdictsSoFar

            { Steps = verdicts 0 derivation.Steps records filled.Tail []
              ReachesResult = reachesResult
              Whole = compare options numbers filled.Head
              Tolerance = options.Tolerance })
