using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>
/// Text for people. On a terminal it is coloured and wrapped with its indentation; redirected, every line is whole, so that
/// other programs can read it.
/// </summary>
internal sealed class Page(IAnsiConsole console)
{
    private const string Arrow = " -> ";

    // More than any row has: where no screen is, rows stay whole.
    private const int MostCharacters = 4096;

    private bool IsTerminal => console.Profile.Capabilities.Ansi;

    public int Width => console.Profile.Width;

    /// <summary>How many characters a row may have, without its indentation.</summary>
    public int RowWidth => IsTerminal ? Width - 2 : MostCharacters;

    public static string Escape(string text) => Markup.Escape(Plain.Text(text));

    public void Heading(string text) => Line($"\n[bold]{Escape(text)}[/]");

    /// <summary>A line of markup.</summary>
    public void Line(string markup, int indent = 0)
    {
        if (IsTerminal)
            console.Write(new Padder(new Markup(markup), new Padding(indent, 0, 0, 0)));
        else
            console.Profile.Out.Writer.WriteLine(new string(' ', indent) + Markup.Remove(markup));
        if (IsTerminal && markup.Length == 0)
            console.WriteLine();
    }

    /// <summary>Plain text of several lines, each indented as it is.</summary>
    public void Lines(string text)
    {
        foreach (string line in text.TrimEnd().Split('\n'))
            Arrows(line.TrimStart(' '), indent: line.Length - line.TrimStart(' ').Length);
    }

    /// <summary>Names and what they stand for, indented, a line each.</summary>
    public void Names(IReadOnlyList<Definition> names)
    {
        int width = names.Max(name => name.Name.Length);
        foreach (Definition name in names)
            Line(Escape($"{name.Name.PadRight(width)} = {name.Meaning}"), indent: 2);
    }

    /// <summary>A table, indented.</summary>
    public void Write(Table table)
    {
        table.Columns[^1].PadRight(0);
        int width = Width;
        if (!IsTerminal)
            console.Profile.Width = MostCharacters;
        console.Write(new Padder(table, new Padding(2, 0, 0, 0)));
        console.Profile.Width = width;
    }

    /// <summary>A network in arrow notation, broken in front of arrows where the terminal is too narrow.</summary>
    public void Arrows(string notation, int indent = 0)
    {
        if (!IsTerminal)
        {
            Line(Escape(notation), indent);
            return;
        }

        string[] pieces = Plain.Text(notation).Split(Arrow);
        string plain = pieces[0], markup = Piece(pieces[0]);
        foreach (string piece in pieces.Skip(1))
        {
            if (indent + plain.Length + Arrow.Length + piece.Length > Width)
            {
                Line(markup, indent);
                plain = markup = "  ";
            }

            bool first = plain == "  ";
            plain += (first ? "-> " : Arrow) + piece;
            markup += (first ? "" : " ") + "[grey]->[/] " + Piece(piece);
        }

        Line(markup, indent);
    }

    /// <summary>The scales are what the notation is read for.</summary>
    private static string Piece(string piece) =>
        piece.StartsWith("scale(", StringComparison.Ordinal) && piece.EndsWith(')') && !piece.Contains(']', StringComparison.Ordinal)
            ? $"[yellow]{Markup.Escape(piece)}[/]"
            : Markup.Escape(piece);
}
