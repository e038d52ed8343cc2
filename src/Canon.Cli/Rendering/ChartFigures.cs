using System.Globalization;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>Numbers and names as the charts of analysed models have them.</summary>
internal static class ChartFigures
{
    /// <summary>Steps of a histogram.</summary>
    public const int Bins = 25;

    /// <summary>The parts of rows in each bin, in percent.</summary>
    public static double[] Histogram(IEnumerable<double> interference, double most)
    {
        var counts = new double[Bins];
        foreach (double value in interference.Where(double.IsFinite))
            counts[Math.Clamp((int)(value / most * Bins), 0, Bins - 1)]++;
        double all = Math.Max(1, counts.Sum());
        return [.. counts.Select(count => 100 * count / all)];
    }

    /// <summary>A figure without a deviation.</summary>
    public static Spread Single(double value) => new(value, double.NaN, 1);

    /// <summary>The entry of a rank: 0.5 the median.</summary>
    public static double At(IReadOnlyList<double> entries, double part) => AnalyzeCsv.Rank(entries, part);

    public static double Middle(int bin) => (bin + 0.5) / Bins;

    /// <summary>How far an axis of interference reaches.</summary>
    public static double Most(IEnumerable<LayerReport> layers)
    {
        double largest = layers.SelectMany(layer => layer.Interference).DefaultIfEmpty(1).Max();
        return new[] { 0.05, 0.1, 0.25, 0.5, 1 }.FirstOrDefault(most => largest <= most, 1);
    }

    public static string Step(double middle, double most) => $"{Three(middle - most / 2 / Bins)} to {Three(middle + most / 2 / Bins)}";

    public static string Three(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    public static string Percent(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    public static string Tick(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Digits(double value) => double.IsFinite(value) ? Plain.Number(value).Replace('-', '−') : double.IsNegativeInfinity(value) ? "−∞" : "∞";

    /// <summary>Names of layers differ at their ends.</summary>
    public static string Cut(string name) => name.Length <= 20 ? name : "…" + name[^19..];
}
