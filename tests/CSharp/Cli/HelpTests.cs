namespace Canon.Tests.Cli;

public sealed class HelpTests
{
    [Theory]
    [InlineData("canon canonicalize model.onnx -o model.canonical.onnx")]
    [InlineData("canon canonicalize model.onnx -o model.canonical.onnx", "--help")]
    [InlineData("canon inspect model.onnx", "inspect", "--help")]
    [InlineData("canon rebalance model.onnx --gauge equalized --quantize 8 -o model.equalized.onnx", "rebalance", "--help")]
    [InlineData("canon diff model.onnx other.onnx", "diff", "--help")]
    [InlineData("canon explain model.onnx", "explain", "--help")]
    [InlineData("canon analyze epoch-1.onnx epoch-9.onnx --html report.html", "analyze", "--help")]
    [InlineData("canon rewrite 'linear(W1) -> relu -> linear(W2)' --steps", "rewrite", "--help")]
    [InlineData("canon rules --check my.rules", "rules", "--help")]
    [InlineData("canon pcr-step net.safetensors --architecture net.txt --max-gain 5 -o net.safetensors --force", "pcr-step", "--help")]
    [InlineData("canon canonicalize model.onnx -o model.canonical.onnx --derivation model.md", "canonicalize", "-h")]
    public void Help_explains_and_gives_an_example(string example, params string[] args)
    {
        var (exitCode, output, error) = CanonTool.Run(args);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("Description:\n", output);
        Assert.Contains($"Example:\n  {example}\n", output);
    }

    [Fact]
    public void Every_option_is_described()
    {
        string help = CanonTool.Run("canonicalize", "--help").Output;

        Assert.All(
            ["--output", "--derivation", "--json", "--force", "--samples", "--seed", "--tolerance", "--gain", "--gauge", "--keep-architecture", "--split-shared", "lossless", "--external-data", "beside", "1e-4", "16", "row-norm"],
            option => Assert.Contains(option, help));
    }

    [Fact]
    public void The_version_is_one_line() => Assert.Matches("^canon [0-9]+\\.[0-9]+\\.[0-9]+\n$", CanonTool.Run("--version").Output);

    [Fact]
    public void Inspect_prints_network_parameters_inputs_and_outputs() => Assert.Equal(
        """
        linear(0.weight: 128x64, 0.bias) -> relu -> linear(2.weight: 64x128, 2.bias) -> relu -> linear(4.weight: 10x64, 4.bias)

        17,226 parameters in 6 tensors; 1 input (input); 1 output (output)

        """.ReplaceLineEndings("\n"),
        CanonTool.Run("inspect", Repository.Model("digits-mlp")).Output);
}
