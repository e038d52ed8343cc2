namespace Canon.Tests.Engine;

/// <summary>The tables of docs/models.md. Each is written by its own suite and leaves the rest of the file as it is.</summary>
internal static class ModelTable
{
    private const string Update = "CANON_UPDATE_BASELINES";
    private static readonly string _path = Repository.File("docs/models.md");

    /// <summary>Fails where the table under a heading is not the one of these rows, or writes it.</summary>
    public static void Check(string heading, IEnumerable<string> rows, string command)
    {
        string[] table = [.. ModelReport.Heading, .. rows];
        string[] lines = File.ReadAllLines(_path);
        int start = Array.IndexOf(lines, $"## {heading}");
        Assert.True(start >= 0, $"docs/models.md has no heading '## {heading}'");
        int first = Array.FindIndex(lines, start, line => line.StartsWith('|'));
        int end = Array.FindIndex(lines, first, line => !line.StartsWith('|'));
        end = end < 0 ? lines.Length : end;

        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllText(_path, string.Join('\n', [.. lines[..first], .. table, .. lines[end..]]) + "\n");
            return;
        }

        string[] written = lines[first..end];
        var changes = written.Except(table).Select(line => "- " + line).Concat(table.Except(written).Select(line => "+ " + line));
        Assert.True(
            written.SequenceEqual(table),
            $"docs/models.md is stale; if the change is meant, run: {Update}=1 {command}\n{string.Join('\n', changes)}");
    }
}
