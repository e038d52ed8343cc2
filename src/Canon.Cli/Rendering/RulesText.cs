using Canon.Cli.Reports;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>Rules, and the evidence for them.</summary>
internal static class RulesText
{
    public static void Write(IReadOnlyList<Rule> rules, Page page)
    {
        foreach (Rule rule in rules)
        {
            page.Line($"[bold]{Page.Escape(rule.Name)}[/]");
            page.Line(Page.Escape(rule.Law), indent: 2);
            page.Line(Page.Escape($"{Exact(rule)}; {rule.Source}"), indent: 2);
            page.Line("");
        }

        page.Line(Plain.Count(rules.Count, "rule"));
    }

    public static void Write(IReadOnlyList<RuleEvidence> found, Page page)
    {
        Table table = Tables.New("rule").AddText("verdict").AddNumber("networks").AddNumber("fired").AddNumber("refused").AddNumber("worst error");
        foreach (RuleEvidence evidence in found)
            table.AddRow(
                Page.Escape(evidence.Rule.Name),
                evidence.IsVerified ? $"[green]{evidence.Status}[/]" : $"[red]{evidence.Status}[/]",
                Plain.Count(evidence.Verdict.Evidence.Networks),
                Plain.Count(evidence.Verdict.Evidence.Fired),
                Plain.Count(evidence.Verdict.Evidence.Refusals.Values.Sum()),
                evidence.IsVerified ? Plain.Number(evidence.Verdict.Evidence.WorstError) : "-");
        page.Write(table);

        foreach (RuleEvidence evidence in found.Where(evidence => !evidence.IsVerified))
        {
            string line = evidence.Line is { } number ? $"line {number}, " : "";
            page.Heading($"{line}{evidence.Rule.Name}: {evidence.Status}");
            if (evidence.Misfit is { } misfit)
                page.Line(Page.Escape($"shapes     {misfit}"));
            page.Lines(evidence.Verdict.ToString());
        }

        page.Line("");
        page.Line(string.Join(", ", found.GroupBy(evidence => evidence.Status).Select(group => $"{Plain.Count(group.Count())} {group.Key}")));
    }

    private static string Exact(Rule rule) => rule.Exactness == Exactness.BitExact ? "exact to the last bit" : "exact";
}
