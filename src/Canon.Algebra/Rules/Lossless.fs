namespace Canon.Algebra.Rules

open Canon.Algebra

[<RequireQualifiedAccess>]
module Lossless =

    let private rounds = Some "a factor that is no power of two would round"

    let private endsRounding branch =
        match List.tryLast (Network.parts branch) with
        | Some(Scale g) -> not (Gain.isPowerOfTwo g)
        | Some _
        | None -> false

    /// What would round, when a rule moves what stands at the head of the terms.
    let private obstacle (parts: Network list) =
        match parts with
        | Scale g :: _ when not (Gain.isPowerOfTwo g) -> rounds
        | Scale _ :: Scale h :: _ when not (Gain.isPowerOfTwo h) -> rounds
        | Scale _ :: Spatial(Spatial.Pool(Pooling.Norm p, _), _) :: _ when p > 2 ->
            Some $"powers and roots of order {p} round otherwise at another scale"
        // Of several scales that come one after the other some may be uniform and others not: none is taken up.
        | Scale _ :: Normalize(normalization, _, _, _) :: _ ->
            Some $"{Normalization.name normalization} keeps its tolerance"
        | (Sum(branches, _) | Concat(branches, _, _) | Product(branches, _)) :: _ when List.exists endsRounding branches ->
            rounds
        | _ -> None

    let guard (rule: Rule) =
        { rule with
            Exactness = BitExact
            Apply =
                fun parts ->
                    match rule.Apply parts with
                    | Fired _ as fired ->
                        match obstacle parts with
                        | Some reason -> Refused reason
                        | None -> fired
                    | NoMatch
                    | Refused _ as outcome -> outcome }
