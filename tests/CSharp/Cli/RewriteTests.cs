using Canon.Tests.Files;
using System.Text.Json;

namespace Canon.Tests.Cli;

public sealed class RewriteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_term_is_brought_to_its_canonical_form()
    {
        var (exitCode, output, error) = CanonTool.Run("rewrite", "linear(W1) -> relu -> linear(W2)");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(
            """
            unit_row_linear(V1) -> relu -> unit_row_linear(V2) -> scale(g2)
            where
              g1 = rownorms(W1)
              V1 = diag(1/g1) * W1
              g2 = rownorms(W2 * diag(g1))
              V2 = diag(1/g2) * W2 * diag(g1)

            """.ReplaceLineEndings("\n"),
            output);
    }

    [Fact]
    public void Assumptions_and_refusals_are_told()
    {
        string output = CanonTool.Run("rewrite", "scale(g) -> clip(1, 2) -> linear(W) -> tanh").Output;

        Assert.Contains("assumed:\n  g > 0\n", output);
        Assert.Contains("refused:\n  activation-commutation matched at 2, refused: tanh is not positively homogeneous\n", output);
    }

    [Fact]
    public void A_name_means_the_same_in_the_result_and_in_what_is_assumed()
    {
        string output = CanonTool.Run("rewrite", "linear(W) -> clip(1, 2) -> scale(g)").Output;

        Assert.StartsWith("unit_row_linear(V) -> clip(1, 2, 1/g') -> scale(g * g')\n", output);
        Assert.EndsWith("assumed:\n  g' > 0\n", output);
    }

    [Fact]
    public void A_dash_reads_standard_input()
    {
        Assert.Equal(
            "unit_row_linear(V) -> relu -> scale(g)\nwhere\n  g = rownorms(W)\n  V = diag(1/g) * W\n",
            CanonTool.Read("linear(W)\n  -> relu\n", "rewrite", "-").Output);
        CanonTool.Read("relu ->\n  linear(W", "rewrite", "-").IsUsageError("the term: line 2, column 11: expected");
        CanonTool.Read("", "rewrite", "-").IsUsageError("the term: line 1, column 1: expected a term");
    }

    [Theory]
    [InlineData]
    [InlineData("--rules", "scale-fusion")]
    [InlineData("--strategy", "canonical")]
    public void A_term_whose_sizes_contradict_each_other_is_refused(params string[] options) =>
        CanonTool.Run(["rewrite", "linear(W: 2x3) -> linear(U: 2x3)", .. options])
            .IsUsageError("the term: linear(U): the weight reads 3 channels and 2 arrive");

    [Fact]
    public void Sizes_are_filled_in_whatever_rewrites() => Assert.Equal(
        "linear(W1) -> concat[id, id] -> scale([1, 2, 3] ++ ones(3))\n",
        CanonTool.Run("rewrite", "linear(W1: 3x2) -> concat[scale([1, 2, 3]), id]", "--rules", "concat-factoring").Output);

    [Fact]
    public void On_a_terminal_the_place_of_an_error_is_marked()
    {
        Assert.EndsWith(
            "\n  linear(W1 -> relu\n            ^\n",
            CanonTool.Run(isTerminal: true, width: 80, "rewrite", "linear(W1 -> relu").Error);
        Assert.EndsWith(
            "\n  repeat(foo)\n         ^\n",
            CanonTool.Run(isTerminal: true, width: 80, "rewrite", "relu", "--strategy", "repeat(foo)").Error);

        string file = _folder["my.rules"];
        File.WriteAllText(file, "scale(1) => id\nscale(?g) => scale(?h)\n");
        Assert.EndsWith(
            "\n  scale(?g) => scale(?h)\n                     ^\n",
            CanonTool.Run(isTerminal: true, width: 80, "rules", "--check", file).Error);
    }

    [Theory]
    [InlineData(0, 40)]
    [InlineData(3, 40)]
    [InlineData(30, 40)]
    [InlineData(30, 5)]
    public void Of_a_long_line_the_part_around_the_error_is_shown(int layers, int width)
    {
        string term = string.Concat(Enumerable.Repeat("relu -> ", layers)) + "!" + string.Concat(Enumerable.Repeat(" -> relu", 30));

        string[] lines = CanonTool.Run(isTerminal: true, width, "rewrite", term).Error.TrimEnd('\n').Split('\n');

        Assert.Equal('!', lines[^2][lines[^1].IndexOf('^', StringComparison.Ordinal)]);
        Assert.InRange(lines[^2].Length, 1, Math.Max(width, 12));
    }

    [Fact]
    public void Interrupted_work_says_so()
    {
        Assert.Equal((130, ""), (CanonTool.Interrupted("rewrite", "relu").ExitCode, CanonTool.Interrupted("rewrite", "relu").Output));
        Assert.Equal(130, CanonTool.Interrupted("rules", "--check").ExitCode);
        Assert.Equal(130, CanonTool.Interrupted("explain", Repository.Model("digits-mlp")).ExitCode);
    }

    [Fact]
    public void Rules_are_chosen_by_name_and_strategies_by_text()
    {
        Assert.Equal("scale(g * h) -> relu\n", CanonTool.Run("rewrite", "scale(g) -> scale(h) -> relu", "--rules", "scale-fusion, unit-scale").Output);
        Assert.Equal("relu -> scale(g)\n", CanonTool.Run("rewrite", "scale(g) -> relu", "--strategy", "canonical").Output);
        Assert.Equal(
            "scale(g) -> scale(h) -> scale(k)\n",
            CanonTool.Run("rewrite", "scale(g) -> scale(1) -> scale(h) -> scale(k)", "--rules", "unit-scale", "--strategy", "innermost").Output);
    }

    [Fact]
    public void Rules_of_a_file_are_used_like_any_other()
    {
        string file = _folder["my.rules"];
        File.WriteAllText(file, "twice: relu -> relu => relu\nswapped: relu -> abs => relu\n");

        Assert.Equal("relu\n", CanonTool.Run("rewrite", "relu -> relu -> abs", "--file", file).Output);
        Assert.Equal("relu -> abs\n", CanonTool.Run("rewrite", "relu -> relu -> abs", "--file", file, "--rules", "twice").Output);
        Assert.Equal("relu -> abs\n", CanonTool.Run("rewrite", "relu -> relu -> abs", "--file", file, "--strategy", "one-top-down(twice)").Output);
    }

    [Fact]
    public void Steps_LaTeX_and_JSON()
    {
        string steps = CanonTool.Run("rewrite", "scale(g) -> relu", "--steps").Output;
        Assert.Contains("1. activation-commutation at 0: scale(g) -> relu = relu -> scale(g)\n", steps);

        Assert.StartsWith(@"\begin{aligned}", CanonTool.Run("rewrite", "scale(g) -> relu", "--latex").Output);
        Assert.Contains("activation-commutation", CanonTool.Run("rewrite", "scale(g) -> relu", "--latex", "--steps").Output);

        using JsonDocument term = JsonDocument.Parse(CanonTool.Run("rewrite", "scale(g) -> relu", "--json").Output);
        Assert.Equal("relu -> scale(g)", term.RootElement.GetProperty("text").GetString());
        using JsonDocument derivation = JsonDocument.Parse(CanonTool.Run("rewrite", "scale(g) -> relu", "--json", "--steps").Output);
        Assert.Equal(1, derivation.RootElement.GetProperty("steps").GetArrayLength());
    }

    [Fact]
    public void The_limit_of_steps_ends_rewriting_and_says_so()
    {
        var (exitCode, output, error) = CanonTool.Run("rewrite", "linear(W1) -> relu", "--limit", "1");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("unit_row_linear(V1) -> scale(g1) -> relu\n", output);
        Assert.Equal("canon: stopped after 1 step, and there was more to do; raise --limit\n", error);
    }

    [Theory]
    [InlineData("the term: line 1, column 11: expected", "rewrite", "linear(W1 -> relu")]
    [InlineData("the term: line 1, column 1: expected a term", "rewrite", "")]
    [InlineData("the term: line 1, column 1: expected a term", "rewrite", "-> relu")]
    [InlineData("--rules: there is no rule of the name ''", "rewrite", "relu", "--rules", "unit-scale,")]
    [InlineData("--strategy: line 1, column 1: expected a strategy", "rewrite", "relu", "--strategy", "")]
    [InlineData("the name of the file of rules is empty", "rewrite", "relu", "--file", "")]
    [InlineData("--rules: there is no rule of the name 'foo'", "rewrite", "relu", "--rules", "foo")]
    [InlineData("--strategy: line 1, column 8: there is no strategy and no rule of the name foo", "rewrite", "relu", "--strategy", "repeat(foo)")]
    [InlineData("--latex and --json exclude each other", "rewrite", "relu", "--latex", "--json")]
    [InlineData("--limit -1: a whole number above 0 is needed", "rewrite", "relu", "--limit", "-1")]
    [InlineData("nowhere.rules does not exist", "rewrite", "relu", "--file", "nowhere.rules")]
    [InlineData("Required argument missing", "rewrite")]
    public void Bad_input_is_one_line_and_exit_code_2(string expected, params string[] arguments)
    {
        var (exitCode, output, error) = CanonTool.Run(arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("canon: ", error);
        Assert.Contains(expected, error);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    [Fact]
    public void A_rule_whose_sides_have_different_shapes_is_not_used()
    {
        string file = _folder["bad.rules"];
        File.WriteAllText(file, "relu -> relu => relu\nswap: linear(?A) -> linear(?B) => linear(?B) -> linear(?A)\n");

        var (exitCode, _, error) = CanonTool.Run("rewrite", "relu", "--file", file);

        Assert.Equal(2, exitCode);
        Assert.Contains("swap: line 2, column 35: the right side does not fit where the left does", error);
    }
}
