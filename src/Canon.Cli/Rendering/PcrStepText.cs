using Canon.Cli.Reports;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>The report as text.</summary>
internal static class PcrStepText
{
    public static string Name<T>(T choice)
        where T : struct, Enum => choice.ToString().ToLowerInvariant();

    public static void Write(PcrStepReport report, Page page)
    {
        Event(report, page);
        page.Heading("α, what weights are multiplied by" + (report.Event.OutputFactor == 1 ? "" : "; the factor of the outputs comes on top"));
        Table table = Tables.New("parameter").AddNumber("least").AddNumber("greatest");
        foreach (AlphaRange alpha in report.Event.Alphas)
            table.AddRow(Page.Escape(alpha.Name), Plain.Number(alpha.Least), Plain.Number(alpha.Greatest));
        page.Write(table);

        if (report.Held.Count + report.Fixed.Count > 0)
            page.Heading("What no event rescales");
        foreach (HeldRows held in report.Held)
            page.Line(Page.Escape($"{held.Name}: {Plain.Count(held.Rows, "row")}: {held.Reason}"), indent: 2);
        if (report.Request.Input is null && report.Held.Any(held => held.Reason.Contains("positions is not known", StringComparison.Ordinal)))
            page.Line("--input says how large what flows in is", indent: 2);
        if (report.Fixed.Count > 0)
            page.Line(Page.Escape($"{string.Join(", ", report.Fixed)}: no weight or bias of one layer alone"), indent: 2);

        Files(report, page);
    }

    private static void Event(PcrStepReport report, Page page)
    {
        PcrOptions options = report.Request.Options;
        PcrReport found = report.Event;
        page.Line("[bold]Event[/]");
        string after = found.OutputFactor == 1 ? "" : $" -> {Plain.Number(found.GainAfter)}";
        page.Line($"global gain [bold yellow]{Plain.Number(found.GainBefore)}{after}[/]", indent: 2);
        page.Line(Outputs(options, found), indent: 2);
        string nearness = found.Imbalance is { } imbalance and > 0 ? $", norms into and out of each unit equal up to {Plain.Number(imbalance)}" : "";
        page.Line($"gauge: {Name(options.Gauge)}{(options.Lossless ? ", by powers of two alone" : "")}{nearness}", indent: 2);
        if (report.Moments is not null)
            page.Line($"moments: {Name(options.Moments)}{(options.CapInMoments ? ", the cap's factor among them" : "")}", indent: 2);
        page.Line(found.DeadUnits == 0 ? "no dead units" : Plain.Count(found.DeadUnits, "dead unit"), indent: 2);
        if (report.Inputs.Count > 0)
            page.Line(Page.Escape($"inputs: {string.Join(", ", report.Inputs)}"), indent: 2);
        foreach (string warning in report.Warnings)
            page.Line($"[yellow]warning[/]: {Page.Escape(warning)}", indent: 2);
    }

    private static string Outputs(PcrOptions options, PcrReport found)
    {
        if (found.OutputFactor != 1)
            return $"every output is multiplied by {Plain.Number(found.OutputFactor)}";
        string same = options.Lossless ? "no output changes in any bit" : "outputs stay the same, up to rounding";
        return options switch
        {
            { MaxGain: null, Penalty: null } => $"neither cap nor penalty: only the gauge changes, and {same}",
            { MaxGain: { } cap } => $"the gain is not above {Plain.Short(cap)}: only the gauge changes, and {same}",
            _ => $"only the gauge changes, and {same}",
        };
    }

    private static void Files(PcrStepReport report, Page page)
    {
        page.Heading("Files");
        CheckpointText.Write(page, report.Request.Output, report.Saved[0], report.Tensors, "rescaled", report.Left);
        if (report.Moments is not { } moments)
            return;
        CheckpointText.Write(page, report.Request.StateOutput!, report.Saved[1], moments.Entries.Count - moments.Added, "changed", moments.Left);
        if (moments.Added > 0)
            page.Line($"and {Plain.Count(moments.Added, "tensor")} added to it", indent: 4);
        if (report.Request.Options.Moments == MomentRule.Full)
        {
            page.Line(
                $"{Canon.Cli.Moments.RateFactor} multiplies the learning rate and {Canon.Cli.Moments.EpsilonFactor} epsilon, entry by entry: the optimizer has to do so",
                indent: 2);
        }
    }
}
