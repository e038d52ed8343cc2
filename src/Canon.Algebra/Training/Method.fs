namespace Canon.Algebra.Training

open System
open Canon.Algebra

[<RequireQualifiedAccess; StructuralEquality; NoComparison>]
type MethodKind =
    | None
    | L2
    | AdamW
    | WeightNorm
    | BatchNorm
    | GainPenalty
    | PcrHard
    | PcrSoft
    | Manifold

[<StructuralEquality; NoComparison>]
type Method = { Kind: MethodKind; Pcr: PcrOptions }

[<RequireQualifiedAccess>]
module Method =

    let private kinds =
        [ "none", MethodKind.None
          "l2", MethodKind.L2
          "adamw", MethodKind.AdamW
          "weight-norm", MethodKind.WeightNorm
          "batch-norm", MethodKind.BatchNorm
          "gain-penalty", MethodKind.GainPenalty
          "pcr-hard", MethodKind.PcrHard
          "pcr-soft", MethodKind.PcrSoft
          "manifold", MethodKind.Manifold ]

    let private ofKind kind =
        { Kind = kind
          Pcr = PcrOptions.standard }

    let all = kinds |> List.map (snd >> ofKind)

    /// What may stand behind a colon.
    let private variants: (string * (PcrOptions -> PcrOptions)) list =
        let gauge gauge (options: PcrOptions) = { options with Gauge = gauge }
        let moments rule (options: PcrOptions) = { options with Moments = rule }

        [ "balanced", gauge EventGauge.Balanced
          "canonical", gauge EventGauge.Canonical
          "original", gauge EventGauge.Original
          "covariant", moments MomentRule.Covariant
          "full", moments MomentRule.Full
          "note", moments MomentRule.Note
          "reset", moments MomentRule.Reset
          "keep", moments MomentRule.Keep
          "augmented", (fun options -> { options with Definition = Augmented })
          "row-norm", (fun options -> { options with Definition = RowNorm })
          "cap-in-moments", (fun options -> { options with CapInMoments = true })
          "no-start", (fun options -> { options with AtStart = false }) ]

    let private isPcr method =
        match method.Kind with
        | MethodKind.PcrHard
        | MethodKind.PcrSoft -> true
        | _ -> false

    let name (method: Method) =
        let own = kinds |> List.find (fun (_, kind) -> kind = method.Kind) |> fst

        let changed =
            variants
            |> List.filter (fun (_, change) ->
                change method.Pcr = method.Pcr
                && change PcrOptions.standard <> PcrOptions.standard)
            |> List.map fst

        let period =
            if method.Pcr.Period = PcrOptions.standard.Period then
                []
            else
                [ $"period={method.Pcr.Period}" ]

        String.concat ":" (own :: changed @ period)

    let parse (text: string) =
        let known names = String.concat ", " names

        let vary result (word: string) =
            result
            |> Result.bind (fun (method: Method) ->
                match List.tryFind (fst >> (=) word) variants with
                | Some(_, change) -> Ok { method with Pcr = change method.Pcr }
                | None ->
                    match word.Split '=' with
                    | [| "period"; number |] ->
                        match Int32.TryParse number with
                        | true, period when period > 0 ->
                            Ok
                                { method with
                                    Pcr = { method.Pcr with Period = period } }
                        | _ -> Error $"{text}: a period is a whole number above 0"
                    | _ -> Error $"{text}: {word} is none of {known (List.map fst variants)}, period=N")

        match List.ofArray (text.Split ':') with
        | own :: words ->
            match List.tryFind (fst >> (=) own) kinds with
            | None -> Error $"{text}: there is no such method; there are {known (List.map fst kinds)}"
            | Some(_, kind) ->
                let method = ofKind kind

                if words.IsEmpty || isPcr method then
                    List.fold vary (Ok method) words
                else
                    Error $"{text}: only pcr-hard and pcr-soft have variants"
        | [] -> Error "the name of a method is empty"

    let strengths method =
        match method.Kind with
        | MethodKind.None
        | MethodKind.WeightNorm
        | MethodKind.BatchNorm
        | MethodKind.Manifold -> []
        | MethodKind.L2 -> [ 1e-4; 1e-3; 1e-2; 1e-1 ]
        | MethodKind.AdamW -> [ 0.1; 0.3; 1.0; 3.0 ]
        | MethodKind.GainPenalty -> [ 1e-4; 1e-3; 1e-2; 1e-1 ]
        | MethodKind.PcrHard -> [ 30.0; 12.0; 5.0; 2.0 ]
        | MethodKind.PcrSoft -> [ 0.1; 0.3; 1.0; 3.0 ]

    let private vector name (numbers: float[]) =
        Parameter.vector name 1.0 (Values.ofFloat64 (ReadOnlyMemory numbers))

    let network method seed inputs (hidden: int list) classes =
        let random = Random(104_729 * seed + 3)
        let widths = inputs :: hidden @ [ classes ]
        let layers = List.pairwise widths

        let layer k (columns, rows) =
            let isLast = k = layers.Length - 1
            let deviation = Math.Sqrt(2.0 / float columns)

            let numbers = Array.init (rows * columns) (fun _ -> deviation * Normal.next random)

            let norms =
                Array.init rows (fun i -> Math.Sqrt(Sums.ofSquares (ReadOnlySpan(numbers, i * columns, columns))))

            let weight numbers =
                Parameter.matrix $"W{k + 1}" rows columns false 1.0 (Values.ofFloat64 (ReadOnlyMemory<float> numbers))

            let bias = vector $"b{k + 1}" (Array.zeroCreate rows)
            let plain = weight numbers

            let unit weight =
                UnitRowLinear(
                    fst (UnitRows.decompose RowNorm (Affine.ofParameters weight None)),
                    Kernel.dense,
                    Network.unlabelled
                )

            let gained gains =
                Network.linear (Parameter.diagonal (vector $"g{k + 1}" gains)) (Some bias) ""

            let parts =
                match method.Kind with
                | MethodKind.WeightNorm -> [ unit plain; gained norms ]
                | MethodKind.Manifold ->
                    let units = Array.mapi (fun at x -> x / norms[at / columns]) numbers

                    // At first the output is as large as that of rows of norm √2 in all layers.
                    let gain = Math.Pow(2.0, float layers.Length / 2.0)

                    [ unit (weight units)
                      if isLast then gained (Array.create rows gain) else Network.shift bias "" ]
                | MethodKind.BatchNorm when not isLast ->
                    [ Network.linear plain None ""
                      Network.batchNorm
                          (vector $"gamma{k + 1}" (Array.create rows 1.0))
                          (vector $"beta{k + 1}" (Array.zeroCreate rows))
                          (vector $"mean{k + 1}" (Array.zeroCreate rows))
                          (vector $"variance{k + 1}" (Array.create rows 1.0))
                          1e-5
                          "" ]
                | _ -> [ Network.linear plain (Some bias) "" ]

            if isLast then parts else parts @ [ Network.activation Relu "" ]

        layers |> List.mapi layer |> List.concat |> Network.compose

    let options method rate strength batchSize seed network =
        let plain =
            { Loss = Loss.CrossEntropy
              Optimizer = Optimizer.adam
              Rate = rate
              BatchSize = batchSize
              WeightDecay = 0.0
              Pcr = None
              UnitRows = Set.empty
              Precision = Precision.Double
              Seed = seed }

        match method.Kind with
        | MethodKind.None
        | MethodKind.WeightNorm
        | MethodKind.BatchNorm -> plain
        | MethodKind.L2 -> { plain with WeightDecay = strength }
        | MethodKind.AdamW ->
            { plain with
                Optimizer = Optimizer.adamW strength }
        | MethodKind.GainPenalty ->
            { plain with
                Pcr =
                    Some
                        { method.Pcr with
                            Period = Int32.MaxValue
                            AtStart = false
                            Penalty =
                                Some
                                    { Strength = strength
                                      AtEvents = false } } }
        | MethodKind.PcrHard ->
            { plain with
                Pcr =
                    Some
                        { method.Pcr with
                            MaxGain = Some strength } }
        | MethodKind.PcrSoft ->
            { plain with
                Pcr =
                    Some
                        { method.Pcr with
                            Penalty = Some { Strength = strength; AtEvents = true } } }
        | MethodKind.Manifold ->
            { plain with
                UnitRows =
                    Traversal.collect
                        (fun term ->
                            match term with
                            | UnitRowLinear(rows, _, _) -> [ rows.Coefficients.Weight.Name ]
                            | _ -> [])
                        network
                    |> Set.ofList }
