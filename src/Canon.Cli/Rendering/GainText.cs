using System.Globalization;
using Canon.Cli.Reports;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>The global gain as a number and its direction as bars.</summary>
internal static class GainText
{
    private const int MostBars = 20;

    /// <param name="gain">The gain.</param>
    /// <param name="outputs">How many outputs the channels belong to.</param>
    /// <param name="page">Where to.</param>
    /// <param name="classes">What the channels are called; none for their numbers.</param>
    public static void Write(OutputGain gain, int outputs, Page page, IReadOnlyList<string>? classes = null)
    {
        string log2 = double.IsFinite(gain.GlobalLog2)
            ? $" = 2^{gain.GlobalLog2.ToString("0.00", CultureInfo.InvariantCulture)}"
            : "";
        string global = double.IsFinite(gain.Global) ? Plain.Number(gain.Global) : "above the range of a double";
        page.Line($"global gain [bold yellow]{global}{log2}[/]", indent: 2);

        int channels = gain.Direction.Count;
        var shown = Enumerable.Range(0, channels);
        if (channels > MostBars)
            shown = shown.OrderByDescending(channel => gain.Direction[channel]).Take(MostBars);
        string all = outputs > 1
            ? $"{Plain.Count(channels, "channel")} of {Plain.Count(outputs)} outputs, one output after the other"
            : Plain.Count(channels, "output channel");
        page.Line($"its direction: {(channels > MostBars ? $"the {MostBars} largest of " : "")}{all}", indent: 2);
        page.Line("");
        Bars([.. shown.Select(channel => (classes is { Count: > 0 } ? Plain.Text(classes[channel]) : Number(channel), gain.Direction[channel]))], page);
    }

    private static string Number(int channel) => channel.ToString(CultureInfo.InvariantCulture);

    private static void Bars(IReadOnlyList<(string Name, double Value)> bars, Page page)
    {
        double largest = bars.Max(bar => bar.Value);
        int label = bars.Max(bar => bar.Name.Length);
        int room = Math.Clamp(page.Width - label - 14, 10, 60);
        foreach ((string name, double value) in bars)
        {
            string number = value.ToString("0.0000", CultureInfo.InvariantCulture);
            page.Line($"{Page.Escape(name.PadLeft(label))}  {number}  [yellow]{Bar(largest > 0 ? value / largest : 0, room)}[/]", indent: 2);
        }
    }

    /// <summary>A bar of eighths of a character.</summary>
    private static string Bar(double part, int room)
    {
        int eighths = (int)Math.Round(part * room * 8);
        string rest = eighths % 8 == 0 ? "" : "▏▎▍▌▋▊▉"[(eighths % 8) - 1].ToString();
        return new string('█', eighths / 8) + rest;
    }
}
