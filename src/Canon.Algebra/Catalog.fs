namespace Canon.Algebra

open Canon.Algebra.Rules

[<RequireQualifiedAccess>]
module Catalog =

    let rules definition =
        List.concat
            [ Decomposition.all definition
              Folding.all
              Commutation.all
              Absorption.all definition
              Branches.all
              Wires.all ]

    let all = rules RowNorm

    let tryFind name =
        all |> List.tryFind (fun rule -> rule.Name = name)

    let descriptions =
        all
        |> List.choose (fun rule ->
            RuleDescriptions.byRule
            |> Map.tryFind rule.Name
            |> Option.map (fun description -> rule, description))
