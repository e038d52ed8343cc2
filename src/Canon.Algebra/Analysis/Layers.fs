namespace Canon.Algebra.Analysis

open Canon.Algebra

/// What the canonical form says of one linear layer.
[<NoEquality; NoComparison>]
type LayerReport =
    {
        /// The name of the weight.
        Name: string
        Kind: string
        Rows: int
        Columns: int
        /// The gain that leaves each row: of the weight with all gain before it absorbed.
        Gain: Magnitude[]
        /// ‖v ⊙ u‖₂ in [0, 1] for each row: v the row's direction in the parameter, u the direction of the incoming gain.
        /// Law: gain = ‖row‖ · ‖incoming gain‖ · interference (calculus §5).
        Interference: float[]
        /// Rows without weight and without bias.
        DeadUnits: int
        /// Rows without weight whose bias is not zero.
        ConstantUnits: int
    }

/// A branch of a sum that does not lead.
[<NoEquality; NoComparison>]
type BranchReport =
    {
        /// The label of the sum.
        At: string
        /// Its place among the branches, from 0.
        Branch: int
        /// How loudly it speaks against the leading branch, a channel (calculus §4).
        RelativeGain: Magnitude[]
    }

/// The layers and branches of a canonical form.
[<RequireQualifiedAccess>]
module Layers =

    let private report (numbers: Numbers) (rows: UnitRows) =
        let a = rows.Coefficients
        let weight = a.Weight
        let norms = numbers.RowNorms a
        let gain = numbers.Entries(weight.Name, weight.Rows, Gain.reciprocal a.Left)
        let incoming = numbers.Entries(weight.Name, weight.Columns, a.Right)
        let strength = Magnitude.reciprocal (Magnitude.norm incoming)

        { Name = weight.Name
          Kind = "linear"
          Rows = weight.Rows.Value
          Columns = weight.Columns.Value
          Gain = gain
          Interference =
            Array.map2
                (fun (scaled: Magnitude) own -> Magnitude.toFloat (Magnitude.divide scaled own * strength))
                norms.Scaled
                norms.Own
          DeadUnits = gain |> Array.filter _.IsZero |> Array.length
          ConstantUnits =
            Array.map2 (fun (g: Magnitude) (scaled: Magnitude) -> not g.IsZero && scaled.IsZero) gain norms.Scaled
            |> Array.filter id
            |> Array.length }

    /// One report a unit-row layer, in order from the input. Errors: NoValues, NotFinite, UnknownWidth.
    let reports (numbers: Numbers) canonical =
        Fail.guard (fun () ->
            canonical
            |> Traversal.fold
                (fun reports term ->
                    match term with
                    | UnitRowLinear(rows, _) -> report numbers rows :: reports
                    | Linear _
                    | Scale _
                    | Activation _
                    | Clip _
                    | Flatten _
                    | Compose _
                    | Sum _
                    | Concat _
                    | Product _
                    | As _
                    | Wire _
                    | Tuple _
                    | Opaque _ -> reports)
                []
            |> List.rev)

    let private relativeGains (numbers: Numbers) label branches =
        branches
        |> List.indexed
        |> List.choose (fun (k, branch) ->
            match List.tryLast (Network.parts branch) with
            | Some(Scale g) ->
                Some
                    { At = label
                      Branch = k
                      RelativeGain = numbers.Entries("sum", None, g) }
            | Some _
            | None -> None)

    /// The relative gains of every sum's branches, in order from the input. Errors: as for `reports`.
    let branches (numbers: Numbers) canonical =
        Fail.guard (fun () ->
            canonical
            |> Traversal.fold
                (fun found term ->
                    match term with
                    | Sum(branches, label) -> List.rev (relativeGains numbers label.Text branches) @ found
                    | Linear _
                    | UnitRowLinear _
                    | Scale _
                    | Activation _
                    | Clip _
                    | Flatten _
                    | Compose _
                    | Concat _
                    | Product _
                    | As _
                    | Wire _
                    | Tuple _
                    | Opaque _ -> found)
                []
            |> List.rev)
