using System.Text.Json;
using Canon.Cli;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;

namespace Canon.Tests.Cli;

public sealed class ExplainTests
{
    [Fact]
    public void Every_scale_says_where_it_stands_and_why()
    {
        var (exitCode, output, error) = CanonTool.Run("explain", Repository.Model("digits-mlp-tanh"));

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("Tanh is not positively homogeneous\n", output);
        Assert.Contains("linear '/0/Gemm'  tanh '/1/Tanh'      128", output);
        Assert.All(output.Split('\n'), line => Assert.Equal(line.TrimEnd(), line));
        Assert.EndsWith("3 scales: 2 because tanh is not positively homogeneous; 1 because it is the gain of the network's output\n", output);
    }

    [Fact]
    public void Branches_speak_against_the_leader()
    {
        string output = CanonTool.Run("explain", Repository.Model("digits-residual-mlp")).Output;

        Assert.Contains("It says how loudly its branch speaks against the branch that leads the sum\n", output);
        Assert.Contains("the sum", output);
    }

    [Fact]
    public void Many_scales_that_stop_for_one_reason_are_shown_in_part_and_counted()
    {
        string output = Text(Network.Compose(Enumerable.Range(0, 200).SelectMany(i =>
            new[] { Network.Linear(Parameter.Matrix($"W{i}", new double[,] { { 2 } }), label: $"fc{i}"), Network.Tanh })));

        Assert.InRange(output.Split('\n').Length, 20, 60);
        Assert.Contains("  and 160 more scales; --json lists all\n", output);
        Assert.EndsWith("200 scales: 200 because tanh is not positively homogeneous\n", output);
    }

    [Fact]
    public void Gains_beyond_a_double_are_shown_as_powers_of_two() => Assert.Matches(
        "  the output +1  2\\^4982.9  2\\^4982.9\n",
        Text(Network.Compose(Enumerable.Range(0, 50).Select(i =>
            Network.Linear(Parameter.Matrix($"W{i}", new double[,] { { 1e30 } }))))));

    [Fact]
    public void A_form_without_scales_says_so() => Assert.StartsWith("There is no scale", Text(Network.Relu));

    private static string Text(Network network)
    {
        using var writer = new StringWriter();
        ExplainText.Write(ExplainedScale.Of(network.Canonicalize()), new Page(Screens.Of(writer, isTerminal: false)));
        return writer.ToString();
    }

    [Fact]
    public void As_JSON()
    {
        using JsonDocument json = JsonDocument.Parse(
            CanonTool.Run("explain", Repository.Model("digits-mlp-tanh"), "--json").Output);

        JsonElement first = json.RootElement.GetProperty("scales")[0];
        Assert.Equal(
            ["gain", "at", "behind", "before", "entries", "smallest", "smallest_log2", "largest", "largest_log2", "reason"],
            first.EnumerateObject().Select(property => property.Name));
        Assert.Equal(128, first.GetProperty("entries").GetInt32());
        Assert.Equal(Math.Log2(first.GetProperty("largest").GetDouble()), first.GetProperty("largest_log2").GetDouble(), 1e-12);
        Assert.Equal("tanh is not positively homogeneous", first.GetProperty("reason").GetString());
    }

    [Fact]
    public void A_model_that_is_not_there_is_told()
    {
        var (exitCode, output, error) = CanonTool.Run("explain", "nowhere.onnx");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("nowhere.onnx", error);
    }
}
