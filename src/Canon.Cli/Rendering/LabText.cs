using System.Globalization;
using Canon.Cli.Reports;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>An experiment: a table for each task, mean ± standard deviation over the seeds.</summary>
internal static class LabText
{
    public static void Write(Dataset dataset, LaboratoryOptions options, IReadOnlyList<LaboratoryRun> runs, Page page)
    {
        List<MethodSummary> methods = [.. MethodSummary.Of(runs)];
        page.Heading(dataset.Name);
        page.Line(Page.Escape(dataset.Description), indent: 2);
        page.Line(
            $"{Hidden(options)} units, {Plain.Count(options.Steps, "step")} of {options.BatchSize} samples, {Plain.Count(methods.Max(m => m.Runs.Count), "seed")}",
            indent: 2);
        page.Line("");

        Table quality = Tables.New("method").AddNumber("rate").AddNumber("strength")
            .AddNumber("accuracy %").AddNumber("nll").AddNumber("calibration %").AddNumber("gain").AddNumber("µs/step");
        foreach (MethodSummary method in methods)
            quality.AddRow(
                Page.Escape(method.Setting.Method.Name),
                Plain.Short(method.Setting.Rate),
                method.Setting.Strength is { } strength ? Plain.Short(strength) : "-",
                Percent(method.Accuracy, 1),
                Fixed(method.NegativeLogLikelihood, 3),
                Percent(method.CalibrationError, 1),
                Fixed(method.GlobalGain, 1),
                Mean(method.MicrosecondsPerStep.Mean, 0));
        page.Write(quality);

        if (methods.Exists(method => method.HasEvents))
        {
            page.Line("");
            page.Line("What an event adds to the training loss, so many steps behind it, and what events take of the time:", indent: 2);
            Table events = Tables.New("method");
            foreach (int steps in Laboratory.JumpSteps)
                events.AddNumber(Plain.Count(steps, "step"));
            events.AddNumber("time %");
            foreach (MethodSummary method in methods.Where(method => method.HasEvents))
                events.AddRow(
                [
                    Page.Escape(method.Setting.Method.Name),
                    .. Enumerable.Range(0, Laboratory.JumpSteps.Count).Select(k => Fixed(method.Jump(k), 4)),
                    Mean(100 * method.EventShare.Mean, 1),
                ]);
            page.Write(events);
        }

        foreach (MethodSummary method in methods.Where(method => method.Failed.Count > 0))
            page.Line(
                $"[red]{Page.Escape(method.Setting.Method.Name)}[/]: {method.Failed.Count} of {Plain.Count(method.Runs.Count, "run")} failed: {Page.Escape(method.Failed[0].Failure!)}",
                indent: 2);
    }

    public static string Hidden(LaboratoryOptions options) => string.Join('-', options.Hidden);

    private static string Percent(Spread spread, int decimals) => Fixed(new(100 * spread.Mean, 100 * spread.Deviation), decimals);

    private static string Fixed(Spread spread, int decimals) =>
        double.IsNaN(spread.Deviation) ? Mean(spread.Mean, decimals) : $"{Mean(spread.Mean, decimals)} ± {Mean(spread.Deviation, decimals)}";

    private static string Mean(double value, int decimals) =>
        !double.IsFinite(value) ? "-"
        : Math.Abs(value) >= 1e5 ? Plain.Number(value)
        : value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
}
