namespace Canon.Algebra.Rules

open Canon.Algebra

[<RequireQualifiedAccess>]
module Commutation =

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
                | Scale _ :: Opaque(node, [ Compose [] ]) :: _ ->
                    Refused $"{node.Name} is not an operator the calculus knows"
                | Opaque(node, inputs) :: _ when
                    inputs
                    |> List.exists (fun f ->
                        match List.tryLast (Network.parts f) with
                        | Some(Scale _) -> true
                        | Some _
                        | None -> false)
                    ->
                    Refused $"{node.Name} is not an operator the calculus knows"
                | _ -> NoMatch)

    let threshold =
        Rule.define
            "threshold-commutation"
            Exact
            "scale(g) -> clip(lo, hi) = clip(lo / g, hi / g) -> scale(g) for g > 0, or for g >= 0 where lo <= 0 <= hi"
            "calculus §2, II'"
            (fun parts ->
                match parts with
                | Scale g :: Clip(lower, upper, thresholds, label) :: _ ->
                    let produced = [ Clip(lower, upper, Gain.divide thresholds g, label); Scale g ]

                    if lower <= 0.0 && upper >= 0.0 then Rule.fires 2 produced
                    elif Gain.isSymbolic g then Rule.firesAssuming [ Positive g ] 2 produced
                    else Refused $"clip({lower}, {upper}) does not keep 0 at 0, and a gain may be 0"
                | _ -> NoMatch)

    let flatten =
        Rule.define
            "flatten-commutation"
            BitExact
            "scale(g) -> flatten = flatten -> scale(each entry of g repeated for its positions)"
            "calculus §2"
            (fun parts ->
                match parts with
                | Scale g :: (Flatten(Some positions, _) as layer) :: _ ->
                    Rule.fires 2 [ layer; Scale(Gain.repeat positions g) ]
                | Scale _ :: Flatten(None, _) :: _ ->
                    Refused "the number of positions is not known; give the input's shape"
                | _ -> NoMatch)

    let all = [ activation; threshold; flatten ]
