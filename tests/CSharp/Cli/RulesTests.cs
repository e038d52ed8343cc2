using Canon.Tests.Files;
using System.Text.Json;

namespace Canon.Tests.Cli;

public sealed class RulesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Rules(string text)
    {
        string file = _folder["my.rules"];
        File.WriteAllText(file, text);
        return file;
    }

    [Fact]
    public void The_catalog_is_listed_with_law_source_and_exactness()
    {
        var (exitCode, output, error) = CanonTool.Run("rules");

        Assert.Equal((0, ""), (exitCode, error));
        foreach (Rule rule in Rule.Catalog)
        {
            Assert.Contains($"{rule.Name}\n  {rule.Law}\n", output);
            Assert.Contains(rule.Source, output);
        }

        Assert.EndsWith($"{Rule.Catalog.Count} rules\n", output);
        using JsonDocument json = JsonDocument.Parse(CanonTool.Run("rules", "--json").Output);
        Assert.Equal(Rule.Catalog.Count, json.RootElement.GetProperty("rules").GetArrayLength());
    }

    [Fact]
    public void One_rule_is_shown_by_name()
    {
        Assert.StartsWith("scale-fusion\n  scale(g) -> scale(h) = scale(g * h)\n  exact; calculus", CanonTool.Run("rules", "scale-fusion").Output);
        var (exitCode, _, error) = CanonTool.Run("rules", "scale-fission");
        Assert.Equal((2, "canon: there is no rule of the name 'scale-fission'; canon rules lists them\n"), (exitCode, error));
    }

    [Fact]
    public void The_whole_catalog_is_verified()
    {
        var (exitCode, output, error) = CanonTool.Run("rules", "--check", "--tries", "200");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.EndsWith($"\n{Rule.Catalog.Count} verified\n", output);
    }

    [Fact]
    public void Right_rules_of_a_file_are_verified()
    {
        string file = Rules(
            """
            # rules that are right
            fold: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)

            scale(?g) -> ?f => ?f -> scale(?g) when homogeneous(?f)
            """);

        var (exitCode, output, error) = CanonTool.Run("rules", "--check", file);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("fold    verified", output);
        Assert.Contains("rule-4  verified", output);
        Assert.EndsWith("\n2 verified\n", output);
    }

    [Fact]
    public void A_wrong_rule_is_refuted_with_its_counterexample()
    {
        string file = Rules("fold: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?b)\n");

        var (exitCode, output, error) = CanonTool.Run("rules", "--check", file);

        Assert.Equal((1, ""), (exitCode, error));
        Assert.Contains("line 1, fold: refuted\n", output);
        Assert.Contains("network    linear(", output);
        Assert.Contains("input      [", output);
        Assert.Contains("before     [", output);
        Assert.Contains("after      [", output);
        Assert.Contains("replay     seed ", output);
        Assert.EndsWith("\n1 refuted\n", output);

        using JsonDocument json = JsonDocument.Parse(CanonTool.Run("rules", "--check", file, "--json").Output);
        JsonElement rule = json.RootElement.GetProperty("rules")[0];
        Assert.Equal("refuted", rule.GetProperty("verdict").GetString());
        JsonElement counterexample = rule.GetProperty("counterexample");
        Assert.Equal(
            ["network", "at", "before", "after", "reason", "input", "named_inputs", "expected", "actual", "seed", "text"],
            counterexample.EnumerateObject().Select(property => property.Name));
        Assert.NotEmpty(counterexample.GetProperty("input").EnumerateArray());
        Assert.Contains("\n  b1 = [1]\n", counterexample.GetProperty("text").GetString());
    }

    [Fact]
    public void A_rule_whose_sides_have_different_shapes_is_refuted()
    {
        var (exitCode, output, _) = CanonTool.Run(
            "rules", "--check", Rules("# wrong\nscale(?g) -> linear(?W) => linear(diag(?g) * ?W)\n"));

        Assert.Equal(1, exitCode);
        Assert.Contains("line 2, rule-2: refuted\nshapes     line 2, column 28: the right side does not fit where the left does", output);
    }

    [Fact]
    public void A_rule_that_never_fires_is_not_verified()
    {
        var (exitCode, output, _) = CanonTool.Run(
            "rules", "--check", Rules("relu -> ?f => ?f -> relu when homogeneous(?f, 9)\n"), "--tries", "100");

        Assert.Equal(1, exitCode);
        Assert.Contains("never fired", output);
        Assert.EndsWith("\n1 never fired\n", output);
    }

    [Theory]
    [InlineData("scale(?g) => scale(?h)\n", "line 1, column 20: ?h does not stand on the left")]
    [InlineData("relu -> relu\n", "line 1, column 13: expected '->' or '=>'; the text ends")]
    [InlineData("# nothing\n", "there is no rule")]
    [InlineData("", "there is no rule")]
    [InlineData("\0\0", "is no text")]
    [InlineData("\u00ff\u00fe\u001b[31m", "line 1, column 1: expected")]
    public void What_cannot_be_read_is_one_line_and_exit_code_2(string text, string expected)
    {
        var (exitCode, output, error) = CanonTool.Run("rules", "--check", Rules(text));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("my.rules", error);
        Assert.Contains(expected, error);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    [Fact]
    public void Directories_and_files_that_are_not_there_are_told()
    {
        Assert.Equal(2, CanonTool.Run("rules", "--check", _folder["none"]).ExitCode);
        Assert.Contains("is a directory", CanonTool.Run("rules", "--check", Path.GetDirectoryName(_folder["none"])!).Error);
        Assert.Contains("leave out the name of a rule", CanonTool.Run("rules", "unit-scale", "--check", "x").Error);
    }

    [Fact]
    public void A_rule_on_an_operator_of_unknown_channels_has_a_verdict()
    {
        string file = _folder["opaque.rules"];
        File.WriteAllText(file, "same: opaque(q) => opaque(q)\n");
        var (exitCode, output, error) = CanonTool.Run("rules", "--check", file);
        Assert.InRange(exitCode, 0, 1);
        Assert.Contains("verdict", output);
        Assert.DoesNotContain("bug", error);
    }
}
