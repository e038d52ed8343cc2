using System.Text;

namespace Canon.Cli.Rendering;

/// <summary>The laboratory's report as one HTML file that needs nothing else.</summary>
internal static class LabHtml
{
    /// <summary>The whole page.</summary>
    /// <param name="runs">Runs of several datasets, methods and seeds.</param>
    /// <param name="options">What was the same for all of them.</param>
    /// <param name="command">The command line that made it, shown for reproduction.</param>
    public static string Page(IReadOnlyList<LaboratoryRun> runs, LaboratoryOptions options, string command)
    {
        ChartSeries[] series = [.. runs.Select(run => run.Setting.Method).Distinct().Select((method, index) => new ChartSeries(index, method.Name))];
        string[] datasets = [.. runs.Select(run => run.Dataset).Distinct()];
        int[] seeds = [.. runs.Select(run => run.Seed).Distinct().Order()];
        var page = new StringBuilder();
        string title = datasets.Length == 0 ? "Canon laboratory" : "Canon laboratory: " + string.Join(", ", datasets);
        var header = new StringBuilder();
        header.Append("<h1>Canon laboratory</h1>\n")
            .Append($"<p>{Plain.Count(datasets.Length, "dataset")}, {Plain.Count(series.Length, "method")}, {Plain.Count(seeds.Length, "seed")}, {Plain.Count(runs.Count, "run")} ")
            .Append($"of {Plain.Count(options.Steps, "step")}. <a href=\"#how\">How it was made</a></p>\n");
        if (datasets.Length > 1)
        {
            header.Append("<nav aria-label=\"Datasets\"><ul>");
            for (int d = 0; d < datasets.Length; d++)
                header.Append($"<li><a href=\"#d{d}\">{ChartSeries.Escape(datasets[d])}</a></li>");
            header.Append("</ul></nav>\n");
        }

        HtmlPage.Start(page, title, header.ToString());
        for (int d = 0; d < datasets.Length; d++)
        {
            page.Append($"<section id=\"d{d}\" aria-labelledby=\"d{d}-name\">\n<h2 id=\"d{d}-name\">{ChartSeries.Escape(datasets[d])}</h2>\n");
            Dataset(page, $"d{d}", datasets[d], [.. runs.Where(run => run.Dataset == datasets[d])], series);
            page.Append("</section>\n");
        }

        How(page, options, seeds, command);
        HtmlPage.End(page);
        return page.ToString();
    }

    private static void Dataset(
        StringBuilder page, string id, string dataset, IReadOnlyList<LaboratoryRun> runs, IReadOnlyList<ChartSeries> series)
    {
        (ChartSeries, IReadOnlyList<LaboratoryRun>)[] methods =
        [
            .. series
                .Select(one => (one, (IReadOnlyList<LaboratoryRun>)[.. runs.Where(run => run.Setting.Method.Name == one.Name)]))
                .Where(method => method.Item2.Count > 0),
        ];
        LabTable.Write(page, dataset, methods);

        HtmlPage.Keys(page, "Methods shown in the charts", methods.Select(method => method.Item1));
        // Many bands over each other must not become a wall.
        string charts = $"<div class=\"charts\" style=\"--band:{ChartSeries.Number(Math.Clamp(0.5 / methods.Length, 0.04, 0.14))}\">\n";
        page.Append($"<h3>At the end, on the test samples</h3>\n{charts}");
        LabChart<LaboratoryRun>[] ends =
        [
            new(id + "-accuracy", "Test accuracy", "accuracy, %", run => 100 * run.Test.Accuracy, false, 100),
            new(
                id + "-nll", "Test negative log-likelihood", "negative log-likelihood, nats", run => run.Test.NegativeLogLikelihood, true, double.MaxValue),
        ];
        foreach (LabChart<LaboratoryRun> chart in ends)
            LabCharts.Dots(page, dataset, methods, chart);
        page.Append($"</div>\n<h3>On the way</h3>\n{charts}");
        LabChart<CurvePoint>[] curves =
        [
            new(id + "-loss", "Training loss", "loss, nats", point => point.TrainingLoss, true, double.MaxValue),
            new(
                id + "-validation",
                "Validation negative log-likelihood",
                "negative log-likelihood, nats",
                point => point.Validation.NegativeLogLikelihood,
                true,
                double.MaxValue),
            new(id + "-valid-accuracy", "Validation accuracy", "accuracy, %", point => 100 * point.Validation.Accuracy, false, 100),
            new(id + "-gain", "Global gain", "‖g_final‖", point => point.GlobalGain, true, double.MaxValue),
        ];
        foreach (LabChart<CurvePoint> chart in curves)
            LabCharts.Curves(page, dataset, methods, chart);
        page.Append("</div>\n");
    }

    private static void How(StringBuilder page, LaboratoryOptions options, IReadOnlyList<int> seeds, string command)
    {
        page.Append("<section id=\"how\" aria-labelledby=\"how-name\">\n<h2 id=\"how-name\">How it was made</h2>\n")
            .Append($"<pre tabindex=\"0\"><code>{ChartSeries.Escape(command)}</code></pre>\n<dl class=\"options\">\n");
        Entry("hidden layers", string.Join(", ", options.Hidden.Select(width => Plain.Count(width))));
        Entry("steps", Plain.Count(options.Steps));
        Entry("samples a step", Plain.Count(options.BatchSize));
        Entry("trials of tuning", Plain.Count(options.Trials));
        Entry("runs of a trial", Plain.Count(options.TuningSeeds));
        Entry("chosen by", "validation " + (options.TuneByAccuracy ? "accuracy, and of equals by negative log-likelihood" : "negative log-likelihood"));
        Entry("seeds", string.Join(", ", seeds));
        page.Append("</dl>\n<h3>The columns</h3>\n<dl>\n");
        Entry("runs", "Runs that went to their last step: the n of mean and standard deviation (n − 1).");
        Entry("rate", "The learning rate that tuning chose, or that was given.");
        Entry("strength", "What the method is tuned by beside the rate: λ, a decay or a cap.");
        foreach (LabColumn column in LabTable.Columns)
        {
            string group = column.Group.StartsWith("Loss", StringComparison.Ordinal) ? "loss jump, " : column.Group.ToLowerInvariant() + " ";
            string unit = column.Unit.Length > 0 ? $" ({column.Unit})" : "";
            Entry(group.TrimStart() + column.Header + unit, column.Meaning);
        }

        Entry("★ and ☆", "The best mean of a column, and those that differ from it by no more than its standard error.");
        Entry("–", "The figure does not exist: a method without events has no jumps.");
        page.Append("</dl>\n</section>\n");

        void Entry(string name, string text) =>
            page.Append($"<div><dt>{ChartSeries.Escape(name)}</dt><dd>{ChartSeries.Escape(text)}</dd></div>\n");
    }
}
