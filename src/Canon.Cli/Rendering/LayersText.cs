using System.Globalization;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>One row a layer, with as many figures as there is room for.</summary>
internal static class LayersText
{
    private const int RoomForNames = 16;

    /// <param name="Header">What stands above it.</param>
    /// <param name="Rank">Columns of the highest rank go first where the screen is narrow.</param>
    /// <param name="Cells">Its text for each layer.</param>
    private sealed record Column(string Header, int Rank, IReadOnlyList<string> Cells);

    /// <summary>The figures of a layer in ascending order.</summary>
    private sealed class Sorted(LayerReport layer)
    {
        private readonly int[] byGain = [.. Enumerable.Range(0, layer.Rows).OrderBy(row => layer.GainLog2[row])];
        private readonly double[] interference = [.. layer.Interference.Order()];

        public LayerReport Layer => layer;

        public string Gain(int rank) => Plain.Number(layer.Gain[byGain[rank]], layer.GainLog2[byGain[rank]]);

        public string Interference(int rank)
        {
            double value = interference[rank];
            return value is 0 or >= 0.0005 ? value.ToString("0.000", CultureInfo.InvariantCulture) : value.ToString("0e0", CultureInfo.InvariantCulture);
        }
    }

    public static void Write(IReadOnlyList<LayerReport> layers, Page page)
    {
        bool hasIdle = layers.Any(layer => layer.DeadUnits + layer.ConstantUnits > 0);
        List<Sorted> rows = [.. layers.Select(layer => new Sorted(layer))];
        Column Of(string header, int rank, Func<Sorted, string> cell) => new(header, rank, [.. rows.Select(cell)]);
        List<Column> columns =
        [
            Of("\nshape", 1, row => $"{row.Layer.Rows}x{row.Layer.Columns}"),
            Of("gain\nmin", 2, row => row.Gain(0)),
            Of("\nmedian", 0, row => row.Gain(row.Layer.Rows / 2)),
            Of("\nmax", 2, row => row.Gain(row.Layer.Rows - 1)),
            Of("interference\nmin", 4, row => row.Interference(0)),
            Of("\nmedian", 3, row => row.Interference(row.Layer.Rows / 2)),
            Of("\nmax", 4, row => row.Interference(row.Layer.Rows - 1)),
        ];
        if (hasIdle)
            columns.AddRange([Of("units\ndead", 1, row => Idle(row.Layer.DeadUnits)), Of("\nconst.", 1, row => Idle(row.Layer.ConstantUnits))]);

        int room = page.RowWidth - Math.Min(RoomForNames, layers.Max(layer => layer.Name.Length));
        List<Column> shown = columns;
        for (int rank = columns.Max(column => column.Rank); rank > 0 && shown.Sum(column => Width(column, shown)) > room; rank--)
            shown = [.. shown.Where(column => column.Rank < rank)];

        Table table = Tables.New("\nlayer");
        foreach (Column column in shown)
            table.AddNumber(Header(column, shown));
        foreach ((int index, LayerReport layer) in layers.Index())
            table.AddRow([Page.Escape(layer.Name), .. shown.Select(column => column.Cells[index])]);
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

    private static int Width(Column column, List<Column> shown) =>
        2 + Math.Max(Header(column, shown).Split('\n').Max(line => line.Length), column.Cells.Max(cell => Markup.Remove(cell).Length));

    private static string Idle(int count) => count == 0 ? "-" : $"[red]{Plain.Count(count)}[/]";
}
