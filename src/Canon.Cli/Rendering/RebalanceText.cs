using Canon.Cli.Reports;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>The report as text.</summary>
internal static class RebalanceText
{
    private const double LargestHalf = 65504;

    /// <summary>How many times as large weights could be before float16 overflows; null where all are 0.</summary>
    public static double? Headroom(GaugeFigures figures) => figures.Largest > 0 ? LargestHalf / figures.Largest : null;

    public static void Write(RebalanceReport report, Page page)
    {
        Gauge(report.Request.Options, report.Rebalancing, page);
        Rebalancing done = report.Rebalancing;
        page.Line($"out of and into a channel, at most: norms by a factor of {Change(done, figures => Math.Exp(figures.NormImbalance))}", indent: 2);
        page.Line($"ranges by a factor of {Change(done, figures => Math.Exp(figures.RangeImbalance))}", indent: 38);
        Held(done, page);
        Weights(done, page);
        if (report.Quantized is { } quantized)
            Quantized(quantized, page);
        Check(report, page);
    }

    /// <summary>What was chosen, and how many channels it is free to change.</summary>
    public static void Gauge(RebalanceOptions options, Rebalancing done, Page page)
    {
        page.Line("[bold]Gauge[/]");
        page.Line($"{options.Gauge.ToString().ToLowerInvariant()}{(options.Lossless ? ", by powers of two alone" : "")}", indent: 2);
        string swept = done.Sweeps is { Sweeps: > 0 } sweeps ? $", {Plain.Count(sweeps.Sweeps, "sweep")}" : "";
        page.Line($"{Plain.Count(done.Free, "channel")} may be rescaled{swept}", indent: 2);
        if (done.Sweeps is { } last && last.Imbalance > options.Tolerance)
        {
            string more = last.Sweeps < options.Sweeps ? "more sweeps come no nearer" : $"--sweeps {2 * last.Sweeps} goes on";
            page.Line($"[yellow]warning[/]: still out of balance by {Plain.Number(last.Imbalance)}; {more}", indent: 2);
        }
    }

    /// <summary>The channels that nothing is free to change.</summary>
    public static void Held(Rebalancing done, Page page)
    {
        if (done.Held.Count > 0)
            page.Heading("Channels that keep their scale");
        foreach (HeldChannels held in done.Held)
            page.Line(Page.Escape($"{Plain.Count(held.Count)}: {held.Reason}"), indent: 2);
    }

    private static void Weights(Rebalancing done, Page page)
    {
        page.Heading("Weights");
        Table table = Tables.New("\nparameter").AddNumber("largest\nbefore").AddNumber("\nafter").AddNumber("norm\nbefore").AddNumber("\nafter");
        foreach ((TensorFigures before, TensorFigures after) in done.Before.Tensors.Zip(done.After.Tensors))
        {
            table.AddRow(
                Page.Escape(before.Name),
                Plain.Number(before.Largest),
                Plain.Number(after.Largest),
                Plain.Number(Math.Sqrt(before.Squares)),
                Plain.Number(Math.Sqrt(after.Squares)));
        }

        page.Write(table);
        page.Line($"sum of squares, biases left out: {Change(done, figures => figures.Squares)}", indent: 2);
        if (Headroom(done.Before) is not null)
            page.Line($"65504, the largest float16, is {Change(done, figures => Headroom(figures)!.Value)} times the largest of all", indent: 2);
    }

    private static string Change(Rebalancing done, Func<GaugeFigures, double> figure) =>
        $"{Plain.Number(figure(done.Before))} -> {Plain.Number(figure(done.After))}";

    private static void Quantized(QuantizedFigures figures, Page page)
    {
        page.Heading($"Weights of {figures.Before.Bits} bits, one step a tensor (simulated)");
        page.Line(
            $"outputs differ by {Plain.Number(figures.Before.RelativeError)} -> {Plain.Number(figures.After.RelativeError)} of their norm,"
            + $" on {Plain.Count(figures.Before.Samples, "random input")}",
            indent: 2);
        if (figures.Accuracy is { } accuracy)
        {
            page.Line(
                $"classified right: {Plain.Number(accuracy.Before)} -> {Plain.Number(accuracy.After)} of {Plain.Count(accuracy.Samples, "sample")},"
                + $" {Plain.Number(accuracy.Exact)} with exact weights",
                indent: 2);
        }
    }

    private static void Check(RebalanceReport report, Page page)
    {
        page.Heading("Self-check");
        string verdict = report.Passed ? "[green]passed[/]" : "[red]failed[/]";
        page.Line($"{verdict}: {Page.Escape(report.Check.Found(report.Tolerance))}", indent: 2);
        if (report.Inexact is { Count: 0 })
            page.Line("every number is exact in its type", indent: 2);
        foreach (InexactTensor tensor in report.Inexact ?? [])
        {
            string entries = Plain.Count(tensor.Entries, "entry is", "entries are");
            page.Line(
                $"[yellow]warning[/]: {Page.Escape($"tensor '{tensor.Name}'")}: {entries} not exact in its type; outputs may differ there",
                indent: 2);
        }

        page.Line($"{Plain.Count(report.Check.Report.Samples, "random input")}, seed {report.Check.Report.Seed}; float64 arithmetic, coefficients as they are stored", indent: 2);
        if (report.Rebalancing.Network.Terms.Any(term => term.Kind == NetworkKind.Opaque))
            page.Line("opaque operators taken as unknown functions: the same on both sides", indent: 2);
        if (report.Check.IsOfFile)
            page.Line("the file was read back and compared", indent: 2);
        foreach (string file in new[] { report.Output, report.OutputData, report.GaugeOutput }.OfType<string>())
            page.Line(Page.Escape($"wrote {file}"), indent: 2);
    }
}
