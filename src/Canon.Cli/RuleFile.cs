namespace Canon.Cli;

/// <summary>Files of textual rules.</summary>
internal static class RuleFile
{
    private const int Largest = 1 << 20;

    /// <summary>The rules of a file.</summary>
    public static IReadOnlyList<RuleText> Read(string path) =>
        Text(path) is var text && RuleText.TryReadAll(text, out var rules, out string? error)
            ? rules
            : throw Excerpt.Failure(path, text, error);

    private static string Text(string path)
    {
        if (path.Length == 0)
            throw new UsageException("the name of the file of rules is empty; name a file");
        if (Directory.Exists(path))
            throw Unfit(path, "is a directory");
        if (!File.Exists(path))
            throw Unfit(path, "does not exist");
        if (new FileInfo(path).Length > Largest)
            throw Unfit(path, "is larger than a megabyte");
        string text = File.ReadAllText(path);
        return text.Contains('\0', StringComparison.Ordinal) ? throw Unfit(path, "is no text") : text;
    }

    private static UsageException Unfit(string path, string what) =>
        new($"{path} {what}; name a file of rules, one a line");
}
