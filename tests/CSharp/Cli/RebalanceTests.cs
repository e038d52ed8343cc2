using System.Text.Json;
using Canon.Onnx;
using Canon.Onnx.Schema;
using Canon.Tests.Files;
using Canon.Tests.Onnx;
using Google.Protobuf;

namespace Canon.Tests.Cli;

/// <summary>Models written in other gauges: node for node the same, other weights, one function.</summary>
public sealed class RebalanceTests : IDisposable
{
    private static readonly string Mlp = Repository.Model("digits-mlp");
    private static readonly string Rescaled = Repository.File("tests/Engine/models/digits-mlp.rescaled.onnx");
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Models =>
    [
        .. new[] { "digits-mlp", "digits-mlp-batchnorm", "digits-residual-mlp", "digits-cnn" }.Select(name => $"samples/models/{name}.onnx"),
        .. new[] { "densenet_tiny__fold", "multiio_mlp__fold", "prelunet__bn", "sharedmlp__bn", "digits-mlp.relu-as-clip", "digits-mlp.matmul-add" }
            .Select(name => $"tests/Engine/models/{name}.onnx"),
    ];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_text_holds_the_essential_facts()
    {
        var (exitCode, output, error) = CanonTool.Run(
            "rebalance", Rescaled, "--gauge", "equalized", "--quantize", "8", "--data", "digits", "-o", _folder["out.onnx"]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("Gauge\n  equalized\n  192 channels may be rescaled, ", output);
        Assert.Contains("ranges by a factor of ", output);
        Assert.Contains(" -> 1.000\n", output);
        Assert.Contains("Channels that keep their scale\n  64: it is the input\n  10: it is an output\n", output);
        Assert.Contains("sum of squares, biases left out: 2116 -> 215.9\n", output);
        Assert.Contains("65504, the largest float16, is ", output);
        Assert.Contains("Weights of 8 bits, one step a tensor (simulated)\n  outputs differ by 0.1", output);
        Assert.Contains(" of 1,797 samples, ", output);
        Assert.Contains("passed: outputs differ by at most ", output);
        Assert.Contains($"the file was read back and compared\n  wrote {_folder["out.onnx"]}\n", output);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_written_model_has_the_nodes_of_the_original_and_its_function(string path)
    {
        string model = Repository.File(path);
        foreach (string[] options in (string[][])[["--gauge", "equalized"], ["--gauge", "balanced", "--lossless"], ["--gauge", "canonical", "--lossless"]])
        {
            var (exitCode, output, error) = CanonTool.Run(["rebalance", model, .. options, "-o", _folder["out.onnx"], "--force", "--samples", "2"]);

            Assert.Equal((0, ""), (exitCode, error));
            Assert.Contains(options.Contains("--lossless") ? "passed: outputs differ by at most 0 of the largest" : "passed: ", output);
            Assert.Equal(Nodes(model), Nodes(_folder["out.onnx"]));
        }
    }

    [Fact]
    public void As_it_is_nothing_changes()
    {
        Assert.Equal(0, CanonTool.Run("rebalance", Mlp, "--gauge", "original", "-o", _folder["out.onnx"]).ExitCode);

        using OnnxModel before = OnnxModel.Open(Mlp), after = OnnxModel.Open(_folder["out.onnx"]);
        Assert.Equal(before.Network.Tensors(), after.Network.Tensors());
    }

    [Fact]
    public void A_disguise_is_undone_by_balancing()
    {
        Assert.Equal(0, CanonTool.Run("rebalance", Mlp, "--gauge", "balanced", "--tolerance", "1e-9", "-o", _folder["a.onnx"]).ExitCode);
        Assert.Equal(0, CanonTool.Run("rebalance", Rescaled, "--gauge", "balanced", "--tolerance", "1e-9", "-o", _folder["b.onnx"]).ExitCode);

        using OnnxModel a = OnnxModel.Open(_folder["a.onnx"]), b = OnnxModel.Open(_folder["b.onnx"]);
        IReadOnlyDictionary<string, double[]> one = a.Network.Tensors(), other = b.Network.Tensors();
        foreach ((Parameter left, Parameter right) in a.Network.Parameters.Zip(b.Network.Parameters))
            Assert.All(one[left.Name].Zip(other[right.Name]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void The_figures_are_there_as_json()
    {
        using JsonDocument report = JsonDocument.Parse(CanonTool.Run("rebalance", Rescaled, "--quantize", "4", "--data", "digits", "--json").Output);
        JsonElement root = report.RootElement;

        Assert.Equal("balanced", root.GetProperty("gauge").GetString());
        Assert.Equal(192, root.GetProperty("free").GetInt32());
        Assert.InRange(root.GetProperty("norm_imbalance_after").GetDouble(), 0, 1e-5);
        Assert.InRange(root.GetProperty("squares_after").GetDouble(), 0, root.GetProperty("squares_before").GetDouble() / 10);
        Assert.Equal(6, root.GetProperty("tensors").GetArrayLength());
        JsonElement quantized = root.GetProperty("quantized");
        Assert.InRange(quantized.GetProperty("relative_error_after").GetDouble(), 0, quantized.GetProperty("relative_error_before").GetDouble() / 10);
        Assert.True(quantized.GetProperty("accuracy_after").GetDouble() > quantized.GetProperty("accuracy_before").GetDouble() + 0.5);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("output").ValueKind);
    }

    [Fact]
    public void Too_few_sweeps_are_told() => Assert.Contains(
        "warning: still out of balance by ", CanonTool.Run("rebalance", Rescaled, "--sweeps", "2").Output);

    [Fact]
    public void Outputs_that_are_too_large_to_compare_are_told()
    {
        var model = new ModelBuilder().Input("x0", 0, 1).Output("x9", 0, 1);
        for (int k = 0; k < 9; k++)
            model.Floats($"w{k}", [1, 1], 1e38f).Node("MatMul", $"x{k} w{k}", $"x{k + 1}");
        string path = _folder.Put("large.onnx", model.Model.ToByteArray());

        var (exitCode, output, error) = CanonTool.Run("rebalance", path, "-o", _folder["out.onnx"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("failed: outputs leave the range of float64 and cannot be compared\n", output);
        Assert.Equal(
            $"canon: {path}: the self-check failed: outputs leave the range of float64 and cannot be compared; nothing was written\n", error);
        Assert.False(File.Exists(_folder["out.onnx"]));
    }

    [Fact]
    public void Samples_come_from_a_table()
    {
        string shapes = string.Join(',', Enumerable.Repeat("0.5", 64));
        _folder.Put("two.csv", System.Text.Encoding.ASCII.GetBytes($"{shapes},3\n{shapes},3\n"));

        Assert.Contains(" of 2 samples", CanonTool.Run("rebalance", Mlp, "--quantize", "8", "--data", _folder["two.csv"]).Output);
    }

    [Theory]
    [InlineData("1,2,3", "line 1: 3 numbers", "65")]
    [InlineData("", "no sample")]
    public void A_table_that_does_not_fit_is_an_error(string text, params string[] parts)
    {
        _folder.Put("bad.csv", System.Text.Encoding.ASCII.GetBytes(text));

        CanonTool.Run("rebalance", Mlp, "--quantize", "8", "--data", _folder["bad.csv"]).IsUsageError(["bad.csv", .. parts]);
    }

    [Theory]
    [InlineData("--quantize 1", "--quantize", "1")]
    [InlineData("--gain", "--gain", "augmented")]
    [InlineData("--sweeps is for", "--gauge", "canonical", "--sweeps", "5")]
    [InlineData("--tolerance -1", "--tolerance", "-1")]
    [InlineData("--data is for --quantize", "--data", "digits")]
    [InlineData("lossless", "--gauge", "lossless")]
    [InlineData("no such file", "--quantize", "8", "--data", "nowhere.csv")]
    [InlineData("the input", "-o", "MODEL")]
    public void What_makes_no_sense_is_refused(string part, params string[] options)
    {
        string[] words = [.. options.Select(option => option == "MODEL" ? Mlp : option)];
        if (part == "no such file")
            CanonTool.Run(["rebalance", Mlp, .. words]).IsUsageError("nowhere.csv: cannot read");
        else
            CanonTool.Run(["rebalance", Mlp, .. words]).IsUsageError(part);
        Assert.Empty(_folder.Names);
    }

    // A concat of one tensor does nothing, and is no term that could be written.
    private static IEnumerable<string> Nodes(string path) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)).Graph.Node
        .Where(node => node.OpType != "Concat" || node.Input.Count > 1)
        .Select(node => $"{node.Name} {node.OpType} {string.Join(' ', node.Output)} {string.Join(' ', node.Attribute.Select(attribute => attribute.Name))}");
}
