namespace Canon.Algebra

[<RequireQualifiedAccess>]
module Parse =

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

            resolver.Network document.Network)

    let network text = networkWith (fun _ -> None) text
