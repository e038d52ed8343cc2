namespace Canon.Algebra.Rules

open Canon.Algebra

[<RequireQualifiedAccess>]
module Commutation =

    let private unknown (node: OpaqueNode) =
        Refused $"{node.Name} is not an operator the calculus knows"

    let activation =
        Rule.define
            "activation-commutation"
            Exact
            "scale(g) -> phi = phi -> scale(g^d) for phi positively homogeneous of degree d: phi(c z) = c^d phi(z), c >= 0"
            "note, II; calculus §2"
            (fun parts ->
                match parts with
                | (Scale g as scale) :: (Activation(phi, _) as layer) :: _ ->
                    match Activation.homogeneity phi with
                    | Degree 1 -> Rule.fires 2 [ layer; scale ]
                    | Degree degree -> Rule.fires 2 [ layer; Scale(Gain.power degree g) ]
                    | NotHomogeneous reason -> Refused reason
                | Scale _ :: Opaque(node, [ input ]) :: _ when Network.isScales input -> unknown node
                | Opaque(node, inputs) :: _ when
                    inputs
                    |> List.exists (fun f ->
                        match List.tryLast (Network.parts f) with
                        | Some(Scale _) -> true
                        | Some _
                        | None -> false)
                    ->
                    unknown node
                | _ -> NoMatch)

    /// The factors of a gain that are not known to be positive, and those that are, or are assumed so: channel by channel, so that
    /// it does not matter whether scales have met before.
    let rec private bySign (g: Gain) : struct (Gain * Gain) =
        let ofAtom (atom: GainAtom) p =
            match atom.Expression with
            | Joined parts ->
                let halves =
                    parts
                    |> List.map (fun (part, width) -> bySign part, Option.orElse width (Gain.length part))

                struct (Gain.concat (halves |> List.map (fun (struct (staying, _), n) -> staying, n)),
                        Gain.concat (halves |> List.map (fun (struct (_, passing), n) -> passing, n)))
            | Viewed(inner, view) ->
                let struct (staying, passing) = bySign inner
                struct (Gain.view view staying, Gain.view view passing)
            | Symbol _
            | Constants _
            | Norms _
            | Leader _
            | RootMeanSquare _ ->
                let factor = Gain.power p (Gain.ofAtom atom)

                match Positivity.ofAtom atom with
                | Positivity.NotKnown _ -> struct (factor, Gain.one)
                | Positivity.Holds
                | Positivity.Assumed -> struct (Gain.one, factor)

        g.Factors
        |> List.fold
            (fun (struct (staying, passing)) (struct (atom, p)) ->
                let struct (stays, passes) = ofAtom atom p
                struct (Gain.multiply staying stays, Gain.multiply passing passes))
            (struct (Gain.one, Gain.one))

    let threshold =
        Rule.define
            "threshold-commutation"
            Exact
            "scale(g) -> clip(lo, hi) = clip(lo / g, hi / g) -> scale(g) for g > 0, or for g >= 0 where lo <= 0 <= hi"
            "calculus §2, II'"
            (fun parts ->
                match parts with
                | Scale g :: Clip(lower, upper, thresholds, label) :: _ ->
                    let passed gain =
                        [ Clip(lower, upper, Gain.divide thresholds gain, label); Scale gain ]

                    if lower <= 0.0 && upper >= 0.0 then
                        Rule.fires 2 (passed g)
                    else
                        let struct (staying, passing) = bySign g

                        let before = if staying.IsOne then [] else [ Scale staying ]

                        match Positivity.ofGain passing with
                        | _ when passing.IsOne && not g.IsOne ->
                            Refused $"clip({lower}, {upper}) does not keep 0 at 0, and a gain may be 0"
                        | Positivity.Holds -> Rule.fires 2 (before @ passed passing)
                        | Positivity.Assumed
                        | Positivity.NotKnown _ -> Rule.firesAssuming [ Positive passing ] 2 (before @ passed passing)
                | _ -> NoMatch)

    let spatial =
        Rule.define
            "spatial-commutation"
            Exact
            "scale(g) -> pool = pool -> scale(g^d), d = 2 for sums of squares, else 1; likewise pad (not by constants), crop, resize"
            "calculus §2, II''"
            (fun parts ->
                match parts with
                | (Scale g as scale) :: (Spatial(operation, _) as layer) :: _ ->
                    match Spatial.degree operation with
                    | 1 -> Rule.fires 2 [ layer; scale ]
                    | degree -> Rule.fires 2 [ layer; Scale(Gain.power degree g) ]
                | _ -> NoMatch)

    let rearrangement =
        Rule.define
            "rearrangement-commutation"
            BitExact
            "scale(g) -> flatten = flatten -> scale(each entry of g repeated for its positions); likewise a rearrangement whose channels all stem from channels"
            "calculus §2"
            (fun parts ->
                match parts with
                | Scale g :: (Rearrange(rearrangement, _) as layer) :: _ ->
                    match Rearrangement.gain g rearrangement with
                    | Ok behind -> Rule.fires 2 [ layer; Scale behind ]
                    | Error reason -> Refused reason
                | _ -> NoMatch)

    /// Without the factors that are 0 everywhere: nothing can be divided by them.
    let rec private withoutZeros (g: Gain) =
        g.Factors
        |> List.map (fun (struct (atom, p)) ->
            match atom.Expression with
            | Viewed(inner, view) -> Gain.view view (withoutZeros inner)
            | _ -> Gain.power p (Gain.ofAtom atom))
        |> List.filter (fun factor -> not (Gain.isUniform factor && Gain.blocks factor))
        |> List.fold Gain.multiply Gain.one

    let normalization =
        Rule.define
            "normalization-absorption"
            Exact
            "scale(g) -> rms_norm(epsilon) = scale(g / r) -> rms_norm(epsilon / r^2), r the root mean square of g, r > 0; likewise layer_norm, instance_norm, group_norm"
            "calculus §2"
            (fun parts ->
                match parts with
                | Scale g :: Normalize(normalization, epsilon, tolerance, label) :: _ ->
                    let level = Gain.rms (withoutZeros g)

                    if level.IsOne then
                        Refused
                            $"{Normalization.name normalization} takes one positive scale for all channels alone, and nothing of this one is left but what differs from channel to channel"
                    else
                        let rest = Gain.divide g level
                        let before = if rest.IsOne then [] else [ Scale rest ]

                        let normalize =
                            Normalize(normalization, epsilon, Gain.divide tolerance level, label)

                        match Positivity.ofGain level with
                        | Positivity.Assumed -> Rule.firesAssuming [ Positive level ] 2 (before @ [ normalize ])
                        | Positivity.Holds
                        | Positivity.NotKnown _ -> Rule.fires 2 (before @ [ normalize ])
                | _ -> NoMatch)

    let all = [ activation; threshold; spatial; rearrangement; normalization ]
