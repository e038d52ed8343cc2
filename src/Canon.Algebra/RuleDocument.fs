namespace Canon.Algebra

[<StructuralEquality; NoComparison>]
type RuleDescription =
    { Words: string; Examples: string list }

[<RequireQualifiedAccess>]
module RuleDocument =

    let worked (rule: Rule) network =
        let notation = Notation false
        notation.Write network |> ignore

        match rule.Apply(Network.parts network) with
        | NoMatch -> [ "does not match" ]
        | Refused reason -> [ $"refused: {reason}" ]
        | Fired rewrite ->
            let rest =
                Network.parts network
                |> List.skip (min rewrite.Consumed (Network.parts network).Length)

            let after = notation.Write(Network.compose (rewrite.Produced @ rest))

            let assumptions = rewrite.Assumptions |> List.map (Assumption.text notation)

            [ $"=> {after}"
              if not assumptions.IsEmpty then
                  $"""if {String.concat ", " assumptions}"""
              for struct (name, meaning) in notation.Definitions do
                  $"where {name} = {meaning}" ]

    let private exactness rule =
        match rule.Exactness with
        | Exact -> "Exact up to rounding."
        | BitExact -> "Exact to the last bit."

    let private section (rule: Rule, description: RuleDescription) =
        let example text =
            match Parse.network text with
            | Ok network ->
                Print.network network
                :: (worked rule network |> List.map (fun line -> "  " + line))
                |> String.concat "\n"
            | Error error -> Reading.wrong error.At $"{error.Reason} (an example of {rule.Name})"

        [ $"\n## {rule.Name}\n"
          Markdown.fence rule.Law
          description.Words + "\n"
          $"{exactness rule} Source: {rule.Source}.\n"
          if not description.Examples.IsEmpty then
              description.Examples
              |> List.map example
              |> String.concat "\n\n"
              |> Markdown.fence ]
        |> String.concat "\n"

    let markdown (title: string) rules =
        Reading.guard (fun () -> $"# {title}\n" + (rules |> List.map section |> String.concat ""))
