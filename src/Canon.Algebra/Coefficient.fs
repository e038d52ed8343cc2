namespace Canon.Algebra

[<StructuralEquality; NoComparison>]
type Affine =
    { Left: Gain
      Weight: Parameter
      Right: Gain
      Bias: Parameter option }

[<RequireQualifiedAccess>]
module Affine =

    let ofParameters (weight: Parameter) (bias: Parameter option) =
        match bias |> Option.bind _.Rows, weight.Rows with
        | Some entries, Some rows when entries <> rows ->
            invalidArg (nameof bias) $"the bias has {entries} entries; {weight.Name} has {rows} rows"
        | _ ->
            { Left = Gain.one
              Weight = weight
              Right = Gain.one
              Bias = bias }

    let scaleOutput g a =
        { a with Left = Gain.multiply g a.Left }

    let scaleInput g a =
        { a with
            Right = Gain.multiply a.Right g }

    let gain definition a =
        Gain.multiply a.Left (Gain.norms definition a.Weight a.Right a.Bias)

    let ownGain definition a =
        Gain.norms definition a.Weight Gain.one a.Bias

[<StructuralEquality; NoComparison>]
type UnitRows =
    private
        { Unit: Affine }

    member x.Coefficients = x.Unit

[<RequireQualifiedAccess>]
module UnitRows =

    let decompose definition (a: Affine) =
        let gain = Affine.gain definition a

        { Unit =
            { a with
                Left = Gain.divide a.Left gain } },
        gain

    let tryOfAffine (a: Affine) =
        if
            [ RowNorm; Augmented ]
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
