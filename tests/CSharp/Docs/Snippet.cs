namespace Canon.Tests.Docs;

/// <summary>A snippet of C# in a document, and the lines that it is said to print.</summary>
internal sealed record Snippet(IReadOnlyList<string> Code, IReadOnlyList<string> Output)
{
    /// <summary>The snippets of a document, without what they use.</summary>
    public static IReadOnlyList<Snippet> Shown(string document)
    {
        string[] lines = File.ReadAllLines(Repository.File(document));
        return [.. After(lines, "```csharp").Select(rest =>
        {
            string[] block = [.. rest.TakeWhile(line => line != "```")];
            IEnumerable<string> output = rest[(block.Length + 1)..].SkipWhile(line => line.Length == 0)
                .TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line[4..]);
            return new Snippet([.. block.SkipWhile(line => line == "" || line.StartsWith("using ", StringComparison.Ordinal))], [.. output]);
        })];
    }

    /// <summary>The snippets that stand in a source file, without their indentation.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> InSource(string path)
    {
        string[] lines = File.ReadAllLines(Repository.File(path));
        return [.. After(lines, "        // snippet").Select(rest =>
            rest.TakeWhile(line => line != "        // end").Select(line => line == "" ? "" : line[8..]).ToList())];
    }

    /// <summary>What is printed on the console, which nothing else may use meanwhile.</summary>
    public static IReadOnlyList<string> Printed(Action snippet)
    {
        var printed = new StringWriter();
        var console = Console.Out;
        Console.SetOut(printed);
        try
        {
            snippet();
        }
        finally
        {
            Console.SetOut(console);
        }

        return printed.ToString().TrimEnd().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    private static IEnumerable<string[]> After(string[] lines, string opening) =>
        lines.Index().Where(line => line.Item == opening).Select(line => lines[(line.Index + 1)..]);
}
