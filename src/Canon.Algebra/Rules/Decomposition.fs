namespace Canon.Algebra.Rules

open Canon.Algebra

[<RequireQualifiedAccess>]
module Decomposition =

    let weightNorm definition =
        Rule.define
            "weight-norm-decomposition"
            Exact
            "linear(W, b) = unit_row_linear(W / g, b / g) -> scale(g), g = gain(W, b): row norms; |b| on a zero row; 0 on a dead one"
            "note, I; calculus §3"
            (fun parts ->
                match parts with
                | Linear(a, kernel, label) :: _ ->
                    match Affine.tie a with
                    | Some reason -> Refused reason
                    | None ->
                        let rows, gain = UnitRows.decompose definition a
                        Rule.fires 1 [ UnitRowLinear(rows, kernel, label); Scale gain ]
                | _ -> NoMatch)

    let ownNorms definition =
        Rule.define
            "own-norms"
            Exact
            "scale(g) -> linear(W, b) = linear(own/h * M, own/h * b) -> scale(h / own), M = W diag(g), h = gain(M, b), own = gain of the parameters"
            "calculus §6"
            (fun parts ->
                let restore consumed g a kernel label =
                    let a = Affine.scaleInput g a
                    let rest = Gain.divide (Affine.gain definition a) (Affine.ownGain definition a)

                    if rest.IsOne && consumed = 1 then
                        NoMatch
                    else
                        Rule.fires
                            consumed
                            [ Linear(Affine.scaleOutput (Gain.reciprocal rest) a, kernel, label)
                              Scale rest ]

                match parts with
                | (Scale _ :: Linear(a, _, _) :: _ | Linear(a, _, _) :: _) when a.Weight.IsTied ->
                    Refused (Affine.tie a).Value
                | Scale g :: Linear(a, kernel, label) :: _ -> restore 2 g a kernel label
                | Scale g :: UnitRowLinear(rows, kernel, label) :: _ -> restore 2 g rows.Coefficients kernel label
                | Linear(a, kernel, label) :: _ -> restore 1 Gain.one a kernel label
                | UnitRowLinear(rows, kernel, label) :: _ -> restore 1 Gain.one rows.Coefficients kernel label
                | _ -> NoMatch)

    let all definition =
        [ weightNorm definition; ownNorms definition ]
