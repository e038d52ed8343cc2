using System.Text;
using System.Text.Json;

namespace Canon.Cli.Rendering;

/// <summary>A derivation, to be unfolded step by step. A name means the same in all steps.</summary>
internal static class DerivationHtml
{
    private const int MostSteps = 2000;

    public static void Write(StringBuilder page, Derivation derivation)
    {
        // Steps by themselves would name anew what the steps before have named.
        using JsonDocument document = JsonDocument.Parse(derivation.ToJson());
        JsonElement root = document.RootElement;
        page.Append("<details class=\"derivation\">\n<summary>The network before and after</summary>\n");
        Term(page, "before", root.GetProperty("original"));
        Term(page, "after", root.GetProperty("result"));
        page.Append("</details>\n");
        JsonElement[] steps = [.. root.GetProperty("steps").EnumerateArray()];
        page.Append($"<details class=\"derivation\">\n<summary>{Plain.Count(steps.Length, "step")}</summary>\n<ol>\n");
        foreach (JsonElement step in steps.Take(MostSteps))
        {
            string at = step.GetProperty("place").GetProperty("text").GetString()!;
            page.Append($"<li><details><summary>{ChartSeries.Escape(step.GetProperty("rule").GetString()!)} <span>at {ChartSeries.Escape(at)}</span></summary>\n");
            Term(page, "before", step.GetProperty("before"));
            Term(page, "after", step.GetProperty("after"));
            foreach (JsonElement assumption in step.GetProperty("assumptions").EnumerateArray())
                Line(page, "if", assumption.GetProperty("text").GetString()!);
            page.Append("</details></li>\n");
        }

        page.Append("</ol>\n");
        if (steps.Length > MostSteps)
            page.Append($"<p class=\"note\">and {Plain.Count(steps.Length - MostSteps, "more step")}; canon canonicalize --derivation writes all</p>\n");
        page.Append("</details>\n");
        JsonElement[] names = [.. root.GetProperty("definitions").EnumerateArray()];
        if (names.Length == 0)
            return;
        page.Append($"<details class=\"derivation\">\n<summary>{Plain.Count(names.Length, "name")}</summary>\n<ul>\n");
        foreach (JsonElement name in names)
            page.Append($"<li><code>{ChartSeries.Escape(name.GetProperty("text").GetString()!)}</code></li>\n");
        page.Append("</ul>\n</details>\n");
    }

    private static void Term(StringBuilder page, string what, JsonElement term) => Line(page, what, term.GetProperty("text").GetString()!);

    private static void Line(StringBuilder page, string what, string text) =>
        page.Append($"<p class=\"term\"><span>{what}</span> <code>{ChartSeries.Escape(text)}</code></p>\n");
}
