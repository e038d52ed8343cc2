namespace Canon.Algebra.Analysis

open Canon.Algebra

/// The consolidated magnitude of a network.
[<NoEquality; NoComparison>]
type GlobalGain =
    {
        /// g_final: one entry an output channel; those of several outputs one after the other.
        Gain: Magnitude[]
        /// g_scalar = ‖g_final‖₂.
        Scalar: Magnitude
        /// v_vector = g_final / g_scalar, of norm 1; zeros when every gain is zero.
        Direction: float[]
    }

/// Law: for a sequential network g_scalar is the ℓ2 path norm (calculus §5). It is an invariant of rescaling, not a bound on the
/// output.
[<RequireQualifiedAccess>]
module GlobalGain =

    /// The gain that stands last on the way to each output: at the output itself, or in front of the barriers that follow the
    /// last layer, such as a softmax. The gain 1 where a branch or the input comes first.
    let rec finalGains canonical =
        let rec search parts =
            match parts with
            | Scale g :: _ -> [ g ]
            | Tuple outputs :: _ -> List.collect finalGains outputs
            | (Activation _ | Clip _ | Flatten _ | As _ | Opaque(_, [ Compose [] ])) :: earlier -> search earlier
            | (Linear _ | UnitRowLinear _ | Sum _ | Concat _ | Product _ | Compose _ | Wire _ | Opaque _) :: _
            | [] -> [ Gain.one ]

        search (List.rev (Network.parts canonical))

    /// Errors: NoValues, NotFinite, UnknownWidth when there is no gain at the output.
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
