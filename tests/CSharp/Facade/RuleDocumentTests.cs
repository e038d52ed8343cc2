namespace Canon.Tests.Facade;

/// <summary>Rules as a document.</summary>
public sealed class RuleDocumentTests
{
    [Fact]
    public void The_catalog_is_written_as_in_the_documentation() =>
        Assert.Equal(File.ReadAllText(Repository.File("docs/rules.md")), RuleDocument.Write("Rules", RuleDocument.Catalog));

    [Fact]
    public void A_rule_of_ones_own_is_written_with_its_examples_worked()
    {
        DescribedRule rule = new(Rule.Parse("twice: relu -> relu => relu"), "The second changes nothing.", "relu -> relu");

        string markdown = RuleDocument.Write("Mine", rule);

        Assert.StartsWith("# Mine\n\n## twice\n", markdown);
        Assert.Contains("relu -> relu\n  => relu\n", markdown);
        Assert.Contains("The second changes nothing.", markdown);
    }

    [Fact]
    public void An_example_that_is_no_network_is_an_error_that_names_its_rule()
    {
        DescribedRule rule = new(Rule.Catalog[0], "", "relu ->");

        Assert.False(RuleDocument.TryWrite("Mine", [rule], out _, out string? error));
        Assert.EndsWith("(an example of weight-norm-decomposition)", error);
        Assert.Throws<FormatException>(() => RuleDocument.Write("Mine", rule));
    }
}
