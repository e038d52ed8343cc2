using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Canon.Cli.Reports;

/// <summary>What the outputs of a classifier are called.</summary>
internal static partial class ClassNames
{
    private static readonly string[] Keys = ["names", "labels", "classes", "class_names", "classnames", "id2label"];

    /// <summary>A file of labels: a name a line; the last line may be empty.</summary>
    public static IReadOnlyList<string> Read(string path)
    {
        string[] names = TextFile.Read(path, "file of labels", "a name a line").TrimEnd('\r', '\n').Split('\n');
        return [.. names.Select(name => name.Trim())];
    }

    /// <summary>Names that a model carries with it, for so many channels; none where it has none for just as many.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyDictionary<string, string> metadata, int channels)
    {
        foreach (string key in Keys)
        {
            foreach ((string own, string text) in metadata)
            {
                if (string.Equals(own, key, StringComparison.OrdinalIgnoreCase) && Parsed(text) is { } names && names.Count == channels)
                    return names;
            }
        }

        return [];
    }

    /// <summary>A JSON array, a JSON object or a Python dictionary by number, a name a line, or names between commas.</summary>
    private static IReadOnlyList<string>? Parsed(string text)
    {
        text = text.Trim();
        if (text.StartsWith('[') || text.StartsWith('{'))
            return Structured(text) ?? Structured(PythonString().Replace(text, match => $"\"{JsonEncodedText.Encode(match.Groups[1].Value)}\""));
        return [.. text.Split(text.Contains('\n', StringComparison.Ordinal) ? '\n' : ',').Select(name => name.Trim())];
    }

    private static List<string>? Structured(string text)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(BareKey().Replace(text, "$1\"$2\":"));
            if (json.RootElement.ValueKind == JsonValueKind.Array)
                return [.. json.RootElement.EnumerateArray().Select(Shown)];
            var byNumber = json.RootElement.EnumerateObject()
                .Select(entry => (Number: int.Parse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture), Name: Shown(entry.Value)))
                .OrderBy(entry => entry.Number)
                .ToList();
            return byNumber.Select(entry => entry.Number).SequenceEqual(Enumerable.Range(0, byNumber.Count))
                ? [.. byNumber.Select(entry => entry.Name)]
                : null;
        }
        catch (Exception failure) when (failure is JsonException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static string Shown(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString()! : element.ToString();

    [GeneratedRegex(@"'((?:[^'\\]|\\.)*)'")]
    private static partial Regex PythonString();

    [GeneratedRegex(@"([{,]\s*)(\d+)\s*:")]
    private static partial Regex BareKey();
}
