using System.Globalization;
using System.Net;

namespace Canon.Cli.Rendering;

/// <summary>How a series, such as a method or a model, looks in all charts of a page: a colour, a dash and a marker, no two of 35 alike.</summary>
/// <param name="Index">Which one it is, from 0.</param>
/// <param name="Name">What it is called.</param>
/// <param name="IsSwitched">Whether a switch of the page shows and hides it.</param>
internal sealed record ChartSeries(int Index, string Name, bool IsSwitched = true)
{
    private const int Colours = 7;
    private const int LabelCharacters = 26;

    private static readonly string[] Dashes = ["", "7 3", "2 3", "9 3 2 3", "5 2 2 2 2 2"];

    /// <summary>What the script knows it by; −1 where nothing switches it.</summary>
    public int Key => IsSwitched ? Index : -1;

    /// <summary>The attribute by which the script finds its marks, with a space in front.</summary>
    public string Switch => IsSwitched ? $" data-m=\"{Index}\"" : "";

    public string ColourClass => $"c{Index % Colours}";

    /// <summary>The attribute, with a space in front; empty for a solid line.</summary>
    public string Dash => Dashes[Index % Dashes.Length] is { Length: > 0 } dash ? $" stroke-dasharray=\"{dash}\"" : "";

    /// <summary>The name as HTML that may break behind its colons, and nowhere else.</summary>
    public string Html =>
        $"<span class=\"words\"><span>{Escape(Name).Replace(":", ":</span><wbr><span>", StringComparison.Ordinal)}</span></span>";

    /// <summary>The name in lines that a chart has room for, broken behind colons.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            List<string> lines = [""];
            string[] words = Name.Split(':');
            for (int k = 0; k < words.Length; k++)
            {
                string word = words[k] + (k < words.Length - 1 ? ":" : "");
                if (lines[^1].Length > 0 && lines[^1].Length + word.Length > LabelCharacters)
                    lines.Add("");
                lines[^1] += word;
            }

            return lines;
        }
    }

    /// <summary>Line and marker, as beside a name.</summary>
    public string Swatch =>
        $"<svg class=\"swatch {ColourClass}\" viewBox=\"0 0 34 12\" width=\"34\" height=\"12\" aria-hidden=\"true\">"
        + $"<path class=\"line\" d=\"M1 6H33\"{Dash}/>{Marker(17, 6, 4)}</svg>";

    /// <summary>The marker around a point.</summary>
    public string Marker(double x, double y, double size)
    {
        string At(double dx, double dy) => $"{Number(x + dx * size)} {Number(y + dy * size)}";
        string path = (Index % 8) switch
        {
            0 => $"M{At(-1, 0)}A{Number(size)} {Number(size)} 0 1 0 {At(1, 0)}A{Number(size)} {Number(size)} 0 1 0 {At(-1, 0)}Z",
            1 => $"M{At(-0.9, -0.9)}L{At(0.9, -0.9)}L{At(0.9, 0.9)}L{At(-0.9, 0.9)}Z",
            2 => $"M{At(0, -1.15)}L{At(1.1, 0.85)}L{At(-1.1, 0.85)}Z",
            3 => $"M{At(0, -1.3)}L{At(1.3, 0)}L{At(0, 1.3)}L{At(-1.3, 0)}Z",
            4 => $"M{At(0, 1.15)}L{At(1.1, -0.85)}L{At(-1.1, -0.85)}Z",
            5 => $"M{At(-0.4, -1.1)}L{At(0.4, -1.1)}L{At(0.4, -0.4)}L{At(1.1, -0.4)}L{At(1.1, 0.4)}L{At(0.4, 0.4)}L{At(0.4, 1.1)}"
                + $"L{At(-0.4, 1.1)}L{At(-0.4, 0.4)}L{At(-1.1, 0.4)}L{At(-1.1, -0.4)}L{At(-0.4, -0.4)}Z",
            6 => $"M{At(0, 0.5)}L{At(0.6, 1.1)}L{At(1.1, 0.6)}L{At(0.5, 0)}L{At(1.1, -0.6)}L{At(0.6, -1.1)}L{At(0, -0.5)}"
                + $"L{At(-0.6, -1.1)}L{At(-1.1, -0.6)}L{At(-0.5, 0)}L{At(-1.1, 0.6)}L{At(-0.6, 1.1)}Z",
            _ => $"M{At(-1.3, -0.55)}L{At(1.3, -0.55)}L{At(1.3, 0.55)}L{At(-1.3, 0.55)}Z",
        };
        return $"<path class=\"marker\" d=\"{path}\"/>";
    }

    /// <summary>A coordinate.</summary>
    public static string Number(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    public static string Escape(string text) => WebUtility.HtmlEncode(Plain.Text(text));
}
