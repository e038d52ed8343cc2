using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>What was left out of a network, and what was not.</summary>
internal static class SimplifiedText
{
    public static void Write(Simplification simplified, Page page)
    {
        page.Line("[bold]Simplified[/]");
        long saved = simplified.ParametersBefore - simplified.ParametersAfter;
        string parameters = $"{Plain.Count(simplified.ParametersBefore)} -> {Plain.Count(simplified.ParametersAfter)} parameters";
        page.Line(
            saved == 0
                ? $"nothing can go: {Plain.Count(simplified.ParametersAfter, "parameter")}"
                : Page.Escape($"{parameters}: {Plain.Count(saved)} saved, {Plain.Number(100.0 * saved / simplified.ParametersBefore)} %"),
            indent: 2);
        Details(simplified, page);
        page.Line("");
    }

    /// <summary>The units that are dead, constant, read by nothing or multiples of others, where nothing was left out yet.</summary>
    public static void WriteUnits(Simplification simplified, Page page)
    {
        page.Line(
            simplified.Layers.Count == 0
                ? "none: no unit is dead, constant, read by nothing or a multiple of another"
                : $"{Plain.Count(simplified.Layers.Sum(layer => layer.Removed), "unit")}, and with them {Plain.Count(simplified.ParametersBefore - simplified.ParametersAfter)} of {Plain.Count(simplified.ParametersBefore, "parameter")}",
            indent: 2);
        Details(simplified, page);
    }

    private static void Details(Simplification simplified, Page page)
    {
        if (simplified.Layers.Count > 0)
        {
            Table table = Tables.New("layer").AddNumber("dead").AddNumber("constant").AddNumber("unobserved").AddNumber("duplicate")
                .AddNumber("parameters").AddNumber("left");
            foreach (SimplifiedLayer layer in simplified.Layers)
            {
                table.AddRow(
                    Page.Escape(layer.Name),
                    Plain.Count(layer.Dead),
                    Plain.Count(layer.Constant),
                    Plain.Count(layer.Unobserved),
                    Plain.Count(layer.Duplicate),
                    Plain.Count(layer.ParametersBefore),
                    Plain.Count(layer.ParametersAfter));
            }

            page.Write(table);
        }

        foreach (KeptUnits kept in simplified.Kept)
            page.Line(Page.Escape($"{kept.Name}: {Plain.Count(kept.Units, "redundant unit stays", "redundant units stay")}: {kept.Reason}"), indent: 2);
        foreach (IGrouping<string, LeftLayer> left in simplified.Left.GroupBy(layer => layer.Reason))
        {
            string[] names = [.. left.Select(layer => layer.Name)];
            page.Line(Page.Escape($"{Plain.Count(names.Length, "layer")} left as they are, {left.Key}: {Plain.Few(names)}"), indent: 2);
        }

    }
}
