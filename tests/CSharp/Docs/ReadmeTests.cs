namespace Canon.Tests.Docs;

/// <summary>Redirects the console, so nothing else may run at the same time.</summary>
[CollectionDefinition(nameof(ConsoleCollection), DisableParallelization = true)]
public sealed class ConsoleCollection;

[Collection(nameof(ConsoleCollection))]
public sealed class ReadmeTests
{
    private static readonly string[] Readme = File.ReadAllLines(Repository.File("README.md"));

    [Fact]
    public void The_CSharp_snippet_is_the_one_that_runs_here()
    {
        var source = File.ReadAllLines(Repository.File("tests/CSharp/Docs/ReadmeSnippet.cs"))
            .SkipWhile(line => line.Trim() != "// readme").Skip(1)
            .TakeWhile(line => line.Trim() != "// end")
            .Select(line => line.Trim());

        Assert.Equal(["using Canon;", "", .. source], Block("```csharp").Select(line => line.Trim()));
    }

    [Fact]
    public void The_CSharp_snippet_prints_what_the_readme_says()
    {
        var printed = new StringWriter();
        var console = Console.Out;
        Console.SetOut(printed);
        try
        {
            ReadmeSnippet.Run();
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.Equal(OutputAfter("```csharp"), printed.ToString().TrimEnd().Split(Environment.NewLine));
    }

    [Fact]
    public void The_first_example_prints_as_the_readme_says()
    {
        var network = Network.Linear(Parameter.Symbol("W1")).Then(Network.Relu, Network.Linear(Parameter.Symbol("W2")));
        var derivation = network.Canonicalize().Derivation;
        var indented = Readme.Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim()).ToList();

        Assert.Equal([network.ToString(), $"= {derivation.Result}"], indented[..2]);
        Assert.Equal(derivation.Definitions.Select(d => $"{d.Name} = {d.Meaning}"), indented[2..6]);
    }

    private static IEnumerable<string> Block(string opening) =>
        Readme.SkipWhile(line => line != opening).Skip(1).TakeWhile(line => line != "```");

    private static IEnumerable<string> OutputAfter(string opening) =>
        Readme.SkipWhile(line => line != opening).SkipWhile(line => line != "```").Skip(1)
            .SkipWhile(line => line.Length == 0)
            .TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal))
            .Select(line => line.Trim());
}
