namespace Canon.Tests.Docs;

/// <summary>Redirects the console, so nothing else may run at the same time.</summary>
[CollectionDefinition(nameof(ConsoleCollection), DisableParallelization = true)]
public sealed class ConsoleCollection;

[Collection(nameof(ConsoleCollection))]
public sealed class SnippetTests
{
    [Fact]
    public void The_snippet_of_the_readme_runs_and_prints_what_it_says() =>
        Holds("README.md", "ReadmeSnippet.cs", ReadmeSnippet.Run);

    [Fact]
    public void The_snippets_on_verification_run_and_print_what_is_said_there() => Holds(
        "docs/verification.md", "VerificationSnippets.cs",
        VerificationSnippets.Define, VerificationSnippets.Written, VerificationSnippets.Property);

    [Fact]
    public void The_snippet_on_analysis_runs_and_prints_what_it_says() =>
        Holds("docs/analysis.md", "AnalysisSnippet.cs", AnalysisSnippet.Run);

    [Fact]
    public void The_first_example_of_the_readme_prints_as_it_says()
    {
        var network = Network.Linear(Parameter.Symbol("W1")).Then(Network.Relu, Network.Linear(Parameter.Symbol("W2")));
        var derivation = network.Canonicalize().Derivation;
        var indented = File.ReadAllLines(Repository.File("README.md"))
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim()).ToList();

        Assert.Equal([network.ToString(), $"= {derivation.Result}"], indented[..2]);
        Assert.Equal(derivation.Definitions.Select(d => $"{d.Name} = {d.Meaning}"), indented[2..6]);
    }

    private static void Holds(string document, string source, params Action[] snippets)
    {
        var shown = Snippet.Shown(document);

        Assert.Equal(Snippet.InSource($"tests/CSharp/Docs/{source}"), shown.Select(snippet => snippet.Code));
        Assert.Equal(snippets.Select(Snippet.Printed), shown.Select(snippet => snippet.Output));
    }
}
