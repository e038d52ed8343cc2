namespace Canon.Algebra

/// Derivations as documents: the network before and after, what names stand for, every step, what was refused and why, what was
/// taken for granted, and why it ended. A name means the same throughout a document.
[<RequireQualifiedAccess>]
module DerivationDocument =

    /// The sentence on a refusal.
    val internal refused: rule: string -> place: string -> reason: string -> string

    /// Plain lines.
    val text: derivation: Derivation -> string

    /// Markdown, under a heading.
    val markdown: title: string -> derivation: Derivation -> string

    /// LaTeX for display mathematics, an `aligned` block as `Print.latex` writes it.
    val latex: derivation: Derivation -> string

    /// For other programs, an object: `original` and `result`, each with its `text` and its `term`; `definitions` and the terms as
    /// `Print.json` writes them; `steps` with `rule`, `place`, `before`, `after`, `assumptions`; `refusals` with `rule`, `place`,
    /// `reason` and the sentence as `text`; `assumptions`; `stop`, `completed` or `step limit` with its `limit`.
    val json: derivation: Derivation -> string
