using System.Text;

namespace Canon.Cli.Rendering;

/// <summary>A table of a page: names on the left, numbers on the right of their columns.</summary>
/// <param name="Caption">What it has, for those who hear it.</param>
/// <param name="Headers">Of the columns; the first is that of the names.</param>
/// <param name="Rows">The cells, as text.</param>
/// <param name="Texts">How many columns, from the left, have texts instead of numbers.</param>
internal sealed record FiguresTable(string Caption, IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows, int Texts = 1)
{
    /// <summary>The table in a box that scrolls where it is too wide.</summary>
    public void Write(StringBuilder page)
    {
        string caption = ChartSeries.Escape(Caption);
        page.Append($"<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{caption}\">\n<table class=\"figures\">\n<caption class=\"hidden\">{caption}</caption>\n<thead><tr>");
        for (int column = 0; column < Headers.Count; column++)
            page.Append($"<th scope=\"col\"{Class(column)}>{ChartSeries.Escape(Headers[column])}</th>");
        page.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in Rows)
        {
            page.Append("<tr>");
            for (int column = 0; column < row.Count; column++)
            {
                string cell = ChartSeries.Escape(row[column]);
                page.Append(column == 0 ? $"<th scope=\"row\"{Class(0)}>{cell}</th>" : $"<td{Class(column)}>{cell}</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody>\n</table>\n</div>\n");
    }

    /// <summary>The table behind a fold.</summary>
    public void Fold(StringBuilder page)
    {
        page.Append("<details class=\"figures\">\n<summary>Figures</summary>\n");
        Write(page);
        page.Append("</details>\n");
    }

    private string Class(int column) => column < Texts ? " class=\"text\"" : "";
}
