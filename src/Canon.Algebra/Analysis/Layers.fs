namespace Canon.Algebra.Analysis

open Canon.Algebra

[<NoEquality; NoComparison>]
type LayerReport =
    { Name: string
      Kind: string
      Rows: int
      Columns: int
      Gain: Magnitude[]
      Interference: float[]
      DeadUnits: int
      ConstantUnits: int }

[<NoEquality; NoComparison>]
type BranchReport =
    { At: string
      Branch: int
      RelativeGain: Magnitude[] }

[<RequireQualifiedAccess>]
module Layers =

    let kind (weight: Parameter) kernel =
        match kernel with
        | _ when weight.Grouping = Diagonal -> "diagonal"
        | Direct window when window.Axes = 0 -> "linear"
        | Direct _ -> "conv"
        | Transposed _ -> "conv_transpose"

    let private report (numbers: Numbers) (rows: UnitRows) kernel =
        let a = rows.Coefficients
        let weight = a.Weight
        let struct (through, own) = numbers.BothRowNorms a
        let gain = numbers.Entries(weight.Name, weight.Rows, Gain.reciprocal a.Left)
        let incoming = numbers.Entries(weight.Name, weight.Columns, a.Right)
        let strength = Magnitude.reciprocal (Magnitude.norm incoming)

        { Name = weight.Name
          Kind = kind weight kernel
          Rows = gain.Length
          Columns = weight.Columns |> Option.defaultValue gain.Length
          Gain = gain
          Interference =
            Array.map2
                (fun through own -> Magnitude.toFloat (Magnitude.divide through own * strength))
                through
                own
          DeadUnits = gain |> Array.filter _.IsZero |> Array.length
          ConstantUnits =
            Array.map2 (fun (g: Magnitude) (norm: Magnitude) -> not g.IsZero && norm.IsZero) gain through
            |> Array.filter id
            |> Array.length }

    let reports (numbers: Numbers) canonical =
        Fail.guard (fun () ->
            canonical
            |> Traversal.collect (fun term ->
                match term with
                | UnitRowLinear(rows, kernel, _) -> [ report numbers rows kernel ]
                | Linear _
                | Scale _
                | Activation _
                | Clip _
                | Spatial _
                | Rearrange _
                | Normalize _
                | Compose _
                | Sum _
                | Concat _
                | Product _
                | As _
                | Wire _
                | Tuple _
                | Opaque _ -> []))

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

    let branches (numbers: Numbers) canonical =
        Fail.guard (fun () ->
            canonical
            |> Traversal.collect (fun term ->
                match term with
                | Sum(branches, label) -> relativeGains numbers label.Text branches
                | Linear _
                | UnitRowLinear _
                | Scale _
                | Activation _
                | Clip _
                | Spatial _
                | Rearrange _
                | Normalize _
                | Compose _
                | Concat _
                | Product _
                | As _
                | Wire _
                | Tuple _
                | Opaque _ -> []))
