namespace Canon.Algebra

/// The coefficients of a linear layer: x ↦ left ⊙ (P·(right ⊙ x) + b), that is, the weight diag(left)·P·diag(right) and
/// the bias left ⊙ b. P and b are named parameters, never modified.
[<StructuralEquality; NoComparison>]
type Affine =
    { Left: Gain
      Weight: Parameter
      Right: Gain
      Bias: Parameter option }

[<RequireQualifiedAccess>]
module Affine =

    /// The plain P·x + b. Errors: ArgumentException when the bias does not have one entry a row.
    let ofParameters (weight: Parameter) (bias: Parameter option) =
        match bias |> Option.bind _.Rows, weight.Rows with
        | Some entries, Some rows when entries <> rows ->
            invalidArg (nameof bias) $"the bias has {entries} entries; {weight.Name} has {rows} rows"
        | _ ->
            { Left = Gain.one
              Weight = weight
              Right = Gain.one
              Bias = bias }

    /// diag(g) times the layer's output.
    let scaleOutput g a =
        { a with Left = Gain.multiply g a.Left }

    /// The layer reading diag(g)·x.
    let scaleInput g a =
        { a with
            Right = Gain.multiply a.Right g }

    /// Law: gain(diag(l)·M, l ⊙ b) = l ⊙ gain(M, b).
    let gain definition a =
        Gain.multiply a.Left (Gain.norms definition a.Weight a.Right a.Bias)

    /// The norms that the parameter itself has, before any rewrite.
    let ownGain definition a =
        Gain.norms definition a.Weight Gain.one a.Bias

/// Coefficients whose weight rows have norm 1, or 0 where the gain is 0 or only a bias is left (calculus §3).
[<StructuralEquality; NoComparison>]
type UnitRows =
    private
        { Unit: Affine }

    member x.Coefficients = x.Unit

[<RequireQualifiedAccess>]
module UnitRows =

    /// Rule I as an equation: a = diag(gain)·unit.
    let decompose definition (a: Affine) =
        let gain = Affine.gain definition a

        { Unit =
            { a with
                Left = Gain.divide a.Left gain } },
        gain

    /// Coefficients that are unit rows by their own expression: gain(a) = 1 after cancellation.
    let tryOfAffine (a: Affine) =
        if
            [ RowNorm; Augmented ]
            |> List.exists (fun definition -> (Affine.gain definition a).IsOne)
        then
            Some { Unit = a }
        else
            None

    /// A symbolic matrix taken to have unit rows, such as the V of `unit_row_linear(V)`.
    /// Errors: ArgumentException when it has values, which must be decomposed instead.
    let assume (weight: Parameter) bias =
        if not weight.IsSymbolic then
            invalidArg
                (nameof weight)
                $"{weight.Name} has values: its rows are made unit by decomposition, not assumed so"

        { Unit = Affine.ofParameters weight bias }
