namespace Canon.Algebra.Analysis

open Canon.Algebra

[<StructuralEquality; NoComparison>]
type Quantiles =
    { Mean: float
      Least: float
      Lower: float
      Median: float
      Upper: float
      Most: float }

[<RequireQualifiedAccess>]
module Quantiles =

    let tryOf (numbers: float seq) =
        let sorted = numbers |> Seq.sort |> Array.ofSeq

        let at part =
            let place = part * float (sorted.Length - 1)
            let k = int place
            let next = min (k + 1) (sorted.Length - 1)
            sorted[k] + (place - float k) * (sorted[next] - sorted[k])

        if sorted.Length = 0 then
            None
        else
            Some
                { Mean = Array.average sorted
                  Least = sorted[0]
                  Lower = at 0.25
                  Median = at 0.5
                  Upper = at 0.75
                  Most = sorted[sorted.Length - 1] }

[<NoEquality; NoComparison>]
type Waypoint =
    { GlobalGainLog2: float option
      CosineToFirst: float option
      CosineToPrevious: float option
      Interference: Quantiles option }

[<RequireQualifiedAccess>]
module Course =

    let private direction (model: ModelAnalysis) =
        model.Gain |> Result.toOption |> Option.map _.Direction

    let private cosine (a: float[] option) (b: float[] option) =
        match a, b with
        | Some a, Some b when a.Length = b.Length -> Some(Array.fold2 (fun sum x y -> sum + x * y) 0.0 a b)
        | _ -> None

    let private interference (model: ModelAnalysis) =
        model.Layers
        |> Seq.collect (fun layer -> Seq.zip layer.Gain layer.Interference)
        |> Seq.choose (fun (gain, value) -> if gain.IsZero || value = 0.0 then None else Some value)
        |> Quantiles.tryOf

    let ofModels (models: ModelAnalysis list) =
        let directions = models |> List.map direction
        let first = directions |> List.tryHead |> Option.flatten

        List.map3
            (fun (model: ModelAnalysis) own previous ->
                { GlobalGainLog2 =
                    model.Gain
                    |> Result.toOption
                    |> Option.map (fun gain -> Magnitude.log2 gain.Scalar)
                  CosineToFirst = cosine first own
                  CosineToPrevious = cosine previous own
                  Interference = interference model })
            models
            directions
            (None :: directions |> List.truncate models.Length)
