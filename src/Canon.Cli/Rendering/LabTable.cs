using System.Globalization;
using System.Text;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>A column of the report's table.</summary>
/// <param name="Group">The header above it; empty for none.</param>
/// <param name="Header">Its own header.</param>
/// <param name="Unit">What it is counted in; empty for none.</param>
/// <param name="Meaning">One sentence.</param>
/// <param name="Value">Its figure of a run; NaN where it does not exist.</param>
/// <param name="Better">1 where more is better, −1 where less is, 0 where neither.</param>
internal sealed record LabColumn(
    string Group, string Header, string Unit, string Meaning, Func<LaboratoryRun, double> Value, int Better);

/// <summary>A dataset's runs by method, as a table.</summary>
internal static class LabTable
{
    private const string Missing = "–";

    public static IReadOnlyList<LabColumn> Columns { get; } =
    [
        new("Test", "accuracy", "%", "The part of the test samples that is classified right.", run => 100 * run.Test.Accuracy, 1),
        new("Test", "neg. log-likelihood", "nats", "The mean of −ln p(class) over the test samples.", run => run.Test.NegativeLogLikelihood, -1),
        new(
            "Test",
            "calibration error",
            "%",
            "The mean distance of confidence and accuracy on the test samples, over 15 bins of confidence.",
            run => 100 * run.Test.CalibrationError,
            -1),
        new(
            "",
            "global gain",
            "",
            "‖g_final‖, the norm of the scale that the canonical form has at the output, by row norms, after the last step; neither more nor "
            + "less of it is better by itself, so no best is marked.",
            run => run.GlobalGain,
            0),
        .. Laboratory.JumpSteps.Select((steps, k) => new LabColumn(
            "Loss jump, steps behind an event",
            steps.ToString(CultureInfo.InvariantCulture),
            "nats",
            $"What an event adds to the training loss against going on without it, {Plain.Count(steps, "step")} behind it: the mean over two "
            + "events of a run.",
            run => k < run.Jumps.Count ? run.Jumps[k] : double.NaN,
            -1)),
        new(
            "Time",
            "a\u00a0step",
            "µs",
            "What the steps took, events included, over the number of steps.",
            run => run.Steps > 0 ? 1e6 * run.Seconds / run.Steps : double.NaN,
            -1),
        new(
            "Time",
            "cost of events",
            "%",
            "The part of the training time that events take.",
            run => run.Setting.Method.HasEvents ? 100 * run.EventSeconds / run.Seconds : double.NaN,
            -1),
    ];

    public static void Write(StringBuilder page, string dataset, IReadOnlyList<(ChartSeries Series, IReadOnlyList<LaboratoryRun> Runs)> methods)
    {
        string name = ChartSeries.Escape(dataset);
        page.Append("<p class=\"note\">Mean ± standard deviation over seeds. <span class=\"mark\">★</span> best mean of its column, ")
            .Append("<span class=\"mark\">☆</span> within one standard error of it.</p>\n")
            .Append($"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Figures of {name}\">\n<table>\n<thead>\n<tr>")
            .Append("<th rowspan=\"2\" scope=\"col\" class=\"method\">method</th><th rowspan=\"2\" scope=\"col\">runs</th>")
            .Append("<th colspan=\"2\" scope=\"colgroup\" class=\"group\">Setting</th>");
        foreach (IGrouping<string, LabColumn> group in Columns.GroupBy(column => column.Group))
        {
            page.Append(group.Key.Length == 0
                ? $"<th rowspan=\"2\" scope=\"col\">{Header(group.First())}</th>"
                : $"<th colspan=\"{group.Count()}\" scope=\"colgroup\" class=\"group\">{ChartSeries.Escape(group.Key)}</th>");
        }

        page.Append("</tr>\n<tr><th scope=\"col\">rate</th><th scope=\"col\">strength</th>");
        foreach (LabColumn column in Columns.Where(column => column.Group.Length > 0))
            page.Append($"<th scope=\"col\">{Header(column)}</th>");
        page.Append("</tr>\n</thead>\n<tbody>\n");

        string[][] cells = [.. Columns.Select(column => Cells(column, [.. methods.Select(method => method.Runs)]))];
        for (int m = 0; m < methods.Count; m++)
        {
            (ChartSeries series, IReadOnlyList<LaboratoryRun> runs) = methods[m];
            page.Append($"<tr><th scope=\"row\" class=\"method\"><span class=\"name\">{series.Swatch}{series.Html}</span></th>")
                .Append($"<td>{Runs(runs)}</td>")
                .Append($"<td>{Settings(runs.Select(run => (double?)run.Setting.Rate))}</td>")
                .Append($"<td>{Settings(runs.Select(run => run.Setting.Strength))}</td>");
            foreach (string[] column in cells)
                page.Append(column[m]);
            page.Append("</tr>\n");
        }

        page.Append("</tbody>\n</table>\n</div>\n");
        Failures(page, methods);
    }

    /// <summary>A number and its spread, as charts tell them.</summary>
    public static string Text(Spread figure) =>
        Digits(figure.Mean) + (figure.HasDeviation ? " ± " + Digits(figure.Deviation) : "");

    public static string Digits(double value) => Plain.Number(value).Replace('-', '−');

    private static string Header(LabColumn column) =>
        ChartSeries.Escape(column.Header) + (column.Unit.Length > 0 ? $" <span class=\"unit\">{column.Unit}</span>" : "");

    private static string Runs(IReadOnlyList<LaboratoryRun> runs)
    {
        int finished = runs.Count(run => run.Failure is null);
        return finished == runs.Count
            ? Plain.Count(finished)
            : $"{Plain.Count(finished)} of {Plain.Count(runs.Count)} <span class=\"failed\">{Plain.Count(runs.Count - finished)} failed</span>";
    }

    private static string Settings(IEnumerable<double?> numbers) => string.Join(
        ", ", numbers.Distinct().Select(number => number is { } known ? Plain.Short(known).Replace('-', '−') : Missing));

    private static string[] Cells(LabColumn column, IReadOnlyList<IReadOnlyList<LaboratoryRun>> methods)
    {
        Spread?[] figures =
        [
            .. methods.Select(runs => Spread.OrNull(runs.Where(run => run.Failure is null).Select(column.Value))),
        ];
        Spread[] known = [.. figures.OfType<Spread>()];
        Func<double, string> number = Digits(known);

        // Of a method that failed for some seeds the easy ones are left: it is not compared.
        Spread?[] compared = [.. figures.Select((figure, m) => methods[m].All(run => run.Failure is null) ? figure : null)];
        Spread? best = column.Better == 0 || compared.Count(figure => figure is not null) < 2
            ? null
            : compared.MaxBy(figure => figure is null ? double.NegativeInfinity : column.Better * figure.Mean);

        return
        [
            .. figures.Select((figure, m) =>
            {
                if (figure is null)
                    return $"<td class=\"none\">{Missing}</td>";
                string mark = best is null || compared[m] is null ? ""
                    : figure.Mean == best.Mean ? Mark("★", "best")
                    : Math.Abs(figure.Mean - best.Mean) <= best.StandardError ? Mark("☆", "near best")
                    : "";
                string spread = figure.HasDeviation ? $" <span class=\"spread\">± {number(figure.Deviation)}</span>" : "";
                int finished = methods[m].Count(run => run.Failure is null);
                string count = figure.Count < finished ? $" <span class=\"spread\">n = {figure.Count}</span>" : "";
                string kind = mark.Length == 0 ? "" : figure.Mean == best!.Mean ? " class=\"best\"" : " class=\"near\"";
                return $"<td{kind}><span class=\"mean\">{mark}{number(figure.Mean)}</span>{spread}{count}</td>";
            }),
        ];
    }

    private static string Mark(string sign, string words) =>
        $"<span class=\"mark\" aria-hidden=\"true\">{sign}</span><span class=\"hidden\">{words}: </span>";

    /// <summary>The same decimals for a whole column, unless that would leave its small means with none that matter.</summary>
    private static Func<double, string> Digits(IReadOnlyList<Spread> figures)
    {
        double[] sizes = [.. figures.Select(figure => Math.Abs(figure.Mean)).Where(size => size > 0)];
        if (sizes.Length == 0 || sizes.Max() > 200 * sizes.Min() || sizes.Max() >= 1e5 || sizes.Max() < 1e-3)
            return Digits;
        int decimals = Math.Clamp(3 - (int)Math.Floor(Math.Log10(sizes.Max())), 0, 6);
        return value => value.ToString("F" + decimals, CultureInfo.InvariantCulture).Replace('-', '−');
    }

    private static void Failures(StringBuilder page, IReadOnlyList<(ChartSeries Series, IReadOnlyList<LaboratoryRun> Runs)> methods)
    {
        LaboratoryRun[] failed = [.. methods.SelectMany(method => method.Runs).Where(run => run.Failure is not null)];
        if (failed.Length == 0)
            return;
        page.Append($"<div class=\"failures\">\n<h3>{Plain.Count(failed.Length, "failed run")}</h3>\n<ul>\n");
        foreach (LaboratoryRun run in failed)
        {
            page.Append($"<li><b>{ChartSeries.Escape(run.Setting.Method.Name)}</b>, seed {run.Seed}, ")
                .Append($"after {Plain.Count(run.Steps, "step")}: {ChartSeries.Escape(run.Failure!)}</li>\n");
        }

        page.Append("</ul>\n<p>Means and curves are of the other runs; a method that failed for a seed is not marked as best.</p>\n</div>\n");
    }
}
