using System.Globalization;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>Where values stand along one side of a chart, with ticks at round numbers.</summary>
internal sealed class ChartAxis
{
    private const int FewTicks = 5;
    private readonly double _low, _high, _from, _to;

    private ChartAxis(bool isLog, double low, double high, double from, double to, IReadOnlyList<double> ticks)
    {
        (IsLog, _low, _high, _from, _to) = (isLog, isLog ? Math.Log10(low) : low, isLog ? Math.Log10(high) : high, from, to);
        Ticks = ticks;
    }

    public bool IsLog { get; }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>From 0 to a last step.</summary>
    public static ChartAxis OfSteps(int last, double from, double to)
    {
        double step = Math.Max(1, Round(Math.Max(last, 1) / (double)FewTicks));
        return new(false, 0, Math.Max(last, 1), from, to, Multiples(0, Math.Max(last, 1), step));
    }

    /// <summary>
    /// Around the means and what lies around them; logarithmic, where that may be, if the means span more than a decade. What falls
    /// out of <paramref name="least"/> and <paramref name="most"/> is not shown.
    /// </summary>
    public static ChartAxis Of(
        IReadOnlyList<Spread> values, bool mayBeLog, double least, double most, double from, double to)
    {
        double low = values.Min(v => v.Mean), high = values.Max(v => v.Mean);
        if (mayBeLog && low > 0 && high > 10 * low)
            return OfLog(low / 1.2, Math.Min(values.Max(v => v.High), high * 3) * 1.1, from, to);

        low = Math.Max(least, values.Min(v => v.Low));
        high = Math.Min(most, values.Max(v => v.High));
        if (!(high - low > 1e-9 * Math.Max(Math.Abs(low), Math.Abs(high))))
        {
            double around = high == 0 ? 1 : 0.05 * Math.Abs(high);
            (low, high) = (low - around, high + around);
        }

        double step = Round((high - low) / FewTicks);
        (low, high) = (Math.Max(least, step * Math.Floor(low / step + 1e-9)), Math.Min(most, step * Math.Ceiling(high / step - 1e-9)));
        return new(false, low, high, from, to, Multiples(low, high, step));
    }

    public double At(double value)
    {
        double position = IsLog ? Math.Log10(value) : value;
        if (IsLog && !(value > 0))
            position = _low - (_high - _low);

        // What lies far outside is cut off by the chart, but its coordinate must stay a number that a browser can hold.
        double part = Math.Clamp((position - _low) / (_high - _low), -1, 2);
        return _from + part * (_to - _from);
    }

    public string Label(double tick)
    {
        if (tick == 0)
            return "0";
        double size = Math.Abs(tick);
        if (size is < 1e-4 or >= 1e6)
            return tick.ToString("0.##e0", CultureInfo.InvariantCulture).Replace('-', '−');
        double step = IsLog || Ticks.Count < 2 ? size : Ticks[1] - Ticks[0];
        int decimals = Math.Clamp(-(int)Math.Floor(Math.Log10(step) + 1e-9), 0, 6);
        return tick.ToString("N" + decimals, CultureInfo.InvariantCulture).Replace('-', '−');
    }

    private static ChartAxis OfLog(double low, double high, double from, double to)
    {
        int first = (int)Math.Floor(Math.Log10(low)), last = (int)Math.Ceiling(Math.Log10(high));
        int every = Math.Max(1, (last - first) / FewTicks);
        double[] within = Math.Log10(high / low) < 2.2 ? [1, 2, 5] : [1];
        double[] ticks =
        [
            .. Enumerable.Range(first, last - first + 1)
                .Where(power => power % every == 0)
                .SelectMany(power => within.Select(digit => Math.Round(digit * Math.Pow(10, power), Math.Clamp(1 - power, 0, 15))))
                .Where(tick => tick > 0 && tick >= low && tick <= high),
        ];
        return new(true, low, high, from, to, ticks);
    }

    private static double[] Multiples(double low, double high, double step)
    {
        long first = (long)Math.Ceiling(low / step - 1e-9), last = (long)Math.Floor(high / step + 1e-9);
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(k => (first + k) * step)];
    }

    /// <summary>The least of 1, 2 and 5 times a power of ten that is no less.</summary>
    private static double Round(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        double digit = step / power;
        return power * (digit <= 1.0001 ? 1 : digit <= 2.0001 ? 2 : digit <= 5.0001 ? 5 : 10);
    }
}
