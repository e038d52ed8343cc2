namespace Canon.Algebra.Rules

open Canon.Algebra

[<RequireQualifiedAccess>]
module Folding =

    let private isDiagonal (a: Affine) = a.Weight.Grouping = Diagonal

    let private biasOf (a: Affine) = a.Bias |> Option.map _.Vector

    let private sum (first: Parameter option) (second: Parameter option) =
        match first, second with
        | Some a, Some b -> Some(Parameter.plus a b)
        | Some one, None
        | None, Some one -> Some one
        | None, None -> None

    /// Why two layers cannot become one, the weight of `staying`.
    let private obstacle (first: Affine) (second: Affine) staying =
        match Affine.tie staying with
        | Some reason -> Some reason
        | None when Affine.isPlain first && Affine.isPlain second -> None
        | None -> Some "a scale has entered one of the layers"

    /// What a parameter is made of is computed by recursion. No network has as many norms in a row.
    let private mostNested = 64

    let private fires (folded: Affine) kernel label =
        if
            Parameter.depth folded.Weight > mostNested
            || biasOf folded |> Option.exists (fun b -> Parameter.depth b > mostNested)
        then
            Refused $"the layer would be made of more than {mostNested} layers, one in another"
        else
            Rule.fires 2 [ Linear(folded, kernel, label) ]

    let before =
        Rule.define
            "diagonal-folding"
            Exact
            "linear(W, b) -> linear(diagonal(a), c) = linear(diag(a) W, a * b + c): a batch norm, a shift or factors enter the layer in front"
            "calculus §2, batch-norm fold"
            (fun parts ->
                match parts with
                | Linear(first, kernel, label) :: Linear(second, _, _) :: _ when isDiagonal second ->
                    match obstacle first second first with
                    | Some reason -> Refused reason
                    | None ->
                        let factors = Parameter.diagonalEntries second.Weight
                        let bias = biasOf first |> Option.map (Parameter.times factors)

                        let folded =
                            Affine.ofParameters (Parameter.times factors first.Weight) (sum bias (biasOf second))

                        fires folded kernel label
                | _ -> NoMatch)

    /// Whether every position behind sees as many constants as every other.
    let private seesAlike kernel =
        match kernel with
        | Direct window -> not (Window.pads window)
        | Transposed _ -> Kernel.isPointwise kernel

    let behind =
        Rule.define
            "diagonal-unfolding"
            Exact
            "linear(diagonal(a), c) -> linear(W, b) = linear(W diag(a), W c + b): a batch norm, a shift or factors enter the layer behind, where none of its windows sees padding"
            "calculus §2, batch-norm fold"
            (fun parts ->
                match parts with
                | Linear(first, _, _) :: Linear(second, kernel, label) :: _ when
                    isDiagonal first && not (isDiagonal second)
                    ->
                    match obstacle first second second with
                    | Some reason -> Refused reason
                    | None when first.Bias.IsSome && not (seesAlike kernel) ->
                        Refused "at the edges the windows see padding instead of the shift"
                    | None ->
                        let image = biasOf first |> Option.map (Parameter.image second.Weight)

                        let weight =
                            Parameter.timesColumns second.Weight (Parameter.diagonalEntries first.Weight)

                        fires (Affine.ofParameters weight (sum image (biasOf second))) kernel label
                | _ -> NoMatch)

    let all = [ before; behind ]
