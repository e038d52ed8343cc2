namespace Canon.Algebra

open System.Collections.Generic

[<RequireQualifiedAccess>]
module DerivationCheck =

    [<NoEquality; NoComparison>]
    type Options =
        { Rules: Rule list
          Samples: int
          Seed: int
          Tolerance: float
          BeforeLayer: unit -> unit }

    let options =
        { Rules = List.collect Catalog.rules GainDefinition.all
          Samples = 8
          Seed = 1
          Tolerance = 1e-9
          BeforeLayer = ignore }

    /// Random numbers for the symbols of a derivation, in sizes that fit its networks and the terms of every step.
    [<Sealed>]
    type private Numeric(options: Options, derivation: Derivation, records: Retraced list) =
        let sizing = Sizing()
        let whole = sizing.Read [ derivation.Original; derivation.Result ]

        let steps =
            records
            |> List.map (fun record ->
                record.Sides
                |> Option.map (fun (before, after) -> sizing.Read [ before; after ]))

        do sizing.Settle Instantiate.smallSizes
        let sized = sizing.Replacement
        let random = RandomValues options.Seed
        let numbers = Numbers()

        let replacing =
            Replacing(
                Derivation.unitRows derivation,
                { Parameter = fun role p -> random.Parameter role (sized.Parameter role p)
                  Symbol = fun name length -> random.Symbol name (Gain.length (sized.Symbol name length))
                  Widths = sized.Widths }
            )

        /// Positive, and where it is subtracted negative.
        let absolute role (p: Parameter) =
            match p.Source with
            | Source.Ones -> p
            | _ ->
                let sign = if role = LeafRole.Mean then -1.0 else 1.0
                let entries = numbers.Dense(Affine.ofParameters p None) |> Fail.value

                let values =
                    Values.ofFloat64 (System.ReadOnlyMemory(Array.map (fun x -> sign * abs x) entries))

                Parameter.weight p.Name p.Rows.Value p.Columns.Value p.Grouping p.Taps false 1.0 values

        /// The same terms with every weight positive, and without norms, which divide by what is left over when entries cancel: what
        /// they would yield if nothing cancelled.
        let uncancelled (network: Network) =
            let known = Dictionary<struct (LeafRole * Parameter), Parameter>()

            let parameter role p =
                let key = struct (role, p)

                if not (known.ContainsKey key) then
                    known[key] <- absolute role p

                known[key]

            let symbol name _ = Fail.because (NoValues name)

            Replacing(
                Set.empty,
                { Parameter = parameter
                  Symbol = symbol
                  Widths = Replacement.givenWidths }
            )
                .Network
                network
            |> Traversal.map (fun term ->
                match term with
                | Normalize _ -> Network.identity
                | other -> other)

        let compareBy yardstick (networks: Network list, shapes) =
            Check.compareWith
                numbers
                yardstick
                options.BeforeLayer
                shapes
                false
                options.Samples
                options.Seed
                networks[0]
                networks[1]
            |> Result.map (fun report -> report, report.MaxRelativeError <= options.Tolerance)

        let compare (readers: Result<Readers, NetworkError>) =
            readers
            |> Result.bind (fun readers -> Fail.guard (fun () -> sizing.Fill(replacing, readers)))
            |> Result.bind (fun (networks, shapes) ->
                match compareBy None (networks, shapes) with
                | Ok(_, false) ->
                    // Perhaps nothing but rounding is left where large numbers have cancelled.
                    Fail.guard (fun () -> uncancelled networks.Head)
                    |> Result.bind (fun yardstick -> compareBy (Some yardstick) (networks, shapes))
                | comparison -> comparison)

        /// A gain of rows may be zero, and then the value that it multiplies is zero as well: only in the network, where it stands
        /// behind these rows.
        let compareStep (record: Retraced) readers =
            match compare readers with
            | Ok(_, false) ->
                let before, after = record.Networks.Force()

                whole
                |> Result.map (fun readers ->
                    { readers with
                        Networks = [ before; after ] })
                |> compare
            | comparison -> comparison

        /// The original and the result.
        member _.Whole = compare whole |> Result.map fst

        /// The terms before and after each step, where there is something to compare.
        member _.Steps =
            List.map2 (fun record -> Option.map (compareStep record)) records steps

        member _.AssumptionFault(Positive gain as assumption) =
            if gain.IsOne then
                None
            else
                match Fail.guard (fun () -> replacing.Gain gain) |> Result.bind numbers.Gain with
                | Ok entries when entries |> Array.exists _.IsZero -> Some(StepFault.AssumptionFails assumption)
                | Ok _ -> None
                | Error error -> Some(StepFault.NotEvaluated error)

    let run (options: Options) (derivation: Derivation) =
        Fail.guard (fun () ->
            let records, reachesResult = Retrace(options.Rules).Run derivation
            let numeric = Numeric(options, derivation, records)

            let verdict index (step: Step, record: Retraced, comparison) =
                let error, faults =
                    match comparison with
                    | None -> None, []
                    | Some(Ok(report: CheckReport, agrees)) ->
                        let error = report.MaxRelativeError
                        Some error, (if agrees then [] else [ StepFault.FunctionChanged error ])
                    | Some(Error error) -> None, [ StepFault.NotEvaluated error ]

                { Index = index
                  Step = step
                  RelativeError = error
                  Faults =
                    List.ofSeq record.Faults
                    @ faults
                    @ List.choose numeric.AssumptionFault step.Assumptions }

            { Steps = List.zip3 derivation.Steps records numeric.Steps |> List.mapi verdict
              ReachesResult = reachesResult
              Whole = numeric.Whole
              Tolerance = options.Tolerance })
