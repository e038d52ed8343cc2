namespace Canon.Algebra

open System

[<RequireQualifiedAccess>]
module Parse =

    let private unlabelled = Network.unlabelled

    let private clip at lower upper thresholds =
        if Double.IsNaN lower || Double.IsNaN upper || lower > upper then
            Reading.wrong at "the lower bound of clip must not be above the upper"

        Clip(lower, upper, thresholds, unlabelled)

    let rec private build (resolver: Resolver) (scope: Scope) written : Network =
        let several = List.map (build resolver scope)

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
        | Written.As(_, wire) -> As wire
        | Written.Wire(_, wire) -> Wire wire
        | Written.Scale(_, gain) -> Scale(resolver.Gain gain)
        | Written.Activation(_, name) -> Activation(Words.activations[name], unlabelled)
        | Written.LeakyRelu(_, slope) -> Activation(LeakyRelu(Resolver.Given slope), unlabelled)
        | Written.PRelu(_, Expression.Name(at, name)) ->
            Activation(PRelu(scope.Parameter(at, name, None, Some 1)), unlabelled)
        | Written.PRelu(_, Expression.Variable(at, name)) -> Reading.metavariable at name
        | Written.PRelu(_, other) -> Reading.wrong (Expression.position other) "prelu takes the name of its slopes"
        | Written.Clip(at, lower, upper, thresholds) ->
            thresholds
            |> Option.map resolver.Gain
            |> Option.defaultValue Gain.one
            |> clip at (Resolver.Given lower) (Resolver.Given upper)
        | Written.Flatten(_, positions) -> Flatten(Option.map Resolver.Given positions, unlabelled)
        | Written.Linear(at, unitRows, weight, shape, bias) ->
            let affine = resolver.Coefficients(weight, shape, bias)

            if not unitRows then
                Linear(affine, unlabelled)
            elif Affine.isPlain affine && affine.Weight.IsSymbolic then
                UnitRowLinear(UnitRows.assume affine.Weight (affine.Bias |> Option.map _.Vector), unlabelled)
            else
                match UnitRows.tryOfAffine affine with
                | Some rows -> UnitRowLinear(rows, unlabelled)
                | None -> Reading.wrong at "these rows are not unit by their expression: divide them by their gain"
        | Written.Variable(at, name) -> Reading.metavariable at name
        | Written.Run(at, name) -> Reading.metavariable at $"{name}..."

    let networkWith (known: string -> Parameter option) (text: string) : Result<Network, NotationError> =
        Reading.guard (fun () ->
            let document = Grammar.read Grammar.document text
            let scope = Scope(known, document.Definitions)
            scope.Declare document.Network
            let resolver = Resolver scope

            // In the order of the text, where each refers to earlier ones: resolved on demand, a long list would be a deep recursion.
            for definition in document.Definitions do
                if not (Expression.isMatrix definition.Meaning) then
                    resolver.Gain(Expression.Name(definition.At, definition.Name)) |> ignore

            build resolver scope document.Network)

    let network text = networkWith (fun _ -> None) text
