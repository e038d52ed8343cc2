namespace Canon.Algebra.Rules

open Canon.Algebra

[<RequireQualifiedAccess>]
module Absorption =

    let private decompose definition g a kernel label =
        let rows, gain = UnitRows.decompose definition (Affine.scaleInput g a)
        Rule.fires 2 [ UnitRowLinear(rows, kernel, label); Scale gain ]

    let absorb definition =
        Rule.define
            "scale-absorption"
            Exact
            "scale(g) -> linear(W, b) = unit_row_linear(W diag(g) / g', b / g') -> scale(g'), g' = gain(W diag(g), b)"
            "note, III; calculus §2"
            (fun parts ->
                match parts with
                | Scale g :: Linear(a, kernel, label) :: _ ->
                    match Affine.tie a with
                    | Some reason -> Refused reason
                    | None -> decompose definition g a kernel label
                | Scale g :: UnitRowLinear(rows, kernel, label) :: _ when not g.IsOne ->
                    decompose definition g rows.Coefficients kernel label
                | _ -> NoMatch)

    let foldBack =
        Rule.define
            "scale-fold-back"
            Exact
            "linear(W, b) -> scale(g) = linear(diag(g) W, g * b)"
            "calculus §2, III'"
            (fun parts ->
                match parts with
                | Linear(a, kernel, label) :: Scale g :: _ ->
                    match Affine.tie a with
                    | Some reason -> Refused reason
                    | None -> Rule.fires 2 [ Linear(Affine.scaleOutput g a, kernel, label) ]
                | UnitRowLinear(rows, kernel, label) :: Scale g :: _ ->
                    Rule.fires 2 [ Linear(Affine.scaleOutput g rows.Coefficients, kernel, label) ]
                | _ -> NoMatch)

    let fuse =
        Rule.define "scale-fusion" Exact "scale(g) -> scale(h) = scale(g * h)" "calculus §2" (fun parts ->
            match parts with
            | Scale g :: Scale h :: _ -> Rule.fires 2 [ Scale(Gain.multiply g h) ]
            | _ -> NoMatch)

    let unit =
        Rule.define "unit-scale" BitExact "scale(1) = id" "calculus §2" (fun parts ->
            match parts with
            | Scale g :: _ when g.IsOne -> Rule.fires 1 []
            | _ -> NoMatch)

    let plain =
        Rule.define
            "plain-absorption"
            Exact
            "scale(g) -> linear(W, b) = linear(W diag(g), b)"
            "calculus §2"
            (fun parts ->
                match parts with
                | Scale g :: Linear(a, kernel, label) :: _ ->
                    match Affine.tie a with
                    | Some reason -> Refused reason
                    | None -> Rule.fires 2 [ Linear(Affine.scaleInput g a, kernel, label) ]
                | _ -> NoMatch)

    let all definition =
        [ unit; fuse; absorb definition; foldBack; plain ]
