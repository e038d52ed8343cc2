using System.Globalization;

namespace Canon.Cli;

/// <summary>Texts and numbers for people.</summary>
internal static class Plain
{
    /// <summary>Names in files can hold anything; on a terminal, control characters would be commands.</summary>
    public static string Text(string text) =>
        string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));

    /// <summary>Four digits that matter; a power of two where a double cannot hold the number.</summary>
    public static string Number(double value, double? log2 = null)
    {
        double size = Math.Abs(value);
        if (log2 is { } exponent && double.IsFinite(exponent) && (size == 0 || double.IsInfinity(size)))
            return "2^" + exponent.ToString("0.0", CultureInfo.InvariantCulture);
        if (size == 0 || !double.IsFinite(size))
            return value == 0 ? "0" : double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
        if (size is < 1e-3 or >= 1e5)
            return value.ToString("0.00e0", CultureInfo.InvariantCulture);
        int decimals = Math.Clamp(3 - (int)Math.Floor(Math.Log10(size)), 0, 6);
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture);
    }

    /// <summary>A number as somebody would type it.</summary>
    public static string Short(double value) => value is 0 or >= 1e-3 and < 1e5
        ? value.ToString(CultureInfo.InvariantCulture)
        : value.ToString("0.##########e0", CultureInfo.InvariantCulture);

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Count(long count, string one, string? many = null) =>
        $"{Count(count)} {(count == 1 ? one : many ?? one + "s")}";

    /// <summary>The first few of some names.</summary>
    public static string Few(IReadOnlyList<string> names) => string.Join(", ", names.Take(3)) + (names.Count > 3 ? ", …" : "");
}
