using System.Text;
using Canon.Cli.Reports;
using static Canon.Cli.Rendering.ChartFigures;

namespace Canon.Cli.Rendering;

/// <summary>The charts of one model, each with its figures as a table.</summary>
internal static class ModelCharts
{
    /// <summary>How loudly the branches of sums speak.</summary>
    public static void Branches(StringBuilder page, string id, ChartSeries series, AnalyzedModel model)
    {
        IReadOnlyList<BranchReport> branches = model.Analysis.Branches;
        if (branches.Count == 0)
            return;
        string Name(BranchReport branch) => $"{(branch.At.Length == 0 ? "sum" : branch.At)}, branch {branch.Branch}";
        (BranchReport Branch, double Low, double Median, double High)[] figures =
            [.. branches.Select(branch => (branch, At(branch.RelativeGain, 0.25), At(branch.RelativeGain, 0.5), At(branch.RelativeGain, 0.75)))];
        Spread[] values = [.. figures.SelectMany(figure => new[] { figure.Low, figure.Median, figure.High }).Where(value => value > 0 && double.IsFinite(value)).Select(Single), Single(1)];
        new RowChart(
            new(id + "-branches", "Branches against the branch that leads their sum", model.Name, "Marks are medians over the channels of a branch, bars reach from the lower to the upper quartile."),
            "relative gain",
            (from, to) => ChartAxis.Of(values, true, 0, double.MaxValue, from, to),
            [.. figures.Select(figure => new ChartRow(
                [Cut(Name(figure.Branch))],
                Name(figure.Branch),
                [new(series, figure.Median, figure.Low, figure.High, [])],
                [(series.Key, "median", Plain.Number(figure.Median)), (series.Key, "quartiles", $"{Plain.Number(figure.Low)} to {Plain.Number(figure.High)}")]))])
            .Write(page, new(
                "Relative gains of branches",
                ["sum and branch", "smallest", "lower quartile", "median", "upper quartile", "largest"],
                [.. figures.Select(figure => (IReadOnlyList<string>)
                [
                    Name(figure.Branch), Plain.Number(figure.Branch.RelativeGain.Min()), Plain.Number(figure.Low), Plain.Number(figure.Median),
                    Plain.Number(figure.High), Plain.Number(figure.Branch.RelativeGain.Max()),
                ])]));
    }

    /// <summary>A histogram of interference a layer, below each other.</summary>
    public static void Histograms(StringBuilder page, string id, ChartSeries series, AnalyzedModel model)
    {
        const double rowHeight = 30, barHeight = 24;
        IReadOnlyList<LayerReport> layers = model.Analysis.Layers;
        if (layers.Count == 0)
            return;
        ChartRow[] rows =
        [
            .. layers.Select(layer => new ChartRow(
                [Cut(layer.Name)],
                layer.Name,
                [],
                [
                    (series.Key, "median", Digits(At(layer.Interference, 0.5))),
                    (series.Key, "quartiles", $"{Digits(At(layer.Interference, 0.25))} to {Digits(At(layer.Interference, 0.75))}"),
                    (series.Key, "rows", Plain.Count(layer.Rows)),
                ])),
        ];
        double left = RowChart.Left(rows), right = Chart.Width - 20, bottom = 8 + rowHeight * layers.Count;
        double widest = Most(layers);
        ChartAxis axis = ChartAxis.Of([Single(0), Single(widest)], false, 0, widest, left, right);
        var name = new ChartName(
            id + "-histograms", "Interference, a histogram a layer", model.Name, $"Bars are the parts of a layer's rows in each of {Bins} equal steps; the highest bar of each layer is as high as its row.");
        Chart.Start(page, name, bottom + 46);
        RowChart.Ticks(page, axis, 4, left, bottom, "interference");
        page.Append($"<g class=\"{series.ColourClass}\"{series.Switch}>\n");
        for (int r = 0; r < layers.Count; r++)
        {
            double foot = 8 + rowHeight * (r + 1) - 3;
            double[] shares = Histogram(layers[r].Interference, widest);
            double most = shares.Max();
            Chart.RowName(page, rows[r].Lines, left - 16, foot - barHeight / 2);
            page.Append("<path class=\"bars\" d=\"");
            for (int bin = 0; bin < Bins && most > 0; bin++)
            {
                if (shares[bin] > 0)
                    page.Append($"M{Chart.N(axis.At(widest * bin / Bins) + 0.5)} {Chart.N(foot)}v{Chart.N(-barHeight * shares[bin] / most)}h{Chart.N((right - left) / Bins - 1)}V{Chart.N(foot)}Z");
            }

            page.Append("\"/>\n").Append($"<path class=\"grid\" d=\"M{Chart.N(left)} {Chart.N(foot)}H{Chart.N(right)}\"/>\n");
        }

        page.Append("</g>\n");
        Chart.Axis(page, left, bottom, right, bottom);
        RowChart.End(page, layers.Select((_, r) => 8 + rowHeight * (r + 0.5)), left, rows, new(
            "Interference by layer",
            ["layer", "rows", "smallest", "lower quartile", "median", "upper quartile", "largest"],
            [.. layers.Select(layer => (IReadOnlyList<string>)
                [layer.Name, Plain.Count(layer.Rows), .. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(part => Digits(At(layer.Interference, part)))])]));
    }
}
