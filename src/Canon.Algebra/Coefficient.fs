namespace Canon.Algebra

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Affine =

    let ofParameters (weight: Parameter) (bias: Parameter option) =
        match bias |> Option.bind _.Rows, weight.Rows with
        | Some entries, Some rows when entries <> rows ->
            invalidArg (nameof bias) $"the bias has {entries} entries; {weight.Name} has {rows} rows"
        | _ ->
            { Left = Gain.one
              Weight = weight
              Right = Gain.one
              Bias = bias |> Option.map (fun vector -> { Gain = Gain.one; Vector = vector }) }

    let isPlain (a: Affine) =
        a.Left.IsOne && a.Right.IsOne && a.Bias |> Option.forall _.Gain.IsOne

    let tie (a: Affine) =
        if a.Weight.IsTied then
            Some
                $"{a.Weight.Name} is the weight of several layers, and each would need another; give each layer its own"
        else
            None

    let scaleOutput g (a: Affine) =
        let left = Gain.multiply g a.Left

        { a with
            Left = left
            Bias =
                match a.Bias with
                | None -> None
                | Some b ->
                    Some
                        { b with
                            Gain = if b.Gain = a.Left then left else Gain.multiply g b.Gain } }

    let divideOutput g a = scaleOutput (Gain.reciprocal g) a

    let scaleInput g a =
        { a with
            Right = Gain.multiply a.Right g }

    let gain definition a = Gain.norms definition a

    let ownGain definition (a: Affine) =
        gain definition (ofParameters a.Weight (a.Bias |> Option.map _.Vector))

[<Struct; StructuralEquality; NoComparison>]
type UnitRows =
    private
        { Unit: Affine }

    member x.Coefficients = x.Unit

[<RequireQualifiedAccess>]
module UnitRows =

    let decompose definition (a: Affine) =
        let gain = Affine.gain definition a

        { Unit = Affine.divideOutput gain a }, gain

    let tryOfAffine (a: Affine) =
        if
            GainDefinition.all
            |> List.exists (fun definition -> (Affine.gain definition a).IsOne)
        then
            Some { Unit = a }
        else
            None

    let assume (weight: Parameter) bias =
        if not weight.IsSymbolic then
            invalidArg
                (nameof weight)
                $"{weight.Name} has values: its rows are made unit by decomposition, not assumed so"

        { Unit = Affine.ofParameters weight bias }
