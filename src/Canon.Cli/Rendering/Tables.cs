using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>Tables without frames: names on the left may fold, numbers on the right stay whole.</summary>
internal static class Tables
{
    public static Table New(string name) => new Table().Border(TableBorder.None).AddText(name);

    public static Table AddText(this Table table, string header) => table.AddColumn(Header(header));

    public static Table AddNumber(this Table table, string header) =>
        table.AddColumn(Header(header).NoWrap().RightAligned());

    private static TableColumn Header(string text) => new TableColumn($"[grey]{Markup.Escape(text)}[/]").Padding(0, 0, 2, 0);
}
