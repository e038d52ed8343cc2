namespace Canon.Algebra

/// What a reader is told of a rule besides its law.
[<StructuralEquality; NoComparison>]
type RuleDescription =
    {
        /// What the rule does, and when it fires and refuses: sentences.
        Words: string
        /// Networks in arrow notation that the rule is tried on, from their first term on.
        Examples: string list
    }

/// Rules as a document that cannot go stale: examples are worked by the rules themselves.
[<RequireQualifiedAccess>]
module RuleDocument =

    /// What a rule makes of a network at its first term, a line each: `=> ` the network afterwards, the assumptions, and what its
    /// names stand for; or that the rule refuses, and why; or that it does not match.
    val worked: rule: Rule -> network: Network -> string list

    /// The rules as Markdown: for each its law, its source, in what sense it is exact, its description, and what it makes of each
    /// example: the network afterwards with its assumptions and what its names stand for, or why it refuses.
    /// Errors: the first example that is not a network, with the rule's name.
    val markdown: title: string -> rules: (Rule * RuleDescription) list -> Result<string, NotationError>
