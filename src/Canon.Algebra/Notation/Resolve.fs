namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices

/// The coefficients of a text. Definitions are resolved once and shared.
[<Sealed>]
type internal Resolver(names: Names) =
    let gains = Dictionary<string, Gain>()

    let misplaced at name (bound: Bound) wanted =
        Reading.wrong at $"?{name} stands for {bound.Kind}; {wanted} is needed here"

    member _.Number slot =
        match slot with
        | Slot.Given value -> value
        | Slot.Variable(at, name) ->
            match names.Bound(at, name) with
            | Bound.Number value -> value
            | other -> misplaced at name other "a number"

    member _.Count slot =
        match slot with
        | Slot.Given value -> value
        | Slot.Variable(at, name) ->
            match names.Bound(at, name) with
            | Bound.Count value -> value
            | other -> misplaced at name other "a count"

    member _.Terms(at, name) =
        match names.Bound(at, name) with
        | Bound.Terms terms -> terms
        | other -> misplaced at name other "a term"

    member _.Slopes expression =
        match expression with
        | Expression.Name(at, name) -> names.Parameter(at, name, None, Some 1)
        | Expression.Variable(at, name) ->
            match names.Bound(at, name) with
            | Bound.Slopes slopes -> slopes
            | other -> misplaced at name other "a vector of slopes"
        | other -> Reading.wrong (Expression.position other) "prelu takes the name of its slopes"

    member x.Gain expression : Gain =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        match expression with
        | Expression.One _ -> Gain.one
        | Expression.Name(at, name) ->
            match gains.TryGetValue name with
            | true, gain -> gain
            | false, _ ->
                let gain =
                    match names.TryMeaning name with
                    | Some meaning -> x.Gain meaning
                    | None -> names.Symbol(at, name)

                gains[name] <- gain
                gain
        | Expression.Numbers(at, numbers) ->
            if numbers |> List.exists (fun n -> not (Double.IsFinite n) || n < 0.0) then
                Reading.wrong at "the entries of a scale are finite and not negative"

            Gain.ofValues numbers
        | Expression.Times _
        | Expression.Over _ ->
            let struct (first, others) = Expression.spine expression

            others
            |> List.fold
                (fun g (struct (divides, factor)) -> (if divides then Gain.divide else Gain.multiply) g (x.Gain factor))
                (x.Gain first)
        | Expression.Power(a, k) -> Gain.power k (x.Gain a)
        | Expression.Beside parts ->
            parts
            |> List.map (fun part ->
                match part with
                | Expression.Ones(_, width) -> Gain.one, Some width
                | other -> x.Gain other, None)
            |> Gain.concat
        | Expression.Ones _ -> Gain.one
        | Expression.RowNorms(_, matrix, None) -> x.Norms(RowNorm, matrix, None)
        | Expression.RowNorms(_, matrix, Some bias) -> x.Norms(Augmented, matrix, Some bias)
        | Expression.GainOf(_, matrix, bias) -> x.Norms(RowNorm, matrix, Some bias)
        | Expression.Lead(_, gains) -> Gain.leader (List.map x.Gain gains)
        | Expression.Repeat(_, gain, times) -> Gain.repeat (x.Count times) (x.Gain gain)
        | Expression.Variable(at, name) ->
            match names.Bound(at, name) with
            | Bound.Gain gain -> gain
            | other -> misplaced at name other "a gain"
        | Expression.Diagonal(at, _) -> Reading.wrong at "a diagonal stands where a vector is expected"

    member private x.Norms(definition, matrix, bias) =
        Gain.norms definition (x.Coefficients(matrix, None, bias))

    member x.Coefficients(matrix, shape, bias) : Affine =
        let left, weight, right = x.Matrix(matrix, shape)

        { Left = left
          Weight = weight
          Right = right
          Bias = bias |> Option.bind (fun b -> x.Bias(b, weight)) }

    /// diag(left)·P·diag(right), from the factors in order.
    member private x.Matrix(expression, shape: (int option * int option) option) : Gain * Parameter * Gain =
        let around left (innerLeft, weight, innerRight) =
            Gain.multiply left innerLeft, Some weight, innerRight

        let step (left, weight, right) factor =
            match factor, weight with
            | Expression.Diagonal(_, g), None -> Gain.multiply left (x.Gain g), None, right
            | Expression.Diagonal(_, g), Some _ -> left, weight, Gain.multiply right (x.Gain g)
            | Expression.Name(at, name), None ->
                match names.TryMeaning name with
                | Some meaning -> around left (x.Matrix(meaning, shape))
                | None ->
                    let rows, columns = defaultArg shape (None, None)
                    left, Some(names.Parameter(at, name, rows, columns)), right
            | Expression.Variable(at, name), None ->
                match names.Bound(at, name) with
                | Bound.Weight(innerLeft, weight, innerRight, _, _) -> around left (innerLeft, weight, innerRight)
                | other -> misplaced at name other "a weight"
            | other, _ ->
                Reading.wrong (Expression.position other) "a weight is diag(…) * W * diag(…), with one name for W"

        match Expression.factors expression |> List.fold step (Gain.one, None, Gain.one) with
        | left, Some weight, right -> left, weight, right
        | _, None, _ -> Reading.wrong (Expression.position expression) "a weight needs the name of a matrix"

    /// gain ⊙ b; None where a metavariable stands for no bias.
    member private x.Bias(expression, weight: Parameter) : Bias option =
        match expression with
        | Expression.Name(at, name) ->
            match names.TryMeaning name with
            | Some meaning -> x.Bias(meaning, weight)
            | None ->
                Some
                    { Gain = Gain.one
                      Vector = names.Parameter(at, name, weight.Rows, Some 1) }
        | Expression.Times(gain, last) ->
            let gain = x.Gain gain

            x.Bias(last, weight)
            |> Option.map (fun bias ->
                { bias with
                    Gain = Gain.multiply gain bias.Gain })
        | Expression.Variable(at, name) ->
            match names.Bound(at, name) with
            | Bound.Bias bias -> bias
            | other -> misplaced at name other "a bias"
        | other -> Reading.wrong (Expression.position other) "a bias is a name, or a gain times a name"

    /// The name of the layer that a weight comes from.
    member private _.Label weight =
        Expression.factors weight
        |> List.tryPick (fun factor ->
            match factor with
            | Expression.Variable(at, name) ->
                match names.Bound(at, name) with
                | Bound.Weight(_, _, _, _, label) -> Some label
                | _ -> None
            | _ -> None)
        |> Option.defaultValue Network.unlabelled

    /// The network that is written.
    member x.Network written : Network =
        let unlabelled = Network.unlabelled
        let several = List.map x.Network

        match written with
        | Written.Identity _ -> Network.identity
        | Written.Chain terms -> Network.compose (several terms)
        | Written.Branches(_, Junction.Sum, inner) -> Sum(several inner, unlabelled)
        | Written.Branches(_, Junction.Concat, inner) ->
            Concat(several inner, Widths(List.map (fun _ -> None) inner), unlabelled)
        | Written.Branches(_, Junction.Product, inner) -> Product(several inner, unlabelled)
        | Written.Branches(_, Junction.Tuple, inner) -> Network.Tuple(several inner)
        | Written.Opaque(_, name, output, inputs) ->
            let node =
                { Name = name
                  Output = output
                  Channels = None
                  Positions = None
                  Label = unlabelled }

            Opaque(node, inputs |> Option.map several |> Option.defaultValue [ Network.identity ])
        | Written.As(at, wire) -> As(names.Wire(at, wire))
        | Written.Wire(at, wire) -> Wire(names.Wire(at, wire))
        | Written.Scale(_, gain) -> Scale(x.Gain gain)
        | Written.Activation(_, name) -> Activation(Words.activations[name], unlabelled)
        | Written.LeakyRelu(_, slope) -> Activation(LeakyRelu(x.Number slope), unlabelled)
        | Written.PRelu(_, slopes) -> Activation(PRelu(x.Slopes slopes), unlabelled)
        | Written.Clip(at, lower, upper, thresholds) ->
            let lower, upper = x.Number lower, x.Number upper

            if Double.IsNaN lower || Double.IsNaN upper || lower > upper then
                Reading.wrong at "the lower bound of clip must not be above the upper"

            Clip(lower, upper, thresholds |> Option.map x.Gain |> Option.defaultValue Gain.one, unlabelled)
        | Written.Flatten(_, positions) -> Flatten(Option.map x.Count positions, unlabelled)
        | Written.Linear(at, unitRows, weight, shape, bias) ->
            let a = x.Coefficients(weight, shape, bias)

            if not unitRows then
                Linear(a, x.Label weight)
            else
                match names.TryUnitRows a |> Option.orElseWith (fun () -> UnitRows.tryOfAffine a) with
                | Some rows -> UnitRowLinear(rows, x.Label weight)
                | None -> Reading.wrong at "these rows are not unit by their expression: divide them by their gain"
        | Written.Variable(at, name)
        | Written.Run(at, name) -> Network.compose (x.Terms(at, name))
