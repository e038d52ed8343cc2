using System.Text;
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

/// <summary>The charts of the laboratory.</summary>
internal static class LabCharts
{
    /// <summary>Methods below each other: means with their deviations, runs as dots.</summary>
    public static void Dots(
        StringBuilder page,
        string dataset,
        IReadOnlyList<(ChartSeries Series, IReadOnlyList<LaboratoryRun> Runs)> methods,
        LabChart<LaboratoryRun> chart)
    {
        var shown = methods
            .Select(method => (method.Series, method.Runs, Figure: Spread.OrNull(Finished(method.Runs).Select(chart.Value))))
            .Where(method => method.Figure is not null)
            .ToList();
        if (shown.Count == 0)
            return;

        Spread[] all =
        [
            .. shown.Select(method => method.Figure!),
            .. shown.SelectMany(method => Finished(method.Runs).Select(chart.Value)).Where(double.IsFinite).Select(v => new Spread(v, double.NaN, 1)),
        ];
        new RowChart(
            new(chart.Id, chart.Title, dataset, "Points are means, bars one standard deviation, small dots single runs."),
            chart.Unit,
            (from, to) => ChartAxis.Of(all, chart.MayBeLog, 0, chart.Most, from, to),
            [
                .. shown.Select(method => new ChartRow(
                    method.Series.Lines,
                    method.Series.Name,
                    [Mark(method.Series, method.Figure!, Finished(method.Runs).Select(chart.Value))],
                    [
                        (method.Series.Key, "mean", LabTable.Text(method.Figure!)),
                        .. Finished(method.Runs).Select(run => (method.Series.Key, $"seed {run.Seed}", LabTable.Digits(chart.Value(run)))),
                    ])),
            ]).Write(page);
    }

    /// <summary>Means over the steps, in bands of one standard deviation.</summary>
    public static void Curves(
        StringBuilder page,
        string dataset,
        IReadOnlyList<(ChartSeries Series, IReadOnlyList<LaboratoryRun> Runs)> methods,
        LabChart<CurvePoint> chart)
    {
        List<(ChartSeries Series, List<(int Step, Spread Figure)> Points)> lines =
        [
            .. methods.Select(method => (method.Series, Line(method.Runs, chart.Value))).Where(line => line.Item2.Count > 0),
        ];
        if (lines.Count == 0)
            return;

        int last = Math.Max(methods.Max(method => method.Runs.Max(run => run.Steps)), lines.Max(line => line.Points[^1].Step));
        ChartAxis x = ChartAxis.OfSteps(last, LineChart.Left, LineChart.Right);
        new LineChart(
            new(chart.Id, chart.Title, dataset, "Lines are means over seeds, bands one standard deviation."),
            x,
            "step",
            ChartAxis.Of(
                [.. lines.SelectMany(line => line.Points).Select(point => point.Figure)],
                chart.MayBeLog, chart.MayBeLog ? 0 : -1e300, chart.Most, LineChart.Bottom, LineChart.Top),
            chart.Unit,
            [
                .. lines.Select(line => new Line(
                    line.Series,
                    [.. line.Points.Select(point => new LinePoint(point.Step, point.Figure.Low, point.Figure.Mean, point.Figure.High, LabTable.Text(point.Figure)))])),
            ],
            step => $"step {Plain.Count((long)step)}",
            x.Label).Write(page);
    }

    private static RowMark Mark(ChartSeries series, Spread figure, IEnumerable<double> singles) =>
        new(series, figure.Mean, figure.Low, figure.High, [.. singles.Where(double.IsFinite)]);

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
}
