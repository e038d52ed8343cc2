using System.Globalization;
using System.Text;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>Analysed models as one HTML file that needs nothing else.</summary>
internal static class AnalyzeHtml
{
    /// <summary>The whole page.</summary>
    public static string Page(IReadOnlyList<AnalyzedModel> models)
    {
        bool areNamesOwn = models.Select(model => model.Name).Distinct().Count() == models.Count;
        (ChartSeries Series, AnalyzedModel Model)[] all =
            [.. models.Select((model, index) => (new ChartSeries(index, areNamesOwn ? model.Name : model.Path, IsSwitched: models.Count > 1), model))];
        var page = new StringBuilder();
        string title = all is [var only] ? $"Analysis of {only.Series.Name}" : $"Analysis of {Plain.Count(all.Length, "model")}";
        HtmlPage.Start(page, title, Header(title, all));
        Overview(page, all);
        Charts(page, all);
        foreach ((ChartSeries series, AnalyzedModel model) in all)
            Model(page, series with { IsSwitched = false }, model, Colour(all.Length));
        Meaning(page);
        HtmlPage.End(page);
        return page.ToString();
    }

    private static string Header(string title, IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models)
    {
        var header = new StringBuilder();
        header.Append($"<h1>{ChartSeries.Escape(title)}</h1>\n")
            .Append("<p>What the weights alone say of how much a network amplifies, and where. <a href=\"#meaning\">What the figures mean</a></p>\n");
        header.Append("<nav aria-label=\"Parts of the page\"><ul><li><a href=\"#overview\">Overview</a></li><li><a href=\"#charts\">Charts</a></li>");
        foreach ((ChartSeries series, _) in models)
            header.Append($"<li><a href=\"#m{series.Index}\">{ChartSeries.Escape(series.Name)}</a></li>");
        return header.Append("</ul></nav>\n").ToString();
    }

    private static void Overview(StringBuilder page, IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models)
    {
        Section(page, "overview", "Overview");
        List<IReadOnlyList<string>> rows = [];
        string[] figures = [.. AnalyzeText.Figures(models[0].Model.Analysis).Select(figure => figure.Name)];
        for (int k = 0; k < figures.Length; k++)
            rows.Add([figures[k], .. models.Select(model => AnalyzeText.Shown(AnalyzeText.Figures(model.Model.Analysis).ElementAt(k).Figure))]);
        rows.Add(["linear layers", .. models.Select(model => Plain.Count(model.Model.Analysis.Layers.Count))]);
        rows.Add(["parameters", .. models.Select(model => Plain.Count(model.Model.Analysis.Units.ParametersBefore))]);
        rows.Add(["units that could go", .. models.Select(model => Plain.Count(model.Model.Analysis.Units.Layers.Sum(layer => layer.Removed)))]);
        new FiguresTable("Figures of the models", ["figure", .. models.Select(model => model.Series.Name)], rows).Write(page);

        string[] missing =
        [
            .. models.SelectMany(model => AnalyzeText.Figures(model.Model.Analysis)
                .Where(figure => !figure.Figure.Exists)
                .GroupBy(figure => figure.Figure.Missing!, figure => figure.Name)
                .Select(reason => $"{model.Series.Name}: no {string.Join(", no ", reason)}: {reason.Key}")),
        ];
        if (missing.Length > 0)
            List(page, "missing", missing);
        page.Append("</section>\n");
    }

    private static void Charts(StringBuilder page, IReadOnlyList<(ChartSeries Series, AnalyzedModel Model)> models)
    {
        Section(page, "charts", "Charts");
        if (models.Count > 1)
            HtmlPage.Keys(page, "Models shown in the charts", models.Select(model => model.Series));
        page.Append($"<div class=\"charts\" style=\"--band:{ChartSeries.Number(Math.Clamp(0.5 / models.Count, 0.04, 0.14))}{Colour(models.Count)}\">\n");
        AnalyzeCharts.Gains(page, models);
        AnalyzeCharts.Interference(page, models);
        AnalyzeCharts.Classes(page, models);
        AnalyzeCharts.Distribution(page, models);
        page.Append("</div>\n");
        if (models.Count > 1)
        {
            page.Append("<h3>From model to model</h3>\n<div class=\"charts\" style=\"--band:0.14\">\n");
            AnalyzeCharts.Course(page, models);
            page.Append("</div>\n");
        }

        page.Append("</section>\n");
    }

    private static void Model(StringBuilder page, ChartSeries series, AnalyzedModel model, string colour)
    {
        string id = $"m{series.Index}";
        ModelAnalysis analysis = model.Analysis;
        Section(page, id, series.Name);
        page.Append("<h3>The canonical form</h3>\n");
        NetworkGraph.Write(page, id, model);
        page.Append($"<h3>Layers and branches</h3>\n<div class=\"charts\" style=\"--band:0.14{colour}\">\n");
        ModelCharts.Histograms(page, id, series, model);
        ModelCharts.Branches(page, id, series, model);
        page.Append("</div>\n");

        page.Append("<h3>Where scales stand, and why</h3>\n");
        if (model.Scales.Count == 0)
            page.Append("<p class=\"note\">There is no scale in the canonical form.</p>\n");
        foreach (var reason in model.Scales.GroupBy(scale => scale.Reason))
        {
            page.Append($"<h4>{ChartSeries.Escape(char.ToUpperInvariant(reason.Key[0]) + reason.Key[1..])}</h4>\n");
            new FiguresTable(
                reason.Key,
                ["behind", "in front of", "entries", "smallest", "largest"],
                [
                    .. reason.Select(scale => (IReadOnlyList<string>)
                    [
                        scale.Behind, scale.Before, Plain.Count(scale.Entries),
                        Plain.Number(scale.Smallest, scale.SmallestLog2), Plain.Number(scale.Largest, scale.LargestLog2),
                    ]),
                ],
                Texts: 2).Write(page);
        }

        if (analysis.Derivation.Refusals.Count > 0)
        {
            page.Append($"<details>\n<summary>{Plain.Count(analysis.Derivation.Refusals.Count, "refusal")} of rules on the way</summary>\n");
            List(page, "refusals", analysis.Derivation.Refusals.Select(refusal => $"{refusal.At}: {refusal.Reason} ({refusal.Rule})"));
            page.Append("</details>\n");
        }

        Units(page, analysis.Units);
        Tensors(page, analysis);
        page.Append("<h3>The derivation</h3>\n");
        DerivationHtml.Write(page, analysis.Derivation);
        page.Append("</section>\n");
    }

    private static void Units(StringBuilder page, Simplification units)
    {
        page.Append("<h3>Units that could go</h3>\n");
        if (units.Layers.Count == 0)
            page.Append("<p class=\"note\">No unit is dead, constant, read by nothing or a multiple of another.</p>\n");
        else
        {
            new FiguresTable(
                "Units that could go",
                ["layer", "dead", "constant", "read by nothing", "multiples of others"],
                [
                    .. units.Layers.Select(layer => (IReadOnlyList<string>)
                        [layer.Name, Plain.Count(layer.Dead), Plain.Count(layer.Constant), Plain.Count(layer.Unobserved), Plain.Count(layer.Duplicate)]),
                ]).Write(page);
        }

        string[] stay =
        [
            .. units.Kept.Select(kept => $"{kept.Name}: {Plain.Count(kept.Units, "redundant unit stays", "redundant units stay")}: {kept.Reason}"),
            .. units.Left.Select(left => $"{left.Name}: not looked into: {left.Reason}"),
        ];
        if (stay.Length > 0)
            List(page, "kept", stay);
    }

    private static void Tensors(StringBuilder page, ModelAnalysis analysis)
    {
        page.Append("<h3>Tensors as they stand</h3>\n");
        var norms = analysis.SpectralNorms.ToLookup(norm => norm.Name);
        new FiguresTable(
            "Ranges of tensors",
            ["tensor", "type", "numbers", "zeros", "smallest", "largest", "root mean square", "bits", "times to float16 overflow", "spectral norm"],
            [
                .. analysis.Ranges.Select(range => (IReadOnlyList<string>)
                [
                    range.Name, range.ElementType.ToString().ToLowerInvariant(), Plain.Count(range.Count), Plain.Count(range.Zeros),
                    Plain.Number(range.Smallest), Plain.Number(range.Largest), Plain.Number(range.RootMeanSquare),
                    range.Bits.ToString("0.0", CultureInfo.InvariantCulture), Plain.Number(range.Float16Headroom),
                    string.Join(" ", norms[range.Name].Select(norm => AnalyzeText.Shown(norm.Norm))),
                ]),
            ],
            Texts: 2).Write(page);
        string[] missing = [.. analysis.SpectralNorms.Where(norm => !norm.Norm.Exists).Select(norm => $"no spectral norm: {norm.Norm.Missing}").Distinct()];
        if (missing.Length > 0)
            List(page, "missing", missing);
    }

    private static void Meaning(StringBuilder page)
    {
        Section(page, "meaning", "What the figures mean");
        page.Append("<dl>\n");
        Entry("global gain", "The norm of the gain at the output once all magnitude has moved there. It does not change when magnitude is moved between layers. It is neither a Lipschitz constant nor a bound on the output.");
        Entry("gain direction", "The gain at the output over its norm: which output channels the weights favour.");
        Entry("gain", "Of a row of a layer: its norm, all gain in front of the layer absorbed. Shown as its logarithm to base 2. In hidden layers it changes when magnitude is moved between them.");
        Entry("interference", "‖v ⊙ u‖, v the direction of a row and u that of the gain that comes in: an overlap of energy in [0, 1], not of direction. 1: both sit on one axis. 0: they share none. It changes when magnitude is moved between layers.");
        Entry("relative gain", "How loudly a branch of a sum speaks against the branch that leads it: 1 is as loud.");
        Entry("ℓ1 and ℓ2 path norm", "Every path from an input to an output counts with the product of its weights: the sum of these, and the root of the sum of their squares. Biases are left out, but those of constant units.");
        Entry("Lipschitz constant, at most", "The product of the layers' spectral norms, in which the branches of a sum add up: no two outputs are farther apart than this many times the distance of their inputs. In deep networks it is far above the truth, and it changes when magnitude is moved between layers.");
        Entry("Lipschitz constant, at least", "The largest difference quotient found near standard normal inputs. Near others the network may be steeper.");
        Entry("bits", "log₂ of the largest entry over the smallest that is not 0: what a number format has to span.");
        Entry("times to float16 overflow", "65504, the largest number of float16, over the largest entry.");
        page.Append("</dl>\n</section>\n");

        void Entry(string name, string text) => page.Append($"<div><dt>{ChartSeries.Escape(name)}</dt><dd>{ChartSeries.Escape(text)}</dd></div>\n");
    }

    /// <summary>A model alone needs no black to stand out against others.</summary>
    private static string Colour(int models) => models == 1 ? "; --c0:var(--c1)" : "";

    private static void Section(StringBuilder page, string id, string title) =>
        page.Append($"<section id=\"{id}\" aria-labelledby=\"{id}-name\">\n<h2 id=\"{id}-name\">{ChartSeries.Escape(title)}</h2>\n");

    private static void List(StringBuilder page, string kind, IEnumerable<string> lines)
    {
        page.Append($"<ul class=\"{kind}\">\n");
        foreach (string line in lines)
            page.Append($"<li>{ChartSeries.Escape(line)}</li>\n");
        page.Append("</ul>\n");
    }
}
