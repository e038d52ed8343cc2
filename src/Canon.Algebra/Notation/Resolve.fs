namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices

/// What the names of a text mean: definitions, known parameters, and symbols for the rest.
[<Sealed>]
type internal Scope(known: string -> Parameter option, definitions: Definition list) =
    let meanings = Dictionary<string, Expression>()
    let parameters = Dictionary<string, Parameter>()

    do
        for definition in definitions do
            if not (meanings.TryAdd(definition.Name, definition.Meaning)) then
                Reading.wrong definition.At $"{definition.Name} is given two meanings"

    do
        let settled = HashSet<string>()
        let underWay = HashSet<string>()

        let rec visit struct (at, name) =
            RuntimeHelpers.EnsureSufficientExecutionStack()

            if underWay.Contains name then
                Reading.wrong at $"{name} is defined by itself"

            match meanings.TryGetValue name with
            | true, meaning when settled.Add name ->
                underWay.Add name |> ignore
                Seq.iter visit (Expression.names meaning)
                underWay.Remove name |> ignore
            | _ -> ()

        for definition in definitions do
            visit struct (definition.At, definition.Name)

    member _.TryMeaning name =
        match meanings.TryGetValue name with
        | true, meaning -> Some meaning
        | false, _ -> None

    /// One parameter a name; a size given once holds for all its uses.
    member _.Parameter(at, name, rows, columns) =
        let fits (given: int option) (size: int option) = Option.isNone given || given = size

        match known name with
        | Some parameter when fits rows parameter.Rows && fits columns parameter.Columns -> parameter
        | Some parameter ->
            Reading.wrong
                at
                $"{name} is {defaultArg parameter.Rows 0}x{defaultArg parameter.Columns 0}, which does not fit here"
        | None ->
            match parameters.TryGetValue name with
            | true, parameter when fits rows parameter.Rows && fits columns parameter.Columns -> parameter
            | true, _ -> Reading.wrong at $"{name} has another shape elsewhere"
            | false, _ ->
                let parameter = Parameter.symbolic name rows columns
                parameters[name] <- parameter
                parameter

    /// Takes note of the shapes of weights, wherever they are written, before the weights are used.
    member x.Declare written =
        let rec weightName expression =
            match expression with
            | Expression.Name(at, name) ->
                match x.TryMeaning name with
                | Some meaning -> weightName meaning
                | None -> Some(at, name)
            | Expression.Times _ -> List.tryPick weightName (Expression.factors expression)
            | _ -> None

        match written with
        | Written.Linear(_, _, weight, Some(rows, columns), _) ->
            weightName weight
            |> Option.iter (fun (at, name) -> x.Parameter(at, name, rows, columns) |> ignore)
        | Written.Chain inner
        | Written.Branches(_, _, inner)
        | Written.Opaque(_, _, _, Some inner) -> List.iter x.Declare inner
        | Written.Linear(_, _, _, None, _)
        | Written.Scale _
        | Written.Activation _
        | Written.LeakyRelu _
        | Written.PRelu _
        | Written.Clip _
        | Written.Flatten _
        | Written.Identity _
        | Written.Opaque(_, _, _, None)
        | Written.As _
        | Written.Wire _
        | Written.Variable _
        | Written.Run _ -> ()

/// The coefficients of a text. Definitions are resolved once and shared.
[<Sealed>]
type internal Resolver(scope: Scope) =
    let gains = Dictionary<string, Gain>()

    /// The number that is given; a metavariable is refused.
    static member Given slot =
        match slot with
        | Slot.Given value -> value
        | Slot.Variable(at, name) -> Reading.metavariable at name

    member x.Gain expression : Gain =
        RuntimeHelpers.EnsureSufficientExecutionStack()

        match expression with
        | Expression.One _ -> Gain.one
        | Expression.Name(_, name) ->
            match gains.TryGetValue name with
            | true, gain -> gain
            | false, _ ->
                let gain =
                    match scope.TryMeaning name with
                    | Some meaning -> x.Gain meaning
                    | None -> Gain.symbol name None

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
        | Expression.Repeat(_, gain, times) -> Gain.repeat (Resolver.Given times) (x.Gain gain)
        | Expression.Variable(at, name) -> Reading.metavariable at name
        | Expression.Diagonal(at, _) -> Reading.wrong at "a diagonal stands where a vector is expected"

    member private x.Norms(definition, matrix, bias) =
        Gain.norms definition (x.Coefficients(matrix, None, bias))

    member x.Coefficients(matrix, shape, bias) : Affine =
        let left, weight, right = x.Matrix(matrix, shape)

        { Left = left
          Weight = weight
          Right = right
          Bias = bias |> Option.map (fun b -> x.Bias(b, weight)) }

    /// diag(left)·P·diag(right), from the factors in order.
    member private x.Matrix(expression, shape: (int option * int option) option) : Gain * Parameter * Gain =
        let step (left, weight, right) factor =
            match factor, weight with
            | Expression.Diagonal(_, g), None -> Gain.multiply left (x.Gain g), None, right
            | Expression.Diagonal(_, g), Some _ -> left, weight, Gain.multiply right (x.Gain g)
            | Expression.Name(at, name), None ->
                match scope.TryMeaning name with
                | Some meaning ->
                    let innerLeft, weight, innerRight = x.Matrix(meaning, shape)
                    Gain.multiply left innerLeft, Some weight, innerRight
                | None ->
                    let rows, columns = defaultArg shape (None, None)
                    left, Some(scope.Parameter(at, name, rows, columns)), right
            | Expression.Variable(at, name), _ -> Reading.metavariable at name
            | other, _ ->
                Reading.wrong (Expression.position other) "a weight is diag(…) * W * diag(…), with one name for W"

        match Expression.factors expression |> List.fold step (Gain.one, None, Gain.one) with
        | left, Some weight, right -> left, weight, right
        | _, None, _ -> Reading.wrong (Expression.position expression) "a weight needs the name of a matrix"

    /// gain ⊙ b.
    member private x.Bias(expression, weight: Parameter) : Bias =
        match expression with
        | Expression.Name(at, name) ->
            match scope.TryMeaning name with
            | Some meaning -> x.Bias(meaning, weight)
            | None ->
                { Gain = Gain.one
                  Vector = scope.Parameter(at, name, weight.Rows, Some 1) }
        | Expression.Times(gain, last) ->
            let bias = x.Bias(last, weight)

            { bias with
                Gain = Gain.multiply (x.Gain gain) bias.Gain }
        | Expression.Variable(at, name) -> Reading.metavariable at name
        | other -> Reading.wrong (Expression.position other) "a bias is a name, or a gain times a name"
