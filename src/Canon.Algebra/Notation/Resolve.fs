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

    let sized rows columns blocks : SizeSaid =
        { Rows = rows
          Columns = columns
          Blocks = blocks }

    let vectorSize rows = sized rows (Some 1) None

    /// The parameter that a name or a making stands for.
    let rec parameter (size: SizeSaid) expression : Parameter =
        RuntimeHelpers.EnsureSufficientExecutionStack()
        let vector = parameter (vectorSize None)

        match expression with
        | Expression.Name(at, name) ->
            match names.TryMeaning name with
            | Some meaning -> parameter size meaning
            | None -> names.Parameter(at, name, size)
        | Expression.Made(_, "diagonal", [ entries ], _) -> Parameter.diagonal (vector entries)
        | Expression.Made(_, "ones_like", [ like ], _) ->
            let like = vector like
            Parameter.ones like.Name like.Rows
        | Expression.Made(_, "norm_factor", [ gamma; variance ], Some epsilon) ->
            Parameter.normFactor (vector gamma) (vector variance) epsilon
        | Expression.Made(_, "norm_shift", [ gamma; beta; mean; variance ], Some epsilon) ->
            Parameter.normShift (vector gamma) (vector beta) (vector mean) (vector variance) epsilon
        | Expression.Made(_, "times", [ factors; inner ], _) -> Parameter.times (vector factors) (parameter size inner)
        | Expression.Made(_, "times_columns", [ inner; factors ], _) ->
            Parameter.timesColumns (parameter size inner) (vector factors)
        | Expression.Made(_, "image", [ weight; v ], _) ->
            Parameter.image (parameter (sized None None None) weight) (vector v)
        | Expression.Made(at, "select", [ inner; Expression.Selection(_, given, selection) ], _) ->
            let size = size.Selected given

            try
                Parameter.select selection (parameter size inner)
            with :? ArgumentException as e ->
                Reading.wrong at e.Message
        | Expression.Made(_, "plus", [ first; second ], _) -> Parameter.plus (vector first) (vector second)
        | other -> Reading.wrong (Expression.position other) "the name of a parameter is expected here"

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
        | Expression.Name _
        | Expression.Made _ -> parameter (vectorSize None) expression
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
        | Expression.RowNorms _
        | Expression.GainOf _
        | Expression.PowerOfTwo _ -> x.Norms(id, expression)
        | Expression.Lead(_, gains) -> Gain.leader (List.map x.Gain gains)
        | Expression.RootMeanSquare(_, gain) -> Gain.rms (x.Gain gain)
        | Expression.Repeat(_, gain, times) -> Gain.repeat (x.Count times) (x.Gain gain)
        | Expression.Variable(at, name) ->
            match names.Bound(at, name) with
            | Bound.Gain gain -> gain
            | other -> misplaced at name other "a gain"
        | Expression.Strided(at, gain, offset, axes) ->
            match Gain.tryView (Strided(offset, axes)) (x.Gain gain) with
            | Ok g -> g
            | Error reason -> Reading.wrong at reason
        | Expression.Diagonal(at, _) -> Reading.wrong at "a diagonal stands where a vector is expected"
        | Expression.Selection(at, _, _) -> Reading.wrong at "a selection stands where a gain is expected"
        | Expression.Made(at, word, _, _) -> Reading.wrong at $"{word} makes a parameter, and a gain is expected here"

    /// `rounded`: what becomes of the definition of the norms.
    member private x.Norms(rounded, expression) : Gain =
        let norms definition matrix bias =
            Gain.norms (rounded definition) (x.Coefficients(matrix, sized None None None, bias))

        match expression with
        | Expression.RowNorms(_, matrix, None) -> norms RowNorm matrix None
        | Expression.RowNorms(_, matrix, Some bias) -> norms Augmented matrix (Some bias)
        | Expression.GainOf(_, matrix, bias) -> norms RowNorm matrix (Some bias)
        | Expression.PowerOfTwo(_, inner) -> x.Norms(PowerOfTwo, inner)
        | other -> Reading.wrong (Expression.position other) "pow2 takes rownorms(…) or gain(…)"

    member x.Coefficients(matrix, size, bias) : Affine =
        let left, weight, right = x.Matrix(matrix, size)

        { Left = left
          Weight = weight
          Right = right
          Bias = bias |> Option.bind (fun b -> x.Bias(b, weight)) }

    /// diag(left)·P·diag(right), from the factors in order.
    member private x.Matrix(expression, size: SizeSaid) : Gain * Parameter * Gain =
        let around left (innerLeft, weight, innerRight) =
            Gain.multiply left innerLeft, Some weight, innerRight

        let step (left, weight, right) factor =
            match factor, weight with
            | Expression.Diagonal(_, g), None -> Gain.multiply left (x.Gain g), None, right
            | Expression.Diagonal(_, g), Some _ -> left, weight, Gain.multiply right (x.Gain g)
            | Expression.Name(at, name), None ->
                match names.TryMeaning name with
                | Some meaning -> around left (x.Matrix(meaning, size))
                | None -> left, Some(names.Parameter(at, name, size)), right
            | Expression.Made _, None -> left, Some(parameter size factor), right
            | Expression.Variable(at, name), None ->
                match names.Bound(at, name) with
                | Bound.Weight(innerLeft, weight, innerRight, _, _, _) -> around left (innerLeft, weight, innerRight)
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
                      Vector = names.Parameter(at, name, vectorSize weight.Rows) }
        | Expression.Made _ ->
            Some
                { Gain = Gain.one
                  Vector = parameter (vectorSize None) expression }
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

    /// The kernel and the name of the layer that a weight comes from; those of a dense layer without name.
    member private _.Layer weight : Kernel * Label =
        Expression.factors weight
        |> List.tryPick (fun factor ->
            match factor with
            | Expression.Variable(at, name) ->
                match names.Bound(at, name) with
                | Bound.Weight(_, _, _, _, kernel, label) -> Some(kernel, label)
                | _ -> None
            | _ -> None)
        |> Option.defaultValue (Kernel.dense, Network.unlabelled)

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
                  Space = None
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
        | Written.Flatten(_, positions) -> Rearrange(Rearrangement.Flatten(Option.map x.Count positions), unlabelled)
        | Written.Rearrange(_, rearrangement) -> Rearrange(rearrangement, unlabelled)
        | Written.Spatial(_, operation) -> Spatial(operation, unlabelled)
        | Written.Normalize(_, normalization, epsilon, tolerance) ->
            let tolerance = tolerance |> Option.map x.Gain |> Option.defaultValue Gain.one
            Normalize(normalization, epsilon, tolerance, unlabelled)
        | Written.BatchNorm(at, vectors, epsilon) ->
            match vectors |> List.map (parameter (vectorSize None)) with
            | [ gamma; beta; mean; variance ] ->
                try
                    Network.batchNorm gamma beta mean variance epsilon ""
                with :? ArgumentException as e ->
                    Reading.wrong at e.Message
            | _ -> Reading.wrong at "a batch norm has four vectors"
        | Written.Shift(_, bias) -> Network.shift (parameter (vectorSize None) bias) ""
        | Written.Linear(at, unitRows, weight, shape, bias, groups, kernel) ->
            let matched, label = x.Layer weight
            let kernel = defaultArg kernel matched
            let rows, columns = defaultArg shape (None, None)

            let a =
                x.Coefficients(weight, sized rows columns (Some(Groups groups, (Kernel.window kernel).Taps)), bias)

            if not unitRows then
                Linear(a, kernel, label)
            else
                match names.TryUnitRows a |> Option.orElseWith (fun () -> UnitRows.tryOfAffine a) with
                | Some rows -> UnitRowLinear(rows, kernel, label)
                | None -> Reading.wrong at "these rows are not unit by their expression: divide them by their gain"
        | Written.Variable(at, name)
        | Written.Run(at, name) -> Network.compose (x.Terms(at, name))
