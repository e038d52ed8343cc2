using System.Globalization;
using System.Text;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>A row a layer and model, as RFC 4180 has it. Numbers that do not exist are empty; the columns are stable.</summary>
internal static class AnalyzeCsv
{
    private static readonly (string Header, Func<AnalyzedModel, LayerReport, object?> Cell)[] Columns =
    [
        ("model", (model, _) => model.Path),
        ("layer", (_, layer) => layer.Name),
        ("kind", (_, layer) => layer.Kind),
        ("rows", (_, layer) => layer.Rows),
        ("columns", (_, layer) => layer.Columns),
        ("gain_log2_min", (_, layer) => Rank(layer.GainLog2, 0)),
        ("gain_log2_median", (_, layer) => Rank(layer.GainLog2, 0.5)),
        ("gain_log2_max", (_, layer) => Rank(layer.GainLog2, 1)),
        ("interference_min", (_, layer) => Rank(layer.Interference, 0)),
        ("interference_median", (_, layer) => Rank(layer.Interference, 0.5)),
        ("interference_max", (_, layer) => Rank(layer.Interference, 1)),
        ("interference_mean", (_, layer) => layer.Interference.Average()),
        ("spectral_norm", (model, layer) => model.SpectralNorm(layer.Name)?.Value),
        ("dead_units", (_, layer) => layer.DeadUnits),
        ("constant_units", (_, layer) => layer.ConstantUnits),
    ];

    public static string Table(IReadOnlyList<AnalyzedModel> models)
    {
        var table = new StringBuilder();
        Row(table, Columns.Select(column => column.Header));
        foreach (AnalyzedModel model in models)
        {
            foreach (LayerReport layer in model.Analysis.Layers)
                Row(table, Columns.Select(column => Text(column.Cell(model, layer))));
        }

        return table.ToString();
    }

    /// <summary>The entry of a rank in ascending order: 0 the smallest, 1 the largest.</summary>
    public static double Rank(IReadOnlyList<double> entries, double part) =>
        entries.Order().ElementAt((int)(part * entries.Count) - (part == 1 ? 1 : 0));

    private static void Row(StringBuilder table, IEnumerable<string> cells) => table.AppendJoin(',', cells.Select(Quoted)).Append("\r\n");

    private static string Text(object? cell) => cell switch
    {
        null => "",
        double number => double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "",
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture)!,
    };

    private static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
