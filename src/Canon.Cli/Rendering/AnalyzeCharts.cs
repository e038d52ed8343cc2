using System.Text;
using Canon.Cli.Reports;
using static Canon.Cli.Rendering.ChartFigures;

namespace Canon.Cli.Rendering;

/// <summary>The charts over all analysed models, each with its figures as a table.</summary>
internal static class AnalyzeCharts
{
    private const int MostClasses = 40;

    /// <summary>What leaves each layer of the canonical form, all models over each other.</summary>
    public static void Gains(StringBuilder page, IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models) => OverLayers(
        page,
        new("gains", "Gain behind each layer", "all models", "Lines are medians over the rows of a layer, bands reach from the lower to the upper quartile."),
        "gain, log₂",
        models,
        layer => layer.GainLog2,
        double.MinValue,
        double.MaxValue);

    /// <summary>How well each layer reads what comes in.</summary>
    public static void Interference(StringBuilder page, IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models) => OverLayers(
        page,
        new("interference", "Interference in each layer", "all models", "Lines are medians over the rows of a layer, bands reach from the lower to the upper quartile."),
        "interference, 0 to 1",
        models,
        layer => layer.Interference,
        0,
        1);

    /// <summary>Which outputs the gain favours.</summary>
    public static void Classes(StringBuilder page, IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models)
    {
        (ChartSeries Series, AnalyzedModel Model)[] known = [.. models.Where(model => model.Model.Analysis.GainDirection.Count > 0)];
        if (known.Length == 0)
            return;
        foreach (var alike in known.GroupBy(model => model.Model.Analysis.GainDirection.Count))
        {
            (ChartSeries Series, AnalyzedModel Model)[] group = [.. alike];
            AnalyzedModel first = group.Select(model => model.Model).FirstOrDefault(model => model.Classes.Count > 0) ?? group[0].Model;
            int[] all = [.. Enumerable.Range(0, alike.Key)];
            int[] shown = all.Length <= MostClasses
                ? all
                : [.. all.OrderByDescending(channel => group.Max(model => model.Model.Analysis.GainDirection[channel])).Take(MostClasses).Order()];
            string id = known.Length == group.Length ? "classes" : $"classes-{alike.Key}";
            string which = shown.Length < all.Length ? $", the {MostClasses} largest of {Plain.Count(all.Length)} channels" : "";
            ChartRow[] rows =
            [
                .. shown.Select(channel => new ChartRow(
                    [Cut(first.Class(channel))],
                    first.Class(channel),
                    [.. group.Select(model => Mark(model.Series, model.Model.Analysis.GainDirection[channel]))],
                    [.. group.Select(model => (model.Series.Key, model.Series.Name, Digits(model.Model.Analysis.GainDirection[channel])))])),
            ];
            Spread[] values = [.. group.SelectMany(model => shown.Select(channel => Single(model.Model.Analysis.GainDirection[channel]))), Single(0)];
            new RowChart(
                new(id, "Gain direction by class" + which, "all models", "The share that each output channel has of the gain; the squares of all add up to 1."),
                "part of the gain direction",
                (from, to) => ChartAxis.Of(values, false, 0, 1, from, to),
                rows,
                Beams: group.Length == 1).Write(page, new(
                    "Gain direction",
                    ["channel", .. group.Select(model => model.Series.Name)],
                    [.. all.Select(channel => (IReadOnlyList<string>)[first.Class(channel), .. group.Select(model => Digits(model.Model.Analysis.GainDirection[channel]))])]));
        }
    }

    /// <summary>How interference is distributed over all rows.</summary>
    public static void Distribution(StringBuilder page, IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models)
    {
        double most = Most(models.SelectMany(model => model.Model.Analysis.Layers));
        (ChartSeries Series, double[] Shares)[] lines =
        [
            .. models
                .Select(model => (model.Series, Histogram(model.Model.Analysis.Layers.SelectMany(layer => layer.Interference), most)))
                .Where(model => model.Item2.Sum() > 0),
        ];
        if (lines.Length == 0)
            return;
        Spread[] heights = [.. lines.SelectMany(line => line.Shares.Select(Single)), Single(0)];
        new LineChart(
            new("distribution", "Interference of all rows", "all models", $"The part of all rows whose interference lies in each of {Bins} equal steps."),
            ChartAxis.Of([Single(0), Single(most)], false, 0, most, LineChart.Left, LineChart.Right),
            "interference",
            ChartAxis.Of(heights, false, 0, 100, LineChart.Bottom, LineChart.Top),
            "rows, %",
            [.. lines.Select(line => new Line(line.Series, [.. line.Shares.Select((share, bin) => new LinePoint(most * Middle(bin), share, share, share, $"{Percent(share)} %"))]))],
            x => Step(x, most),
            Tick).Write(page, new(
                "Interference of all rows, %",
                ["interference", .. lines.Select(line => line.Series.Name)],
                [.. Enumerable.Range(0, Bins).Select(bin => (IReadOnlyList<string>)[Step(most * Middle(bin), most), .. lines.Select(line => Percent(line.Shares[bin]))])]));
    }

    /// <summary>Models along one axis: a course of training.</summary>
    public static void Course(StringBuilder page, IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models)
    {
        IReadOnlyList<Waypoint> course = ModelAnalysis.Compare(models.Select(model => model.Model.Analysis));
        string[] names = [.. models.Select(model => model.Series.Name)];
        Along(page, new("course-gain", "Global gain from model to model", "all models", "The logarithm of the global gain, model by model."), "global gain, log₂", names,
            [("global gain", course.Select(point => point.GlobalGainLog2 is { } gain ? Flat(gain) : null))], double.MinValue, double.MaxValue);
        Along(page, new("course-direction", "Gain direction from model to model", "all models", "The cosine between gain directions."), "cosine", names,
            [("to the first model", course.Select(point => point.CosineToFirst is { } cosine ? Flat(cosine) : null)),
             ("to the model before", course.Select(point => point.CosineToPrevious is { } cosine ? Flat(cosine) : null))], 0, 1);
        Along(page, new("course-interference", "Interference from model to model", "all models", "The line is the mean over all rows of all layers, the band reaches from the lower to the upper quartile."), "interference", names,
            [("mean", course.Select(point => point.Interference is { } all ? ((double, double, double)?)(all.Lower, all.Mean, all.Upper) : null))], 0, 1);
    }

    private static void OverLayers(
        StringBuilder page,
        ChartName name,
        string unit,
        IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models,
        Func<LayerReport, IReadOnlyList<double>> values,
        double least,
        double most)
    {
        Line[] lines =
        [
            .. models
                .Select(model => new Line(
                    model.Series,
                    [.. model.Model.Analysis.Layers.Index().SelectMany(layer => Point(layer.Index + 1, layer.Item.Name, [.. values(layer.Item).Where(double.IsFinite)]))]))
                .Where(line => line.Points.Count > 0),
        ];
        if (lines.Length == 0)
            return;
        int last = models.Max(model => model.Model.Analysis.Layers.Count);
        IEnumerable<double> all = lines.SelectMany(line => line.Points).SelectMany(point => new[] { point.Low, point.Value, point.High });
        new LineChart(
            name,
            ChartAxis.OfSteps(last, LineChart.Left, LineChart.Right),
            "layer, from the input on",
            ChartAxis.Of([.. all.Select(Single)], false, least, most, LineChart.Bottom, LineChart.Top),
            unit,
            lines,
            x => $"layer {Tick(x)}",
            tick => tick == 0 ? "" : Tick(tick)).Write(page, new(
                name.Title,
                ["layer", "model", "name", "lower quartile", "median", "upper quartile"],
                [
                    .. models.SelectMany(model => model.Model.Analysis.Layers.Index().Select(layer => (IReadOnlyList<string>)
                        [
                            Plain.Count(layer.Index + 1), model.Series.Name, layer.Item.Name,
                            .. new[] { 0.25, 0.5, 0.75 }.Select(part => Digits(At(values(layer.Item), part))),
                        ])),
                ],
                Texts: 3));
    }

    private static IEnumerable<LinePoint> Point(int layer, string name, double[] values)
    {
        if (values.Length > 0)
        {
            (double low, double middle, double high) = (At(values, 0.25), At(values, 0.5), At(values, 0.75));
            yield return new(layer, low, middle, high, $"{Plain.Text(name)}: {Digits(middle)} ({Digits(low)} to {Digits(high)})");
        }
    }

    private static void Along(
        StringBuilder page,
        ChartName name,
        string unit,
        string[] models,
        IReadOnlyList<(string Name, IEnumerable<(double Low, double Value, double High)?> Values)> lines,
        double least,
        double most)
    {
        Line[] drawn =
        [
            .. lines.Index().Select(line => new Line(
                new(line.Index, line.Item.Name, IsSwitched: false),
                [.. line.Item.Values.Index().Where(entry => entry.Item is not null).Select(entry =>
                {
                    (double low, double value, double high) = entry.Item!.Value;
                    return new LinePoint(entry.Index + 1, low, value, high, low < high ? $"{Digits(value)} ({Digits(low)} to {Digits(high)})" : Digits(value));
                })])).Where(line => line.Points.Count > 0),
        ];
        if (drawn.Length == 0)
            return;
        new LineChart(
            name,
            ChartAxis.OfSteps(models.Length, LineChart.Left, LineChart.Right),
            "model, in the order given",
            ChartAxis.Of([.. drawn.SelectMany(line => line.Points).SelectMany(point => new[] { Single(point.Low), Single(point.Value), Single(point.High) })],
                false, least, most, LineChart.Bottom, LineChart.Top),
            unit,
            drawn,
            x => models[(int)x - 1],
            tick => tick == 0 ? "" : Tick(tick)).Write(page, new(
                name.Title,
                ["model", .. drawn.Select(line => line.Series.Name)],
                [.. models.Index().Select(model => (IReadOnlyList<string>)
                    [model.Item, .. drawn.Select(line => line.Points.FirstOrDefault(point => point.X == model.Index + 1)?.Text ?? "–")])]));
    }

    private static (double, double, double)? Flat(double value) => double.IsFinite(value) ? (value, value, value) : null;

    private static RowMark Mark(ChartSeries series, double value) => new(series, value, value, value, []);
}
