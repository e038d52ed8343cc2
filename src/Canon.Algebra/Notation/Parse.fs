namespace Canon.Algebra

open System.Collections.Generic

[<RequireQualifiedAccess>]
module Parse =

    let networkWith (known: string -> Parameter option) (text: string) : Result<Network, NotationError> =
        Reading.guard (fun () ->
            let document = Grammar.read Grammar.document text
            let scope = Scope(known, document.Definitions)
            scope.Declare document.Network
            let resolver = Resolver scope

            // In the order of the text, where each refers to earlier ones: resolved on demand, a long list would be a deep recursion.
            let parameters = HashSet<string>()

            let isParameter meaning =
                Expression.isParameter meaning
                || Expression.factors meaning
                   |> List.exists (fun factor ->
                       match factor with
                       | Expression.Name(_, name) -> parameters.Contains name
                       | _ -> false)

            for definition in document.Definitions do
                if isParameter definition.Meaning then
                    parameters.Add definition.Name |> ignore
                else
                    resolver.Gain(Expression.Name(definition.At, definition.Name)) |> ignore

            resolver.Network document.Network)

    let network text = networkWith (fun _ -> None) text
