using System.Text.Json;

namespace Canon.Tests.Cli;

public sealed class ExplainTests
{
    [Fact]
    public void Every_scale_says_where_it_stands_and_why()
    {
        var (exitCode, output, error) = CanonTool.Run("explain", Repository.Model("digits-mlp-tanh"));

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("Tanh is not positively homogeneous\n", output);
        Assert.Contains("linear '/0/Gemm'      128", output);
        Assert.Contains("tanh '/1/Tanh'", output);
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
    public void As_JSON()
    {
        using JsonDocument json = JsonDocument.Parse(
            CanonTool.Run("explain", Repository.Model("digits-mlp-tanh"), "--json").Output);

        JsonElement first = json.RootElement.GetProperty("scales")[0];
        Assert.Equal(128, first.GetProperty("entries").GetInt32());
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
