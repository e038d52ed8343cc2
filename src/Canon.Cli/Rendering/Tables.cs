using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>Tables without frames: names on the left may fold, numbers on the right stay whole.</summary>
internal static class Tables
{
    public static Table New(string name, string detail) =>
        new Table().Border(TableBorder.None).AddColumn(Header(name)).AddNumber(detail);

    public static Table AddNumber(this Table table, string header) =>
        table.AddColumn(Header(header).NoWrap().RightAligned());

    public static TableColumn Header(string text) => new TableColumn($"[grey]{Markup.Escape(text)}[/]").Padding(0, 0, 2, 0);
}
