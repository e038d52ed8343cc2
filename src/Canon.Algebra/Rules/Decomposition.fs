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
                | Linear(a, label) :: _ ->
                    let rows, gain = UnitRows.decompose definition a
                    Rule.fires 1 [ UnitRowLinear(rows, label); Scale gain ]
                | _ -> NoMatch)

    let all definition = [ weightNorm definition ]
