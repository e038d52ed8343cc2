using System.Globalization;
using System.Text;
using System.Text.Json;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>What a chart shows.</summary>
/// <param name="Id">Its name in the page.</param>
/// <param name="Title">For people.</param>
/// <param name="Unit">Of its figures.</param>
/// <param name="Value">The figure.</param>
/// <param name="MayBeLog">Whether its axis may be logarithmic.</param>
/// <param name="Most">What no figure exceeds.</param>
internal sealed record LabChart<T>(string Id, string Title, string Unit, Func<T, double> Value, bool MayBeLog, double Most);

/// <summary>
/// Charts as SVG. Sizes leave room for the larger letters of narrow screens. What the script shows of a place is written beside it,
/// with where the places are.
/// </summary>
internal static class LabCharts
{
    private const double Width = 520, Height = 300, Left = 62, Right = 14, Top = 30, Bottom = 46;
    private const double LineHeight = 15;

    /// <summary>Methods below each other: means with their deviations, runs as dots.</summary>
    public static void Dots(
        StringBuilder page,
        string dataset,
        IReadOnlyList<(LabSeries Series, IReadOnlyList<LaboratoryRun> Runs)> methods,
        LabChart<LaboratoryRun> chart)
    {
        var shown = methods
            .Select(method => (method.Series, method.Runs, Figure: Spread.OrNull(Finished(method.Runs).Select(chart.Value))))
            .Where(method => method.Figure is not null)
            .ToList();
        if (shown.Count == 0)
            return;

        double left = 24 + 7.8 * shown.Max(method => method.Series.Lines.Max(line => line.Length));
        double[] heights = [.. shown.Select(method => Math.Max(28, 12 + LineHeight * method.Series.Lines.Count))];
        double bottom = 8 + heights.Sum();
        Spread[] all =
        [
            .. shown.Select(method => method.Figure!),
            .. shown.SelectMany(method => Finished(method.Runs).Select(chart.Value)).Where(double.IsFinite).Select(v => new Spread(v, double.NaN, 1)),
        ];
        ChartAxis axis = ChartAxis.Of(all, chart.MayBeLog, 0, chart.Most, left, Width - 20);

        Start(page, chart.Id, chart.Title, dataset, bottom + Bottom, "Points are means, bars one standard deviation, small dots single runs.");
        foreach (double tick in axis.Ticks)
            Tick(page, axis.At(tick), 4, axis.At(tick), bottom, axis.Label(tick), axis.At(tick), bottom + 18, "middle");
        Text(page, "label", (left + Width - 20) / 2, bottom + 39, "middle", chart.Unit + (axis.IsLog ? ", logarithmic" : ""));

        List<double> at = [];
        double y = 8;
        page.Append($"<clipPath id=\"{chart.Id}-clip\"><rect x=\"{N(left - 8)}\" y=\"0\" width=\"{N(Width - left + 8)}\" height=\"{N(bottom)}\"/></clipPath>\n");
        for (int m = 0; m < shown.Count; m++)
        {
            (LabSeries series, IReadOnlyList<LaboratoryRun> runs, Spread? figure) = shown[m];
            double middle = y + heights[m] / 2;
            at.Add(middle);
            y += heights[m];
            page.Append($"<g class=\"{series.ColourClass}\" data-m=\"{series.Index}\"><text class=\"row\" x=\"{N(left - 16)}\" y=\"{N(middle)}\" text-anchor=\"end\">");
            for (int k = 0; k < series.Lines.Count; k++)
            {
                double dy = k == 0 ? 0.35 - 0.55 * (series.Lines.Count - 1) : 1.1;
                page.Append($"<tspan x=\"{N(left - 16)}\" dy=\"{N(dy)}em\">{LabSeries.Escape(series.Lines[k])}</tspan>");
            }

            page.Append($"</text><g clip-path=\"url(#{chart.Id}-clip)\">");
            foreach (double single in Finished(runs).Select(chart.Value).Where(double.IsFinite))
                page.Append($"<circle class=\"single\" cx=\"{N(axis.At(single))}\" cy=\"{N(middle + 6)}\" r=\"2.2\"/>");
            if (figure!.HasDeviation)
            {
                (double low, double high) = (axis.At(figure.Low), axis.At(figure.High));
                page.Append($"<path class=\"bar\" d=\"M{N(low)} {N(middle - 2)}H{N(high)}M{N(low)} {N(middle - 6)}v8M{N(high)} {N(middle - 6)}v8\"/>");
            }

            page.Append(series.Marker(axis.At(figure.Mean), middle - 2, 4.5)).Append("</g></g>\n");
        }

        Axis(page, left, bottom, Width - 20, bottom);
        End(page, new
        {
            axis = "y",
            at = at.Select(Rounded),
            from = left,
            to = Width - 20,
            titles = shown.Select(method => Plain.Text(method.Series.Name)),
            rows = shown.Select(method => (object[][])
            [
                [method.Series.Index, "mean", LabTable.Text(method.Figure!)],
                .. Finished(method.Runs).Select(run => (object[])[method.Series.Index, $"seed {run.Seed}", LabTable.Digits(chart.Value(run))]),
            ]),
        });
    }

    /// <summary>Means over the steps, in bands of one standard deviation.</summary>
    public static void Curves(
        StringBuilder page,
        string dataset,
        IReadOnlyList<(LabSeries Series, IReadOnlyList<LaboratoryRun> Runs)> methods,
        LabChart<CurvePoint> chart)
    {
        List<(LabSeries Series, List<(int Step, Spread Figure)> Points)> lines =
        [
            .. methods.Select(method => (method.Series, Line(method.Runs, chart.Value))).Where(line => line.Item2.Count > 0),
        ];
        if (lines.Count == 0)
            return;

        double bottom = Height - Bottom;
        int last = Math.Max(methods.Max(method => method.Runs.Max(run => run.Steps)), lines.Max(line => line.Points[^1].Step));
        ChartAxis x = ChartAxis.OfSteps(last, Left, Width - Right);
        ChartAxis y = ChartAxis.Of(
            [.. lines.SelectMany(line => line.Points).Select(point => point.Figure)], chart.MayBeLog, chart.MayBeLog ? 0 : -1e300, chart.Most, bottom, Top);

        Start(page, chart.Id, chart.Title, dataset, Height, "Lines are means over seeds, bands one standard deviation.");
        foreach (double tick in y.Ticks)
            Tick(page, Left, y.At(tick), Width - Right, y.At(tick), y.Label(tick), Left - 8, y.At(tick), "end");
        foreach (double tick in x.Ticks)
            Text(page, "tick", x.At(tick), bottom + 18, tick == last && last > 0 ? "end" : "middle", x.Label(tick), tick == last ? 6 : 0);
        Text(page, "label", 2, 15, "start", chart.Unit + (y.IsLog ? ", logarithmic" : ""));
        Text(page, "label", (Left + Width - Right) / 2, bottom + 39, "middle", "step");
        page.Append($"<clipPath id=\"{chart.Id}-clip\"><rect x=\"{N(Left)}\" y=\"{N(Top - 5)}\" width=\"{N(Width - Right - Left + 5)}\" height=\"{N(bottom - Top + 5)}\"/></clipPath>\n")
            .Append($"<g clip-path=\"url(#{chart.Id}-clip)\">\n");
        foreach ((LabSeries series, List<(int Step, Spread Figure)> points) in lines.Where(line => line.Points.Any(p => p.Figure.Deviation > 0)))
        {
            IEnumerable<string> edge = points.Select(p => $"{N(x.At(p.Step))} {N(y.At(p.Figure.High))}")
                .Concat(points.AsEnumerable().Reverse().Select(p => $"{N(x.At(p.Step))} {N(y.At(p.Figure.Low))}"));
            page.Append($"<path class=\"band {series.ColourClass}\" data-m=\"{series.Index}\" d=\"M{string.Join('L', edge)}Z\"/>\n");
        }

        foreach ((LabSeries series, List<(int Step, Spread Figure)> points) in lines)
        {
            page.Append($"<g class=\"{series.ColourClass}\" data-m=\"{series.Index}\"><path class=\"line\"{series.Dash} d=\"M")
                .AppendJoin('L', points.Select(p => $"{N(x.At(p.Step))} {N(y.At(p.Figure.Mean))}"))
                .Append("\"/>");

            // At other steps for every method, so that they do not cover each other.
            for (int k = Math.Min(points.Count - 1, series.Index * 3 % 8); k < points.Count; k += 8)
                page.Append(series.Marker(x.At(points[k].Step), y.At(points[k].Figure.Mean), 3.4));
            page.Append("</g>\n");
        }

        page.Append("</g>\n");
        Axis(page, Left, bottom, Width - Right, bottom);
        int[] steps = [.. lines.SelectMany(line => line.Points).Select(point => point.Step).Distinct().Order()];
        ILookup<int, (LabSeries Series, Spread Figure)> byStep = lines
            .SelectMany(line => line.Points.Select(point => (point.Step, line.Series, point.Figure)))
            .ToLookup(point => point.Step, point => (point.Series, point.Figure));
        End(page, new
        {
            axis = "x",
            at = steps.Select(step => Rounded(x.At(step))),
            from = Top,
            to = bottom,
            titles = steps.Select(step => $"step {Plain.Count(step)}"),
            rows = steps.Select(step => byStep[step]
                .OrderByDescending(point => point.Figure.Mean)
                .Select(point => (object[])[point.Series.Index, Plain.Text(point.Series.Name), LabTable.Text(point.Figure)])),
        });
    }

    private static IEnumerable<LaboratoryRun> Finished(IEnumerable<LaboratoryRun> runs) => runs.Where(run => run.Failure is null);

    private static List<(int Step, Spread Figure)> Line(IReadOnlyList<LaboratoryRun> runs, Func<CurvePoint, double> value) =>
    [
        .. Finished(runs)
            .SelectMany(run => run.Curve)
            .GroupBy(point => point.Step, value)
            .OrderBy(step => step.Key)
            .Select(step => (step.Key, Figure: Spread.OrNull(step)))
            .Where(point => point.Figure is not null)
            .Select(point => (point.Key, point.Figure!)),
    ];

    private static void Start(StringBuilder page, string id, string title, string dataset, double height, string description)
    {
        (string name, string place) = (LabSeries.Escape(title), LabSeries.Escape(dataset));
        page.Append($"<figure>\n<figcaption>{name}</figcaption>\n")
            .Append($"<div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"{name}, {place}: arrow keys show values\">\n")
            .Append($"<svg class=\"chart\" viewBox=\"0 0 {N(Width)} {N(height)}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n")
            .Append($"<title id=\"{id}-title\">{name}, {place}</title>\n<desc id=\"{id}-desc\">{description}</desc>\n");
    }

    private static void End(StringBuilder page, object places)
    {
        // JSON in an attribute: escaped as any other text.
        string data = LabSeries.Escape(JsonSerializer.Serialize(places));
        page.Append("<line class=\"guide\"/>\n</svg>\n</div>\n").Append($"<template data-places=\"{data}\"></template>\n</figure>\n");
    }

    private static void Axis(StringBuilder page, double x1, double y1, double x2, double y2) =>
        page.Append($"<path class=\"axis\" d=\"M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}\"/>\n");

    private static void Tick(
        StringBuilder page, double x1, double y1, double x2, double y2, string text, double x, double y, string anchor)
    {
        page.Append($"<path class=\"grid\" d=\"M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}\"/>");
        page.Append($"<text class=\"tick\" x=\"{N(x)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\"{(anchor == "end" ? " dy=\"0.35em\"" : "")}>{text}</text>\n");
    }

    private static void Text(StringBuilder page, string kind, double x, double y, string anchor, string text, double dx = 0) =>
        page.Append($"<text class=\"{kind}\" x=\"{N(x + dx)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\">{LabSeries.Escape(text)}</text>\n");

    private static double Rounded(double value) => Math.Round(value, 2);

    private static string N(double value) => LabSeries.Number(value);
}
