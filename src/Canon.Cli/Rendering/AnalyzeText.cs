using System.Globalization;
using Canon.Cli.Reports;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>The analyses as text: of one model everything, of several a line each.</summary>
internal static class AnalyzeText
{
    private const int FewRefusals = 20;

    public static void Write(IReadOnlyList<AnalyzedModel> models, IReadOnlyList<string> written, Page page)
    {
        if (models is [var model])
            Write(model, page);
        else
            Compare(models, page);
        if (written.Count > 0)
            page.Line("");
        foreach (string file in written)
            page.Line(Page.Escape($"wrote {file}"));
    }

    private static void Write(AnalyzedModel model, Page page)
    {
        ModelAnalysis analysis = model.Analysis;
        page.Line($"[bold]{Page.Escape(model.Path)}[/]");
        page.Line(
            $"{Plain.Count(analysis.Layers.Count, "linear layer")}, {Plain.Count(analysis.Units.ParametersBefore, "parameter")}", indent: 2);
        page.Heading("Amplification");
        Table table = Tables.New("figure").AddNumber("value").AddText("");
        foreach ((string name, Figure figure, string meaning) in Figures(analysis))
            table.AddRow(Page.Escape(name), Shown(figure), Page.Escape(figure.Missing ?? meaning));
        page.Write(table);

        page.Heading("Gain at the output");
        if (model.Gain is { } gain)
            GainText.Write(gain, model.Outputs, page, model.Classes);
        else
            page.Line(Page.Escape(analysis.GlobalGain.Missing!), indent: 2);

        if (analysis.Layers.Count > 0)
        {
            page.Heading("Layers of the canonical form");
            LayersText.Write(analysis.Layers, page);
        }

        if (analysis.Branches.Count > 0)
        {
            page.Heading("Branches, relative to the branch that leads their sum");
            BranchesText.Write(analysis.Branches, page);
        }

        page.Heading("Units that could go");
        SimplifiedText.WriteUnits(analysis.Units, page);
        page.Heading("Layers and tensors as they stand");
        Tensors(analysis, page);
        Refusals(analysis.Derivation.Refusals, page);
    }

    /// <summary>What a network has one number of, and what it means.</summary>
    public static IEnumerable<(string Name, Figure Figure, string Meaning)> Figures(ModelAnalysis analysis) =>
    [
        ("global gain", analysis.GlobalGain, "norm of the gain at the output; no bound"),
        ("ℓ2 path norm", analysis.PathNorm2, "root of the sum over all paths of their squared weight"),
        ("ℓ1 path norm", analysis.PathNorm1, "sum over all paths of their weight"),
        ("Lipschitz constant, at least", analysis.LipschitzSampled, "largest difference quotient found near random inputs"),
        ("Lipschitz constant, at most", analysis.LipschitzBound, "product of spectral norms"),
    ];

    public static string Shown(Figure figure) => figure.Exists ? Plain.Number(figure.Value, figure.Log2) : "–";

    private static void Tensors(ModelAnalysis analysis, Page page)
    {
        var norms = analysis.SpectralNorms.ToLookup(norm => norm.Name);
        Table table = Tables.New("tensor").AddText("type").AddNumber("numbers").AddNumber("zeros").AddNumber("smallest").AddNumber("largest")
            .AddNumber("bits").AddNumber("to float16\noverflow").AddNumber("spectral\nnorm");
        foreach (TensorRange range in analysis.Ranges)
        {
            table.AddRow(
                Page.Escape(range.Name),
                range.ElementType.ToString().ToLowerInvariant(),
                Plain.Count(range.Count),
                Plain.Count(range.Zeros),
                Plain.Number(range.Smallest),
                Plain.Number(range.Largest),
                range.Bits.ToString("0.0", CultureInfo.InvariantCulture),
                "×" + Plain.Number(range.Float16Headroom),
                Page.Escape(string.Join(" ", norms[range.Name].Select(norm => Shown(norm.Norm)))));
        }

        page.Write(table);
        foreach (var reason in analysis.SpectralNorms.Where(norm => !norm.Norm.Exists).GroupBy(norm => norm.Norm.Missing!))
            page.Line(Page.Escape($"no spectral norm: {reason.Key}"), indent: 2);
    }

    private static void Refusals(IReadOnlyList<Refusal> refusals, Page page)
    {
        if (refusals.Count == 0)
            return;
        page.Heading("Where scales stopped");
        foreach (Refusal refusal in refusals.Take(FewRefusals))
            page.Line(Page.Escape($"{refusal.At}: {refusal.Reason} ({refusal.Rule})"), indent: 2);
        if (refusals.Count > FewRefusals)
            page.Line($"and {Plain.Count(refusals.Count - FewRefusals, "more place")}; --json lists them", indent: 2);
    }

    private static void Compare(IReadOnlyList<AnalyzedModel> models, Page page)
    {
        IReadOnlyList<Waypoint> course = ModelAnalysis.Compare(models.Select(model => model.Analysis));
        Table table = Tables.New("\nmodel").AddNumber("global\ngain").AddNumber("cosine of directions\nto the first").AddNumber("\nto the one before")
            .AddNumber("interference\nmean").AddNumber("\nmedian").AddNumber("ℓ2 path\nnorm").AddNumber("Lipschitz\nat least").AddNumber("\nat most");
        foreach ((AnalyzedModel model, Waypoint point) in models.Zip(course))
        {
            ModelAnalysis analysis = model.Analysis;
            table.AddRow(
                Page.Escape(model.Path),
                Shown(analysis.GlobalGain),
                Short(point.CosineToFirst),
                Short(point.CosineToPrevious),
                Short(point.Interference?.Mean),
                Short(point.Interference?.Median),
                Shown(analysis.PathNorm2),
                Shown(analysis.LipschitzSampled),
                Shown(analysis.LipschitzBound));
        }

        page.Write(table);
        page.Line("of one model alone canon analyze says more; --json and --html say all of every model", indent: 2);
    }

    private static string Short(double? value) => value is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "–";
}
