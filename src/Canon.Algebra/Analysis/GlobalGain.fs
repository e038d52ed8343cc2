namespace Canon.Algebra.Analysis

open Canon.Algebra

[<NoEquality; NoComparison>]
type GlobalGain =
    { Gain: Magnitude[]
      Scalar: Magnitude
      Direction: float[] }

[<RequireQualifiedAccess>]
module GlobalGain =

    let body network =
        let rec last parts =
            match parts with
            | (Activation _ | Clip _ | Spatial _ | Rearrange _ | Normalize _ | As _ | Opaque(_, [ Compose [] ])) :: earlier ->
                last earlier
            | (Linear _ | UnitRowLinear _ | Scale _ | Sum _ | Concat _ | Product _ | Compose _ | Wire _ | Tuple _ | Opaque _) :: _
            | [] -> parts

        last (List.rev (Network.parts network)) |> List.rev

    let rec finalGains canonical =
        match List.tryLast (body canonical) with
        | Some(Scale g) -> [ g ]
        | Some(Tuple outputs) -> List.collect finalGains outputs
        | Some _
        | None -> [ Gain.one ]

    let ofCanonical (numbers: Numbers) canonical =
        Fail.guard (fun () ->
            let gain =
                finalGains canonical
                |> List.map (fun g -> numbers.Entries("output", None, g))
                |> Array.concat

            let scalar = Magnitude.norm gain

            { Gain = gain
              Scalar = scalar
              Direction = gain |> Array.map (fun g -> Magnitude.toFloat (Magnitude.divide g scalar)) })
