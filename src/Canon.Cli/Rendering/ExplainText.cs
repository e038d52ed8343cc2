using Canon.Cli.Reports;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>Why scales stand where they do.</summary>
internal static class ExplainText
{
    private const int FewScales = 40;

    public static void Write(IReadOnlyList<ExplainedScale> scales, Page page)
    {
        if (scales.Count == 0)
        {
            page.Line("There is no scale in the canonical form: no layer gives one on. canon canonicalize says of each layer why.");
            return;
        }

        foreach (var reason in scales.GroupBy(scale => scale.Reason))
        {
            page.Line($"[bold]{Page.Escape(Sentence(reason.Key))}[/]");
            Table table = Tables.New("behind").AddText("in front of").AddNumber("entries").AddNumber("smallest").AddNumber("largest");
            foreach (ExplainedScale scale in reason.Take(FewScales))
                table.AddRow(
                    Page.Escape(scale.Behind),
                    Page.Escape(scale.Before),
                    Plain.Count(scale.Entries),
                    Plain.Number(scale.Smallest, scale.SmallestLog2),
                    Plain.Number(scale.Largest, scale.LargestLog2));
            page.Write(table);
            if (reason.Count() > FewScales)
                page.Line($"and {Plain.Count(reason.Count() - FewScales, "more scale")}; --json lists all", indent: 2);
            page.Line("");
        }

        page.Line($"{Plain.Count(scales.Count, "scale")}: "
            + Page.Escape(string.Join("; ", scales.GroupBy(scale => scale.Reason).Select(group => $"{Plain.Count(group.Count())} because {group.Key}"))));
    }

    public static void WriteJson(string input, IReadOnlyList<ExplainedScale> scales, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        json.WriteString("input", input);
        Json.Objects(json, "scales", scales, scale =>
        {
            json.WriteString("gain", scale.Gain);
            json.WriteString("at", scale.At);
            json.WriteString("behind", scale.Behind);
            json.WriteString("before", scale.Before);
            json.WriteNumber("entries", scale.Entries);
            Json.Number(json, "smallest", scale.Smallest);
            Json.Number(json, "smallest_log2", scale.SmallestLog2);
            Json.Number(json, "largest", scale.Largest);
            Json.Number(json, "largest_log2", scale.LargestLog2);
            json.WriteString("reason", scale.Reason);
        });
        json.WriteEndObject();
    });

    private static string Sentence(string reason) => char.ToUpperInvariant(reason[0]) + reason[1..];
}
