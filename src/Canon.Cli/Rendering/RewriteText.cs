namespace Canon.Cli.Rendering;

/// <summary>A derivation as text.</summary>
internal static class RewriteText
{
    public static void Write(Derivation derivation, bool steps, Page page)
    {
        if (steps)
        {
            page.Lines(derivation.ToText());
            return;
        }

        page.Arrows(derivation.Result.ToString());
        if (derivation.Definitions is { Count: > 0 } names)
        {
            page.Line("where");
            page.Names(names);
        }

        Section("assumed:", derivation.Assumptions, page);
        Section("refused:", derivation.Refusals.Select(refusal => refusal.ToString()), page);
    }

    private static void Section(string heading, IEnumerable<string> items, Page page)
    {
        IReadOnlyList<string> lines = [.. items];
        if (lines.Count == 0)
            return;
        page.Line("");
        page.Line(heading);
        foreach (string line in lines)
            page.Line(Page.Escape(line), indent: 2);
    }
}
