using System.Globalization;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Canon.Cli;

/// <summary>A line of a text that could not be read, with a mark under the place where reading ended.</summary>
internal sealed partial class Excerpt
{
    private readonly string line;
    private readonly int column;

    private Excerpt(string line, int column)
    {
        this.line = line;
        this.column = column;
    }

    /// <summary>The failure to read a text in notation.</summary>
    /// <param name="name">What the text is.</param>
    /// <param name="text">The text.</param>
    /// <param name="error">What is wrong with it, beginning with line and column.</param>
    /// <param name="advice">What to do, where the error does not say so.</param>
    public static UsageException Failure(string name, string text, string error, string advice = "")
    {
        Match place = Place().Match(error);
        string[] lines = text.Split('\n');
        Excerpt? excerpt = place.Success && Number(place.Groups[1]) <= lines.Length
            ? new(Plain.Text(lines[Number(place.Groups[1]) - 1]).TrimEnd(), Number(place.Groups[2]))
            : null;
        return new($"{name}: {error}{advice}", excerpt);
    }

    /// <summary>Two lines on a terminal, of a long line the part around the place; nothing elsewhere.</summary>
    public void Write(IAnsiConsole console)
    {
        if (!console.Profile.Capabilities.Interactive)
            return;
        int room = Math.Max(console.Profile.Width - 4, 8);
        int start = column <= room ? 0 : column - (room / 2);
        string shown = start < line.Length ? line.Substring(start, Math.Min(room, line.Length - start)) : "";
        console.Profile.Out.Writer.WriteLine($"  {shown}\n  {new string(' ', column - 1 - start)}^");
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("^line ([0-9]+), column ([0-9]+): ")]
    private static partial Regex Place();
}
