using System.Globalization;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>One row a layer.</summary>
internal static class LayersText
{
    public static void Write(IReadOnlyList<LayerReport> layers, Page page)
    {
        bool hasIdle = layers.Any(layer => layer.DeadUnits + layer.ConstantUnits > 0);
        Table table = Tables.New("\nlayer").AddNumber("\nshape");
        foreach (string column in (string[])["gain\nmin", "\nmedian", "\nmax", "interference\nmin", "\nmedian", "\nmax"])
            table.AddNumber(column);
        if (hasIdle)
            table.AddNumber("units\ndead").AddNumber("\nconst.");

        foreach (LayerReport layer in layers)
        {
            int[] order = [.. Enumerable.Range(0, layer.Rows).OrderBy(row => layer.GainLog2[row])];
            double[] interference = [.. layer.Interference.Order()];
            string Gain(int rank) => Plain.Number(layer.Gain[order[rank]], layer.GainLog2[order[rank]]);
            List<string> cells =
            [
                Page.Escape(layer.Name),
                $"{layer.Rows}x{layer.Columns}",
                Gain(0), Gain(layer.Rows / 2), Gain(layer.Rows - 1),
                Part(interference[0]), Part(interference[layer.Rows / 2]), Part(interference[^1]),
            ];
            if (hasIdle)
                cells.AddRange([Idle(layer.DeadUnits), Idle(layer.ConstantUnits)]);
            table.AddRow([.. cells]);
        }

        page.Write(table);
        if (!hasIdle)
            page.Line("no dead units, no constant units", indent: 2);
    }

    private static string Idle(int count) => count == 0 ? "-" : $"[red]{Plain.Count(count)}[/]";

    private static string Part(double value) =>
        value is 0 or >= 0.0005 ? value.ToString("0.000", CultureInfo.InvariantCulture) : value.ToString("0e0", CultureInfo.InvariantCulture);
}
