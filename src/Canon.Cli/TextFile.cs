namespace Canon.Cli;

/// <summary>Texts that a command is given as files.</summary>
internal static class TextFile
{
    private const int Largest = 1 << 20;

    /// <summary>All of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be, such as <c>file of rules</c>.</param>
    /// <param name="form">How that looks, such as <c>one a line</c>.</param>
    public static string Read(string path, string what, string form)
    {
        if (path.Length == 0)
            throw new UsageException($"the name of the {what} is empty; name a file");
        if (Directory.Exists(path))
            throw Unfit("is a directory");
        if (!File.Exists(path))
            throw Unfit("does not exist");
        if (new FileInfo(path).Length > Largest)
            throw Unfit("is larger than a megabyte");
        string text = File.ReadAllText(path);
        return text.Contains('\0', StringComparison.Ordinal) ? throw Unfit("is no text") : text;

        UsageException Unfit(string fault) => new($"{path} {fault}; name a {what}, {form}");
    }
}
