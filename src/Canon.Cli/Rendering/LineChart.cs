using System.Text;

namespace Canon.Cli.Rendering;

/// <summary>A point of a line.</summary>
/// <param name="X">Where.</param>
/// <param name="Low">Where the band begins; as high as the line where there is none.</param>
/// <param name="Value">Where the line is.</param>
/// <param name="High">Where the band ends.</param>
/// <param name="Text">What the figure is, for people.</param>
internal sealed record LinePoint(double X, double Low, double Value, double High, string Text);

/// <summary>A line of a chart.</summary>
internal sealed record Line(ChartSeries Series, IReadOnlyList<LinePoint> Points);

/// <summary>Lines in bands over one axis.</summary>
/// <param name="Name">What the chart is called.</param>
/// <param name="X">The axis below.</param>
/// <param name="XUnit">What it shows.</param>
/// <param name="Y">The axis on the left.</param>
/// <param name="YUnit">What it shows.</param>
/// <param name="Lines">The lines.</param>
/// <param name="TitleOf">What a place of the axis below is called.</param>
/// <param name="LabelOf">What stands at its ticks.</param>
internal sealed record LineChart(
    ChartName Name,
    ChartAxis X,
    string XUnit,
    ChartAxis Y,
    string YUnit,
    IReadOnlyList<Line> Lines,
    Func<double, string> TitleOf,
    Func<double, string> LabelOf)
{
    public const double Left = 62, Right = Chart.Width - 14, Top = 30, Bottom = 254;

    private const double Height = 300;

    public void Write(StringBuilder page, FiguresTable? table = null)
    {
        Chart.Start(page, Name, Height, Lines.Count > 1 ? [.. Lines.Select(line => line.Series).Where(series => !series.IsSwitched)] : []);
        foreach (double tick in Y.Ticks)
            Chart.Tick(page, Left, Y.At(tick), Right, Y.At(tick), Y.Label(tick), Left - 8, Y.At(tick), "end");
        foreach (double tick in X.Ticks)
        {
            bool isAtEnd = X.At(tick) > Right - 12 && X.Ticks.Count > 1;
            Chart.Text(page, "tick", X.At(tick), Bottom + 18, isAtEnd ? "end" : "middle", LabelOf(tick), isAtEnd ? 6 : 0);
        }

        Chart.Text(page, "label", 2, 15, "start", YUnit + (Y.IsLog ? ", logarithmic" : ""));
        Chart.Text(page, "label", (Left + Right) / 2, Bottom + 39, "middle", XUnit);
        Chart.Clip(page, Name, Left, Top - 5, Right - Left + 5, Bottom - Top + 5);
        page.Append($"<g clip-path=\"url(#{Name.Id}-clip)\">\n");
        foreach ((ChartSeries series, IReadOnlyList<LinePoint> points) in Lines.Where(line => line.Points.Any(p => p.High > p.Low)))
        {
            IEnumerable<string> edge = points.Select(p => At(p.X, p.High)).Concat(points.AsEnumerable().Reverse().Select(p => At(p.X, p.Low)));
            page.Append($"<path class=\"band {series.ColourClass}\"{series.Switch} d=\"M{string.Join('L', edge)}Z\"/>\n");
        }

        foreach ((ChartSeries series, IReadOnlyList<LinePoint> points) in Lines)
        {
            page.Append($"<g class=\"{series.ColourClass}\"{series.Switch}><path class=\"line\"{series.Dash} d=\"M")
                .AppendJoin('L', points.Select(p => At(p.X, p.Value)))
                .Append("\"/>");

            // At other places for every line, so that they do not cover each other.
            int every = points.Count > 8 ? 8 : 1;
            for (int k = Math.Min(points.Count - 1, series.Index * 3 % every); k < points.Count; k += every)
                page.Append(series.Marker(X.At(points[k].X), Y.At(points[k].Value), 3.4));
            page.Append("</g>\n");
        }

        page.Append("</g>\n");
        Chart.Axis(page, Left, Bottom, Right, Bottom);
        double[] places = [.. Lines.SelectMany(line => line.Points).Select(point => point.X).Distinct().Order()];
        ILookup<double, (ChartSeries Series, LinePoint Point)> byPlace = Lines
            .SelectMany(line => line.Points.Select(point => (line.Series, Point: point)))
            .ToLookup(entry => entry.Point.X);
        Chart.End(
            page,
            new ChartPlaces(
                "x",
                places.Select(x => Chart.Rounded(X.At(x))),
                Top,
                Bottom,
                places.Select(TitleOf),
                places.Select(x => byPlace[x]
                    .OrderByDescending(entry => entry.Point.Value)
                    .Select(entry => (object[])[entry.Series.Key, Plain.Text(entry.Series.Name), entry.Point.Text]))),
            table);
    }

    private string At(double x, double y) => $"{Chart.N(X.At(x))} {Chart.N(Y.At(y))}";
}
