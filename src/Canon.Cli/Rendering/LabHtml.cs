using System.Reflection;
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
        LabSeries[] series = [.. runs.Select(run => run.Setting.Method).Distinct().Select((method, index) => new LabSeries(index, method.Name))];
        string[] datasets = [.. runs.Select(run => run.Dataset).Distinct()];
        int[] seeds = [.. runs.Select(run => run.Seed).Distinct().Order()];
        var page = new StringBuilder();
        string title = LabSeries.Escape(datasets.Length == 0 ? "Canon laboratory" : "Canon laboratory: " + string.Join(", ", datasets));
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n")
            .Append($"<title>{title}</title>\n<style>\n{Resource("lab.css")}</style>\n")
            .Append("<noscript><style>.keys input { display: none }</style></noscript>\n</head>\n<body>\n<header>\n")
            .Append("<h1>Canon laboratory</h1>\n")
            .Append($"<p>{Plain.Count(datasets.Length, "dataset")}, {Plain.Count(series.Length, "method")}, {Plain.Count(seeds.Length, "seed")}, {Plain.Count(runs.Count, "run")} ")
            .Append($"of {Plain.Count(options.Steps, "step")}. <a href=\"#how\">How it was made</a></p>\n");
        if (datasets.Length > 1)
        {
            page.Append("<nav aria-label=\"Datasets\"><ul>");
            for (int d = 0; d < datasets.Length; d++)
                page.Append($"<li><a href=\"#d{d}\">{LabSeries.Escape(datasets[d])}</a></li>");
            page.Append("</ul></nav>\n");
        }

        page.Append("</header>\n<main>\n");
        for (int d = 0; d < datasets.Length; d++)
        {
            page.Append($"<section id=\"d{d}\" aria-labelledby=\"d{d}-name\">\n<h2 id=\"d{d}-name\">{LabSeries.Escape(datasets[d])}</h2>\n");
            Dataset(page, $"d{d}", datasets[d], [.. runs.Where(run => run.Dataset == datasets[d])], series);
            page.Append("</section>\n");
        }

        How(page, options, seeds, command);
        page.Append("</main>\n<div id=\"values\" role=\"status\" hidden></div>\n")
            .Append($"<script>\n{Resource("lab.js")}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void Dataset(
        StringBuilder page, string id, string dataset, IReadOnlyList<LaboratoryRun> runs, IReadOnlyList<LabSeries> series)
    {
        (LabSeries, IReadOnlyList<LaboratoryRun>)[] methods =
        [
            .. series
                .Select(one => (one, (IReadOnlyList<LaboratoryRun>)[.. runs.Where(run => run.Setting.Method.Name == one.Name)]))
                .Where(method => method.Item2.Count > 0),
        ];
        LabTable.Write(page, dataset, methods);

        page.Append($"<fieldset class=\"keys\">\n<legend class=\"hidden\">Methods shown in the charts</legend>\n");
        foreach ((LabSeries one, _) in methods)
            page.Append($"<label><input type=\"checkbox\" checked data-key=\"{one.Index}\">{one.Swatch}{one.Html}</label>\n");
        // Many bands over each other must not become a wall.
        string charts = $"<div class=\"charts\" style=\"--band:{LabSeries.Number(Math.Clamp(0.5 / methods.Length, 0.04, 0.14))}\">\n";
        page.Append($"</fieldset>\n<h3>At the end, on the test samples</h3>\n{charts}");
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
            .Append($"<pre tabindex=\"0\"><code>{LabSeries.Escape(command)}</code></pre>\n<dl class=\"options\">\n");
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
            page.Append($"<div><dt>{LabSeries.Escape(name)}</dt><dd>{LabSeries.Escape(text)}</dd></div>\n");
    }

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
