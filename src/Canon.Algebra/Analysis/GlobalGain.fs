namespace Canon.Algebra.Analysis

open Canon.Algebra

[<NoEquality; NoComparison>]
type GlobalGain =
    { Gain: Magnitude[]
      Scalar: Magnitude
      Direction: float[] }

[<RequireQualifiedAccess>]
module GlobalGain =

    let rec finalGains canonical =
        let rec search parts =
            match parts with
            | Scale g :: _ -> [ g ]
            | Tuple outputs :: _ -> List.collect finalGains outputs
            | (Activation _ | Clip _ | Spatial _ | Rearrange _ | Normalize _ | As _ | Opaque(_, [ Compose [] ])) :: earlier ->
                search earlier
            | (Linear _ | UnitRowLinear _ | Sum _ | Concat _ | Product _ | Compose _ | Wire _ | Opaque _) :: _
            | [] -> [ Gain.one ]

        search (List.rev (Network.parts canonical))

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
