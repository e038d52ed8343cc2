namespace Canon.Verification

open System.Runtime.CompilerServices
open Canon.Algebra

/// A step that a rule can take in a network.
type internal Redex =
    {
        Rule: string
        /// As in `Place`: part, child, part, …, part.
        Path: int list
        Consumed: int
        After: Lazy<Network>
    }

[<RequireQualifiedAccess>]
module internal Redex =

    /// Every step that one of the rules can take, from the input on, a term before what is inside it.
    let all (rules: Rule list) network : Redex seq =
        let rec inside outer (embed: Network -> Network) network =
            seq {
                RuntimeHelpers.EnsureSufficientExecutionStack()
                let parts = Network.parts network |> List.toArray

                let context passed rest middle =
                    embed (Network.compose (passed @ middle @ rest))

                let mutable rest = List.ofArray parts

                for index in 0 .. parts.Length - 1 do
                    let here = rest
                    let passed () = List.ofArray parts[.. index - 1]

                    for rule in rules do
                        match rule.Apply here with
                        | Fired rewrite ->
                            { Rule = rule.Name
                              Path = List.rev (index :: outer)
                              Consumed = rewrite.Consumed
                              After = lazy context (passed ()) (List.skip rewrite.Consumed here) rewrite.Produced }
                        | NoMatch
                        | Refused _ -> ()

                    let children = Traversal.children here.Head

                    for k, child in List.indexed children do
                        let embed child =
                            context
                                (passed ())
                                here.Tail
                                [ Traversal.withChildren (List.updateAt k child children) here.Head ]

                        yield! inside (k :: index :: outer) embed child

                    rest <- here.Tail
            }

        inside [] id network

    /// Whether the steps replace a term in common, or one of them is inside a term that the other replaces.
    let rec overlap (first: int list, consumedFirst) (second: int list, consumedSecond) =
        match first, second with
        | [ i ], [ j ] -> i < j + consumedSecond && j < i + consumedFirst
        | [ i ], j :: _ -> i <= j && j < i + consumedFirst
        | i :: _, [ j ] -> j <= i && i < j + consumedSecond
        | i :: k :: first, j :: l :: second -> i = j && k = l && overlap (first, consumedFirst) (second, consumedSecond)
        | [], _
        | _, [] -> false
