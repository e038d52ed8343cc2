namespace Canon.Algebra

open System
open System.Collections.Generic
open System.Runtime.CompilerServices
open FParsec

[<RequireQualifiedAccess>]
module Parse =

    exception private Wrong of NotationError

    let private wrong at reason =
        raise (Wrong { At = at; Reason = reason })

    let rec private positionOf expression =
        match expression with
        | Expression.Name(at, _)
        | Expression.One at
        | Expression.Numbers(at, _)
        | Expression.Diagonal(at, _)
        | Expression.RowNorms(at, _, _)
        | Expression.GainOf(at, _, _)
        | Expression.Lead(at, _)
        | Expression.Repeat(at, _, _)
        | Expression.Ones(at, _) -> at
        | Expression.Times(first, _)
        | Expression.Over(first, _)
        | Expression.Power(first, _) -> positionOf first
        | Expression.Beside parts -> positionOf parts.Head

    let rec private isMatrix expression =
        match expression with
        | Expression.Diagonal _ -> true
        | Expression.Times(a, b) -> isMatrix a || isMatrix b
        | _ -> false

    let rec private names expression =
        match expression with
        | Expression.Name(at, name) -> [ at, name ]
        | Expression.One _
        | Expression.Ones _
        | Expression.Numbers _ -> []
        | Expression.Diagonal(_, inner)
        | Expression.Power(inner, _)
        | Expression.Repeat(_, inner, _)
        | Expression.RowNorms(_, inner, None) -> names inner
        | Expression.Times(a, b)
        | Expression.Over(a, b)
        | Expression.RowNorms(_, a, Some b)
        | Expression.GainOf(_, a, b) -> names a @ names b
        | Expression.Beside parts
        | Expression.Lead(_, parts) -> List.collect names parts

    [<Sealed>]
    type private Scope(known: string -> Parameter option, definitions: ((TextPosition * string) * Expression) list) =
        let meanings = Dictionary<string, Expression>()
        let parameters = Dictionary<string, Parameter>()

        do
            for (at, name), expression in definitions do
                if not (meanings.TryAdd(name, expression)) then
                    wrong at $"{name} is given two meanings"

        do
            let settled = HashSet<string>()
            let underWay = HashSet<string>()

            let rec visit (at, name) =
                RuntimeHelpers.EnsureSufficientExecutionStack()

                if underWay.Contains name then
                    wrong at $"{name} is defined by itself"

                match meanings.TryGetValue name with
                | true, meaning when settled.Add name ->
                    underWay.Add name |> ignore
                    names meaning |> List.iter visit
                    underWay.Remove name |> ignore
                | _ -> ()

            definitions |> List.iter (fst >> visit)

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
                wrong
                    at
                    $"{name} is {defaultArg parameter.Rows 0}x{defaultArg parameter.Columns 0}, which does not fit here"
            | None ->
                match parameters.TryGetValue name with
                | true, parameter when fits rows parameter.Rows && fits columns parameter.Columns -> parameter
                | true, _ -> wrong at $"{name} has another shape elsewhere"
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
                | Expression.Times(a, b) -> Option.orElseWith (fun () -> weightName b) (weightName a)
                | _ -> None

            match written with
            | WrittenLinear(_, _, weight, Some(rows, columns), _) ->
                weightName weight
                |> Option.iter (fun (at, name) -> x.Parameter(at, name, rows, columns) |> ignore)
            | WrittenChain inner
            | WrittenBranches(_, inner) -> List.iter x.Declare inner
            | WrittenLinear(_, _, _, None, _)
            | WrittenScale _
            | WrittenPRelu _
            | WrittenClip _
            | WrittenPlain _ -> ()

    /// gains already resolved: definitions refer to earlier ones, and share them.
    [<Sealed>]
    type private Resolver(scope: Scope) =
        let gains = Dictionary<string, Gain>()

        let rec factors expression =
            match expression with
            | Expression.Times(a, b) -> factors a @ factors b
            | other -> [ other ]

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
                    wrong at "the entries of a scale are finite and not negative"

                Gain.ofValues numbers
            | Expression.Times(a, b) -> Gain.multiply (x.Gain a) (x.Gain b)
            | Expression.Over(a, b) -> Gain.divide (x.Gain a) (x.Gain b)
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
            | Expression.Repeat(_, gain, times) -> Gain.repeat times (x.Gain gain)
            | Expression.Diagonal(at, _) -> wrong at "a diagonal stands where a vector is expected"

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
                | other, _ -> wrong (positionOf other) "a weight is diag(…) * W * diag(…), with one name for W"

            match factors expression |> List.fold step (Gain.one, None, Gain.one) with
            | left, Some weight, right -> left, weight, right
            | _, None, _ -> wrong (positionOf expression) "a weight needs the name of a matrix"

        /// left ⊙ b.
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
            | other -> wrong (positionOf other) "a bias is a name, or a gain times a name"

    let rec private build (resolver: Resolver) (scope: Scope) written : Network =
        match written with
        | WrittenPlain term -> term
        | WrittenChain terms -> terms |> List.map (build resolver scope) |> Network.compose
        | WrittenBranches(join, inner) -> inner |> List.map (build resolver scope) |> join
        | WrittenScale gain -> Scale(resolver.Gain gain)
        | WrittenPRelu(Expression.Name(at, name)) ->
            Activation(PRelu(scope.Parameter(at, name, None, Some 1)), Label "")
        | WrittenPRelu other -> wrong (positionOf other) "prelu takes the name of its slopes"
        | WrittenClip(at, lower, upper, thresholds) ->
            if Double.IsNaN lower || Double.IsNaN upper || lower > upper then
                wrong at "the lower bound of clip must not be above the upper"

            let thresholds =
                thresholds |> Option.map resolver.Gain |> Option.defaultValue Gain.one

            Clip(lower, upper, thresholds, Label "")
        | WrittenLinear(at, unitRows, weight, shape, bias) ->
            let affine = resolver.Coefficients(weight, shape, bias)

            if not unitRows then
                Linear(affine, Label "")
            elif Affine.isPlain affine && affine.Weight.IsSymbolic then
                UnitRowLinear(UnitRows.assume affine.Weight (affine.Bias |> Option.map _.Vector), Label "")
            else
                match UnitRows.tryOfAffine affine with
                | Some rows -> UnitRowLinear(rows, Label "")
                | None -> wrong at "these rows are not unit by their expression: divide them by their gain"

    let private read known (text: string) =
        match runParserOnString Grammar.document () "" text with
        | ParserResult.Success((written, definitions), _, _) ->
            let scope = Scope(known, definitions)
            scope.Declare written
            let resolver = Resolver scope

            // In the order of the text, where each refers to earlier ones: resolved on demand, a long list would be a deep recursion.
            for (at, name), meaning in definitions do
                if not (isMatrix meaning) then
                    resolver.Gain(Expression.Name(at, name)) |> ignore

            build resolver scope written
        | ParserResult.Failure(message, error, _) ->
            // FParsec's message shows the line and a caret under it, then what was expected; only the latter is kept.
            let reason =
                message.Split('\n', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
                |> Array.filter (fun line ->
                    line.StartsWith "Expecting"
                    || line.StartsWith "Unexpected"
                    || line.StartsWith "Note" |> not && line.Contains "expected")
                |> String.concat "; "

            wrong
                { Line = int error.Position.Line
                  Column = int error.Position.Column }
                (if reason = "" then message.Trim() else reason)

    let networkWith (known: string -> Parameter option) (text: string) : Result<Network, NotationError> =
        let refused reason =
            Result.Error
                { At = { Line = 1; Column = 1 }
                  Reason = reason }

        try
            Result.Ok(read known text)
        with
        | Wrong error -> Result.Error error
        | :? InsufficientExecutionStackException -> refused "the text is nested too deeply"
        | :? OverflowException -> refused "a power is beyond 2^31"

    let network text = networkWith (fun _ -> None) text
