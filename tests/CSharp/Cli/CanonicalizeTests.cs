using Canon.Onnx;
using Canon.Tests.Files;
using Google.Protobuf;

namespace Canon.Tests.Cli;

public sealed class CanonicalizeTests : IDisposable
{
    private static readonly string Mlp = Repository.Model("digits-mlp");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_text_holds_the_essential_facts()
    {
        var (exitCode, output, error) = CanonTool.Run("canonicalize", Mlp);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("linear(0.weight: 128x64, 0.bias) -> relu -> linear(2.weight: 64x128, 2.bias) -> relu -> linear(4.weight: 10x64, 4.bias)\n", output);
        Assert.Contains("-> unit_row_linear(V_4, 4.bias') -> scale(g_4)\n", output);
        Assert.Contains("g_0     = gain(0.weight, 0.bias)\n", output);
        Assert.Contains("global gain 4.765 = 2^2.25\n", output);
        Assert.Contains("its direction: 10 output channels\n", output);
        Assert.Contains("4.weight   10x64", output);
        Assert.Contains("no dead units, no constant units", output);
        Assert.Contains("passed: outputs differ by at most ", output);
        Assert.Contains("16 random inputs, seed 1; float64 arithmetic, coefficients rounded to float32", output);
        Assert.DoesNotContain("wrote", output);
    }

    [Fact]
    public void Units_that_can_go_are_left_out()
    {
        string target = _folder["out.onnx"], model = Repository.File("tests/Engine/models/digits-mlp.extra-dead-units.onnx");

        var (exitCode, output, error) = CanonTool.Run("canonicalize", model, "--simplify", "-o", target);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("17,484 -> 17,226 parameters: 258 saved, 1.476 %", output);
        Assert.Contains("gemm0     2         0           0          0       8,450  8,320", output);
        using OnnxModel written = OnnxModel.Open(target);
        int[] rows = [.. written.Network.Parts.Where(part => part.TryLinear(out _)).Select(part => part.TryLinear(out LinearLayer? layer) ? layer.Weight.Rows!.Value : 0)];
        Assert.Equal([128, 64, 10], rows);
    }

    [Fact]
    public void What_was_left_out_is_told_as_json_too()
    {
        string model = Repository.File("tests/Engine/models/digits-mlp.extra-dead-units.onnx");

        using System.Text.Json.JsonDocument report = System.Text.Json.JsonDocument.Parse(CanonTool.Run("canonicalize", model, "--simplify", "--json").Output);

        System.Text.Json.JsonElement simplified = report.RootElement.GetProperty("simplified");
        Assert.Equal(17_226, simplified.GetProperty("parameters_after").GetInt64());
        Assert.Equal(2, simplified.GetProperty("layers")[0].GetProperty("dead").GetInt32());
        Assert.Equal(0, simplified.GetProperty("kept").GetArrayLength());
    }

    [Fact]
    public void Simplifying_is_not_lossless() =>
        Assert.Contains("--simplify adds weights up", CanonTool.Run("canonicalize", Mlp, "--simplify", "--gauge", "lossless").Error);

    [Fact]
    public void Redirected_output_has_no_escapes_and_whole_notation()
    {
        string output = CanonTool.Run("canonicalize", Repository.Model("digits-residual-mlp")).Output;

        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('…', output);
        Assert.Contains(output.Split('\n'), line => line.StartsWith("  linear(i.weight", StringComparison.Ordinal) && line.EndsWith("o.bias)", StringComparison.Ordinal));
    }

    [Fact]
    public void Branches_and_barriers_are_told()
    {
        string residual = CanonTool.Run("canonicalize", Repository.Model("digits-residual-mlp")).Output;
        Assert.Contains("Branches, relative to the branch that leads their sum\n", residual);
        Assert.Contains("/Add_2       1  ", residual);

        string tanh = CanonTool.Run("canonicalize", Repository.Model("digits-mlp-tanh")).Output;
        Assert.Contains("Where scales stopped\n", tanh);
        Assert.Contains("tanh is not positively homogeneous", tanh);
    }

    [Fact]
    public void The_written_model_is_the_canonical_one()
    {
        string target = _folder["out.onnx"];

        var (exitCode, output, _) = CanonTool.Run("canonicalize", Mlp, "-o", target);

        Assert.Equal(0, exitCode);
        Assert.Contains("the file was read back and compared\n", output);
        Assert.Contains($"wrote {target}\n", output);
        Assert.Equal(["out.onnx"], _folder.Names);
        using OnnxModel original = OnnxModel.Open(Mlp), canonical = OnnxModel.Open(target);
        double[] input = [.. Enumerable.Range(0, 64).Select(i => Math.Sin(i))];
        IReadOnlyList<double> expected = original.Network.Evaluate(input), actual = canonical.Network.Evaluate(input);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * expected.Max(Math.Abs)));
        Assert.All(canonical.Network.Canonicalize(canonical.Options).Layers[0].Gain, gain => Assert.Equal(1, gain, 1e-6));
    }

    [Fact]
    public void Weights_are_written_into_a_second_file_where_asked_for_and_stay_there()
    {
        string target = _folder["out.onnx"], again = _folder["again.onnx"], inside = _folder["inside.onnx"];

        var (exitCode, output, _) = CanonTool.Run("canonicalize", Mlp, "-o", target, "--external-data", "beside");
        Assert.Equal(0, exitCode);
        Assert.Contains($"wrote {target}\n", output);
        Assert.Contains($"wrote {target}.data\n", output);
        Assert.Equal(0, CanonTool.Run("canonicalize", target, "-o", again).ExitCode);
        Assert.Equal(0, CanonTool.Run("canonicalize", target, "-o", inside, "--external-data", "inside").ExitCode);
        Assert.Equal(0, CanonTool.Run("canonicalize", target, "-o", target, "--force").ExitCode);
        Assert.Equal(["again.onnx", "again.onnx.data", "inside.onnx", "out.onnx", "out.onnx.data"], _folder.Names);

        double[] input = [.. Enumerable.Range(0, 64).Select(i => Math.Sin(i))];
        using OnnxModel original = OnnxModel.Open(Mlp);
        double[] expected = [.. original.Network.Evaluate(input)];
        foreach (string path in new[] { target, again, inside })
        {
            using OnnxModel written = OnnxModel.Open(path);
            Assert.All(expected.Zip(written.Network.Evaluate(input)), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * expected.Max(Math.Abs)));
        }
    }

    [Fact]
    public void A_data_file_in_the_way_is_not_replaced()
    {
        _folder.Put("out.onnx.data", [7]);
        CanonTool.Run("canonicalize", Mlp, "-o", _folder["out.onnx"], "--external-data", "beside").IsUsageError("out.onnx.data: the file exists", "--force");
        CanonTool.Run("canonicalize", Mlp, "-o", _folder["m.onnx"], "--external-data", "beside");
        CanonTool.Run("canonicalize", _folder["m.onnx"], "-o", _folder["out.onnx"]).IsUsageError("out.onnx.data: the file exists", "--force");
        Assert.Equal([7], File.ReadAllBytes(_folder["out.onnx.data"]));
        Assert.Equal(["m.onnx", "m.onnx.data", "out.onnx.data"], _folder.Names);
    }

    [Fact]
    public void A_model_in_float16_passes_with_the_tolerance_of_its_type()
    {
        Half[] weights = [.. Enumerable.Range(0, 12).Select(i => (Half)((i * 7 % 11 - 5.5f) / 4))];
        string path = _folder["half.onnx"];
        File.WriteAllBytes(path, new Onnx.ModelBuilder().Input("x", 0, 4).Output("y", 0, 3)
            .Tensor(new()
            {
                Name = "W",
                DataType = (int)Canon.Onnx.Schema.TensorProto.Types.DataType.Float16,
                Dims = { 4, 3 },
                RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<Half>(weights)),
            })
            .Node("MatMul", "x W", "y").Model.ToByteArray());

        var (exitCode, output, _) = CanonTool.Run("canonicalize", path);

        Assert.Equal(0, exitCode);
        Assert.Contains("(tolerance 0.01)", output);
        Assert.Equal(1, CanonTool.Run("canonicalize", path, "--tolerance", "1e-5").ExitCode);
    }

    [Fact]
    public void The_derivation_is_a_document_of_every_step_and_name()
    {
        string file = _folder["derivation.md"];

        Assert.Equal(0, CanonTool.Run("canonicalize", Repository.Model("digits-mlp-tanh"), "--derivation", file).ExitCode);

        string text = File.ReadAllText(file);
        Assert.StartsWith("# The canonical form of digits-mlp-tanh.onnx\n", text);
        Assert.Contains("| weight-norm-decomposition |", text);
        Assert.Contains("## Where scales stopped", text);
        Assert.Contains("## Names", text);
        Assert.Equal(["derivation.md"], _folder.Names);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void When_the_self_check_fails_no_file_is_left(bool json)
    {
        string[] args = ["canonicalize", Mlp, "-o", _folder["out.onnx"], "--derivation", _folder["out.md"], "--tolerance", "0"];

        var (exitCode, output, error) = CanonTool.Run(json ? [.. args, "--json"] : args);

        Assert.Equal(1, exitCode);
        Assert.Empty(_folder.Names);
        Assert.Contains(json ? "\"output\":null" : "failed: outputs differ by at most ", output);
        Assert.StartsWith($"canon: {Mlp}: the self-check failed", error);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Force_replaces_files_and_even_the_input()
    {
        string model = _folder.Put("model.onnx", File.ReadAllBytes(Mlp));
        string derivation = _folder.Put("model.md", [1, 2, 3]);

        Assert.Equal(0, CanonTool.Run("canonicalize", model, "-o", model, "--derivation", derivation, "--force").ExitCode);

        Assert.Equal(["model.md", "model.onnx"], _folder.Names);
        Assert.StartsWith("# The canonical form", File.ReadAllText(derivation));
        Assert.NotEqual(File.ReadAllBytes(Mlp), File.ReadAllBytes(model));
        Assert.Equal(0, CanonTool.Run("canonicalize", model).ExitCode);
    }

    [Fact]
    public void Samples_seed_and_gain_are_used()
    {
        string output = CanonTool.Run("canonicalize", Mlp, "--samples", "3", "--seed", "9", "--gain", "augmented").Output;

        Assert.Contains("3 random inputs, seed 9", output);
        Assert.Contains("rownorms([", output);
    }

    /// <summary>The first model has units that training has all but switched off: what reads them becomes subnormal.</summary>
    [Theory]
    [InlineData("digits-mlp", "warning: tensor '2.weight': 20 entries are not exact in its type; outputs may differ there\n")]
    [InlineData("digits-mlp-batchnorm", "every number is exact in its type\n")]
    public void The_lossless_gauge_changes_no_bit(string name, string exactness)
    {
        string target = _folder["out.onnx"];

        var (exitCode, output, error) = CanonTool.Run(
            "canonicalize", Repository.Model(name), "--gauge", "lossless", "--tolerance", "0", "-o", target);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("passed: outputs differ by at most 0 of the largest", output);
        Assert.Contains(exactness, output);
        Assert.True(File.Exists(target));
    }

    [Fact]
    public void What_the_lossless_gauge_rounds_after_all_is_told()
    {
        Half[] weights = [(Half)16384, (Half)1, (Half)1e-7f, (Half)1];
        string path = _folder["half.onnx"];
        File.WriteAllBytes(path, new Onnx.ModelBuilder().Input("x", 0, 2).Output("y", 0, 2)
            .Tensor(new()
            {
                Name = "W",
                DataType = (int)Canon.Onnx.Schema.TensorProto.Types.DataType.Float16,
                Dims = { 2, 2 },
                RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan())),
            })
            .Node("MatMul", "x W", "y").Model.ToByteArray());

        var (exitCode, output, _) = CanonTool.Run("canonicalize", path, "--gauge", "lossless");
        string json = CanonTool.Run("canonicalize", path, "--gauge", "lossless", "--json").Output;

        Assert.Equal(0, exitCode);
        Assert.Contains("warning: tensor 'W': 1 entry is not exact in its type; outputs may differ there\n", output);
        Assert.Contains("\"inexact\":[{\"tensor\":\"W\",\"entries\":1}]", json);
    }

    [Fact]
    public void The_same_command_prints_the_same()
    {
        Assert.Equal(CanonTool.Run("canonicalize", Mlp).Output, CanonTool.Run("canonicalize", Mlp).Output);
    }

    [Fact]
    public void Interrupted_work_leaves_nothing()
    {
        using var interrupted = new CancellationTokenSource();
        interrupted.Cancel();
        using StringWriter output = new(), error = new();

        int exitCode = Canon.Cli.Program.Run(
            ["canonicalize", Mlp, "-o", _folder["out.onnx"]],
            new(Canon.Cli.Screens.Of(output, false), Canon.Cli.Screens.Of(error, false)),
            interrupted.Token);

        Assert.Equal((130, "", "canon: interrupted; nothing was written"), (exitCode, output.ToString(), error.ToString().TrimEnd()));
        Assert.Empty(_folder.Names);
    }
}
