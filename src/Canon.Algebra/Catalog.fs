namespace Canon.Algebra

open Canon.Algebra.Rules

/// Every rule by name.
[<RequireQualifiedAccess>]
module Catalog =

    /// The rules for a definition of the gain, family by family.
    let rules definition =
        List.concat
            [ Decomposition.all definition
              Commutation.all
              Absorption.all definition
              Branches.all
              Wires.all ]

    /// The rules for the note's gains.
    let all = rules RowNorm

    /// The rule of a name, such as `activation-commutation`.
    let tryFind name =
        all |> List.tryFind (fun rule -> rule.Name = name)
