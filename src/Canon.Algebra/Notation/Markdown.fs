namespace Canon.Algebra

open System

/// The arrow notation in Markdown.
module internal Markdown =

    /// Backticks, one more than ever stand together in the text, and at least so many.
    let private ticks least (text: string) =
        let longest, _ =
            text
            |> Seq.fold
                (fun (longest, run) c ->
                    let run = if c = '`' then run + 1 else 0
                    max longest run, run)
                (0, 0)

        String('`', max least (longest + 1))

    /// Lines as they are.
    let fence (text: string) =
        let ticks = ticks 3 text
        $"{ticks}\n{text}\n{ticks}\n"

    /// Text within a line as it is; it has one line.
    let code (text: string) =
        let line = text.ReplaceLineEndings " "
        let ticks = ticks 1 line
        let space = if line.StartsWith '`' || line.EndsWith '`' then " " else ""
        ticks + space + line + space + ticks

    /// What may stand in a cell of a table.
    let cell (text: string) =
        text.ReplaceLineEndings(" ").Replace("|", "\\|")

    let private list (items: string list) =
        String.concat "" [ for item in items -> "- " + item.ReplaceLineEndings " " + "\n" ]

    /// A heading with a list under it; nothing for an empty list.
    let section heading items =
        match items with
        | [] -> ""
        | items -> $"\n## {heading}\n\n" + list items

    /// The network, and a list of what its names stand for.
    let document (document: Document) =
        let network = fence (PlainText.network true document.Network)

        match document.Definitions with
        | [] -> network
        | definitions ->
            network
            + "\nwhere\n\n"
            + list (definitions |> List.map (PlainText.definition >> code))
