namespace Canon.Algebra

/// Every rule by name.
[<RequireQualifiedAccess>]
module Catalog =

    /// The rules for a definition of the gain, family by family.
    val rules: definition: GainDefinition -> Rule list

    /// The rules for the note's gains.
    val all: Rule list

    /// The rule of a name, such as `activation-commutation`, for the note's gains.
    val tryFind: name: string -> Rule option

    /// Each rule of `all` described, in its order. It fires on its first example.
    val descriptions: (Rule * RuleDescription) list
