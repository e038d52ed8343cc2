using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>The report as text.</summary>
internal static class CanonicalizeText
{
    private const int FewNames = 12;
    private const int FewRefusals = 20;

    public static void Write(CanonicalizeReport report, Page page)
    {
        Derivation derivation = report.Form.Derivation;
        if (report.Simplified is { } simplified)
            SimplifiedText.Write(simplified, page);
        page.Line("[bold]Before[/]");
        page.Arrows(derivation.Original.ToStringWithShapes(), indent: 2);
        page.Heading("After");
        if (derivation.Steps.Count == 0)
            page.Line("the same: no rule applies", indent: 2);
        else
            page.Arrows(derivation.Result.ToString(), indent: 2);
        Names(derivation.Definitions, report.DerivationFile, page);
        if (report.Written != report.Form.Network)
        {
            page.Heading("Written in the model's own nodes");
            page.Arrows(report.Written.ToString(), indent: 2);
        }

        page.Heading("Gain at the output" + Behind(report.Form.Network));
        if (report.Gain is { } gain)
            GainText.Write(gain, report.Outputs, page);
        else
            page.Line("no gain at the output: no scale reaches it", indent: 2);

        if (report.Layers.Count > 0)
        {
            page.Heading("Layers");
            LayersText.Write(report.Layers, page);
        }

        if (report.Branches.Count > 0)
        {
            page.Heading("Branches, relative to the branch that leads their sum");
            BranchesText.Write(report.Branches, page);
        }

        Refusals(report, page);
        Opaque(report.Opaque, page);
        Check(report, page);
    }

    /// <summary>What follows the last gain, where it does not stand at the very end.</summary>
    private static string Behind(Network canonical)
    {
        IReadOnlyList<Network> parts = canonical.Parts;
        int last = parts.Select(part => part.Kind).ToList().LastIndexOf(NetworkKind.Scale);
        bool atEnd = last < 0 || last == parts.Count - 1 || parts[^1].Kind == NetworkKind.Tuple;
        return atEnd ? "" : $", in front of {Network.Compose(parts.Skip(last + 1))}";
    }

    private static void Names(IReadOnlyList<Definition> names, string? file, Page page)
    {
        if (names.Count == 0)
            return;
        page.Line("");
        if (names.Count > FewNames)
        {
            string where = file is null ? "--derivation FILE.md lists them" : $"see {file}";
            page.Line(Page.Escape($"with {Plain.Count(names.Count, "name")}; {where}"), indent: 2);
            return;
        }

        page.Names(names);
    }

    private static void Refusals(CanonicalizeReport report, Page page)
    {
        IReadOnlyList<Refusal> refusals = report.Form.Refusals;
        if (refusals.Count == 0)
            return;
        page.Heading("Where scales stopped");
        foreach (Refusal refusal in refusals.Take(FewRefusals))
            page.Line(Page.Escape($"{refusal.At}: {refusal.Reason} ({refusal.Rule})"), indent: 2);
        if (refusals.Any(refusal => refusal.Reason.Contains("the weight of several layers", StringComparison.Ordinal)))
            page.Line("--split-shared gives layers that share a weight one each", indent: 2);
        if (refusals.Count > FewRefusals)
        {
            string where = report.DerivationFile is null ? "--derivation FILE.md lists them" : $"see {report.DerivationFile}";
            page.Line(Page.Escape($"and {Plain.Count(refusals.Count - FewRefusals, "more place")}; {where}"), indent: 2);
        }
    }

    private static void Opaque(IReadOnlyList<(string Operator, int Count)> operators, Page page)
    {
        if (operators.Count == 0)
            return;
        page.Heading("Operators kept as they are: Canon does not know them");
        page.Line(
            Page.Escape(string.Join(", ", operators.Select(o => o.Count == 1 ? o.Operator : $"{o.Operator} ({o.Count})"))),
            indent: 2);
    }

    private static void Exactness(IReadOnlyList<InexactTensor> tensors, Page page)
    {
        if (tensors.Count == 0)
            page.Line("every number is exact in its type", indent: 2);
        foreach (InexactTensor tensor in tensors)
        {
            string entries = Plain.Count(tensor.Entries, "entry is", "entries are");
            page.Line(
                $"[yellow]warning[/]: {Page.Escape($"tensor '{tensor.Name}'")}: {entries} not exact in its type; outputs may differ there",
                indent: 2);
        }
    }

    private static void Check(CanonicalizeReport report, Page page)
    {
        SelfCheck check = report.Check;
        string verdict = report.Passed ? "[green]passed[/]" : "[red]failed[/]";
        page.Heading("Self-check");
        page.Line($"{verdict}: {Page.Escape(check.Found(report.Tolerance))}", indent: 2);
        if (report.InTheWay.Count > 0)
        {
            page.Line(
                $"[yellow]kept as it was[/]: the architecture has no node for {Plain.Count(report.InTheWay.Count, "scale")} "
                + Page.Escape($"({Plain.Few(report.InTheWay)})"),
                indent: 2);
        }

        if (report.Inexact is { } tensors)
            Exactness(tensors, page);

        string types = report.StoredAs.Count == 0
            ? ""
            : ", coefficients rounded to " + string.Join(" and ", report.StoredAs.Select(type => type.ToString().ToLowerInvariant()));
        page.Line(
            $"{Plain.Count(check.Report.Samples, "random input")}, seed {check.Report.Seed}; float64 arithmetic{types}",
            indent: 2);
        if (report.Opaque.Count > 0)
            page.Line("opaque operators taken as unknown functions: the same on both sides", indent: 2);

        if (check.IsOfFile)
            page.Line("the file was read back and compared", indent: 2);

        foreach (string file in new[] { report.Output, report.OutputData, report.DerivationFile }.OfType<string>())
            page.Line(Page.Escape($"wrote {file}"), indent: 2);
    }
}
