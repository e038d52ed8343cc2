namespace Canon.Cli;

/// <summary>Files of textual rules.</summary>
internal static class RuleFile
{
    /// <summary>The rules of a file.</summary>
    public static IReadOnlyList<RuleText> Read(string path) =>
        TextFile.Read(path, "file of rules", "one a line") is var text && RuleText.TryReadAll(text, out var rules, out string? error)
            ? rules
            : throw Excerpt.Failure(path, text, error);
}
