using System.Globalization;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>One row a layer, with as many figures as there is room for.</summary>
internal static class LayersText
{
    private const int RoomForNames = 16;

    /// <param name="Header">What stands above it.</param>
    /// <param name="Rank">Columns of the highest rank go first where the screen is narrow.</param>
    /// <param name="Cell">Its text for a layer.</param>
    private sealed record Column(string Header, int Rank, Func<LayerReport, string> Cell);

    public static void Write(IReadOnlyList<LayerReport> layers, Page page)
    {
        bool hasIdle = layers.Any(layer => layer.DeadUnits + layer.ConstantUnits > 0);
        List<Column> columns =
        [
            new("\nshape", 1, layer => $"{layer.Rows}x{layer.Columns}"),
            new("gain\nmin", 2, layer => Gain(layer, 0)),
            new("\nmedian", 0, layer => Gain(layer, layer.Rows / 2)),
            new("\nmax", 2, layer => Gain(layer, layer.Rows - 1)),
            new("interference\nmin", 4, layer => Interference(layer, 0)),
            new("\nmedian", 3, layer => Interference(layer, layer.Rows / 2)),
            new("\nmax", 4, layer => Interference(layer, layer.Rows - 1)),
        ];
        if (hasIdle)
            columns.AddRange([new("units\ndead", 1, layer => Idle(layer.DeadUnits)), new("\nconst.", 1, layer => Idle(layer.ConstantUnits))]);

        int room = page.RowWidth - Math.Min(RoomForNames, layers.Max(layer => layer.Name.Length));
        List<Column> shown = columns;
        for (int rank = columns.Max(column => column.Rank); rank > 0 && shown.Sum(column => Width(column, shown, layers)) > room; rank--)
            shown = [.. shown.Where(column => column.Rank < rank)];

        Table table = Tables.New("\nlayer");
        foreach (Column column in shown)
            table.AddNumber(Header(column, shown));
        foreach (LayerReport layer in layers)
            table.AddRow([Page.Escape(layer.Name), .. shown.Select(column => column.Cell(layer))]);
        page.Write(table);
        if (shown.Count < columns.Count)
            page.Line($"no room for {Plain.Count(columns.Count - shown.Count, "more column")}; --json has all figures", indent: 2);
        if (!hasIdle)
            page.Line("no dead units, no constant units", indent: 2);
    }

    /// <summary>The first column of a group that is shown bears the name of the group.</summary>
    private static string Header(Column column, List<Column> shown) =>
        column.Rank == 3 && !shown.Any(other => other.Rank == 4) ? $"interference{column.Header}"
        : column.Rank == 0 && !shown.Any(other => other.Rank == 2) ? $"gain{column.Header}"
        : column.Header;

    private static int Width(Column column, List<Column> shown, IReadOnlyList<LayerReport> layers) =>
        2 + Math.Max(Header(column, shown).Split('\n').Max(line => line.Length), layers.Max(layer => Markup.Remove(column.Cell(layer)).Length));

    private static string Gain(LayerReport layer, int rank)
    {
        int row = Enumerable.Range(0, layer.Rows).OrderBy(row => layer.GainLog2[row]).ElementAt(rank);
        return Plain.Number(layer.Gain[row], layer.GainLog2[row]);
    }

    private static string Interference(LayerReport layer, int rank)
    {
        double value = layer.Interference.Order().ElementAt(rank);
        return value is 0 or >= 0.0005 ? value.ToString("0.000", CultureInfo.InvariantCulture) : value.ToString("0e0", CultureInfo.InvariantCulture);
    }

    private static string Idle(int count) => count == 0 ? "-" : $"[red]{Plain.Count(count)}[/]";
}
