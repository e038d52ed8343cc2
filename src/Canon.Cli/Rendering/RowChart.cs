using System.Text;

namespace Canon.Cli.Rendering;

/// <summary>A mark in a row of a chart.</summary>
/// <param name="Series">How it looks.</param>
/// <param name="Value">Where it is.</param>
/// <param name="Low">Where its bar begins; the value where there is none.</param>
/// <param name="High">Where its bar ends.</param>
/// <param name="Singles">Small dots beneath it.</param>
internal sealed record RowMark(ChartSeries Series, double Value, double Low, double High, IReadOnlyList<double> Singles);

/// <summary>A row of a chart.</summary>
/// <param name="Lines">What stands on its left, a line each.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Marks">The marks in it. A row of one mark belongs to its series, and goes with it.</param>
/// <param name="Figures">What the script shows of it: the series, a name and a figure each.</param>
internal sealed record ChartRow(
    IReadOnlyList<string> Lines, string Title, IReadOnlyList<RowMark> Marks, IReadOnlyList<(int Series, string Name, string Text)> Figures);

/// <summary>Rows below each other over one axis.</summary>
/// <param name="Name">What the chart is called.</param>
/// <param name="Unit">What its axis shows.</param>
/// <param name="AxisFrom">The axis from a place on the left to one on the right.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Beams">Whether marks stand at the ends of beams that begin at 0.</param>
internal sealed record RowChart(ChartName Name, string Unit, Func<double, double, ChartAxis> AxisFrom, IReadOnlyList<ChartRow> Rows, bool Beams = false)
{
    private const double LineHeight = 15, AxisHeight = 46, Right = Chart.Width - 20;

    public void Write(StringBuilder page, FiguresTable? table = null)
    {
        double left = Left(Rows);
        double[] heights = [.. Rows.Select(row => Math.Max(Beams ? 22 : 28, 12 + LineHeight * row.Lines.Count))];
        double bottom = 8 + heights.Sum();
        ChartAxis axis = AxisFrom(left, Right);

        Chart.Start(page, Name, bottom + AxisHeight);
        Ticks(page, axis, 4, left, bottom, Unit);
        List<double> at = [];
        double y = 8;
        Chart.Clip(page, Name, left - 8, 0, Chart.Width - left + 8, bottom);
        for (int r = 0; r < Rows.Count; r++)
        {
            ChartRow row = Rows[r];
            double middle = y + heights[r] / 2;
            at.Add(middle);
            y += heights[r];
            if (row.Marks is not [_])
                Chart.RowName(page, row.Lines, left - 16, middle);
            foreach (RowMark mark in row.Marks)
            {
                page.Append($"<g class=\"{mark.Series.ColourClass}\"{mark.Series.Switch}>");
                if (row.Marks is [_])
                    Chart.RowName(page, row.Lines, left - 16, middle);
                Write(page, mark, axis, left, middle);
                page.Append("</g>\n");
            }
        }

        Chart.Axis(page, left, bottom, Right, bottom);
        End(page, at, left, Rows, table);
    }

    /// <summary>Room for names.</summary>
    public static double Left(IReadOnlyList<ChartRow> rows) => 24 + 8.4 * rows.Max(row => row.Lines.Max(line => line.Length));

    public static void Ticks(StringBuilder page, ChartAxis axis, double top, double left, double bottom, string unit)
    {
        foreach (double tick in axis.Ticks)
            Chart.Tick(page, axis.At(tick), top, axis.At(tick), bottom, axis.Label(tick), axis.At(tick), bottom + 18, "middle");
        Chart.Text(page, "label", (left + Right) / 2, bottom + 39, "middle", unit + (axis.IsLog ? ", logarithmic" : ""));
    }

    public static void End(StringBuilder page, IEnumerable<double> at, double left, IReadOnlyList<ChartRow> rows, FiguresTable? table) =>
        Chart.End(
            page,
            new ChartPlaces(
                "y",
                at.Select(Chart.Rounded),
                left,
                Right,
                rows.Select(row => Plain.Text(row.Title)),
                rows.Select(row => row.Figures.Select(figure => (object[])[figure.Series, Plain.Text(figure.Name), figure.Text]))),
            table);

    private void Write(StringBuilder page, RowMark mark, ChartAxis axis, double left, double middle)
    {
        page.Append($"<g clip-path=\"url(#{Name.Id}-clip)\">");
        foreach (double single in mark.Singles)
            page.Append($"<circle class=\"single\" cx=\"{Chart.N(axis.At(single))}\" cy=\"{Chart.N(middle + 6)}\" r=\"2.2\"/>");
        double height = mark.Singles.Count > 0 ? middle - 2 : middle;
        if (Beams)
            page.Append($"<rect class=\"beam\" x=\"{Chart.N(left)}\" y=\"{Chart.N(middle - 7)}\" width=\"{Chart.N(axis.At(mark.Value) - left)}\" height=\"14\"/>");
        if (mark.High > mark.Low)
        {
            (double low, double high) = (axis.At(mark.Low), axis.At(mark.High));
            page.Append($"<path class=\"bar\" d=\"M{Chart.N(low)} {Chart.N(height)}H{Chart.N(high)}M{Chart.N(low)} {Chart.N(height - 4)}v8M{Chart.N(high)} {Chart.N(height - 4)}v8\"/>");
        }

        if (!Beams)
            page.Append(mark.Series.Marker(axis.At(mark.Value), height, 4.5));
        page.Append("</g>");
    }
}
