using System.Text.Json;
using Canon.Onnx;
using Canon.Tests.Files;

namespace Canon.Tests.Cli;

/// <summary>Whether two models are one function, as a user asks it.</summary>
public sealed class DiffTests : IDisposable
{
    private static readonly string Mlp = Repository.Model("digits-mlp");
    private static readonly string Permuted = Written("digits-mlp.permuted-rescaled");
    private static readonly string Changed = Written("digits-mlp.weight-1e-3");
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Same =>
        ["rescaled", "rescaled-pow2", "permuted-rescaled", "matmul-add", "relu-as-clip", "extra-dead-units", "external"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Same))]
    public void One_function_written_otherwise_is_equal_both_ways(string name)
    {
        foreach ((string first, string second) in new[] { (Mlp, Written($"digits-mlp.{name}")), (Written($"digits-mlp.{name}"), Mlp) })
        {
            var (exitCode, output, error) = CanonTool.Run("diff", first, second);

            Assert.Equal((0, ""), (exitCode, error));
            Assert.StartsWith("equal: ", output);
            Assert.Contains("one function\n", output);
        }
    }

    [Fact]
    public void Batch_norms_folded_on_one_side_are_equal() =>
        Assert.Equal(0, CanonTool.Run("diff", Repository.Model("digits-mlp-batchnorm"), Written("digits-mlp-batchnorm.folded")).ExitCode);

    [Fact]
    public void The_text_of_equal_models_holds_the_essential_facts()
    {
        string output = CanonTool.Run("diff", Mlp, Permuted).Output;

        Assert.Matches(@"largest deviation of the canonical forms [\d.]+e-[5-9]", output);
        Assert.Contains("hidden units in another order, and rescaled: rows by ", output);
        Assert.Contains("/0/Gemm  gemm0 ", output);
        Assert.Contains("the same weights, up to rounding", CanonTool.Run("diff", Mlp, Mlp).Output);
    }

    [Theory]
    [InlineData("weight-1e-3")]
    [InlineData("sign-flip")]
    public void Another_function_is_different_and_an_input_shows_it(string name)
    {
        var (exitCode, output, error) = CanonTool.Run("diff", Mlp, Written($"digits-mlp.{name}"));

        Assert.Equal((1, ""), (exitCode, error));
        Assert.StartsWith("different: ", output);
        Assert.Contains("outputs differ by ", output);
        Assert.Contains("input (64) ", output);
        Assert.Contains("output of the first  (10) ", output);
        Assert.Contains("the canonical forms part at ", output);
    }

    [Fact]
    public void What_cannot_be_compared_is_undecided()
    {
        var (exitCode, output, error) = CanonTool.Run("diff", Mlp, Written("mnist-lenet"));

        Assert.Equal((2, ""), (exitCode, error));
        Assert.Equal("undecided: the first network reads 64 channels, the second 1\n", output);
    }

    [Fact]
    public void A_larger_tolerance_lets_more_pass()
    {
        Assert.Equal(0, CanonTool.Run("diff", Mlp, Changed, "--tolerance", "0.1").ExitCode);
        Assert.NotEqual(0, CanonTool.Run("diff", Mlp, Permuted, "--tolerance", "1e-12").ExitCode);
    }

    [Fact]
    public void Json_has_the_layers_and_the_gauge_of_equal_models()
    {
        JsonElement root = Json(Mlp, Permuted);

        Assert.Equal("equal", root.GetProperty("verdict").GetString());
        Assert.Equal(Mlp, root.GetProperty("first").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("reason").ValueKind);
        Assert.InRange(root.GetProperty("deviation").GetDouble(), 1e-12, 1e-4);
        Assert.Equal(
            root.GetProperty("deviation").GetDouble(),
            root.GetProperty("layers").EnumerateArray().Max(layer => layer.GetProperty("deviation").GetDouble()));
        Assert.Contains(
            root.GetProperty("gauge").GetProperty("tensors").EnumerateArray(), tensor => tensor.GetProperty("name").GetString() == "2.weight");
        Assert.False(root.TryGetProperty("witness", out _));
    }

    [Fact]
    public void Json_has_an_input_that_shows_the_difference()
    {
        JsonElement witness = Json(Mlp, Changed).GetProperty("witness");
        double[] input = [.. Values(witness.GetProperty("input"))];

        using OnnxModel first = OnnxModel.Open(Mlp), second = OnnxModel.Open(Changed);
        IReadOnlyList<double> ofFirst = first.Network.Evaluate(input), ofSecond = second.Network.Evaluate(input);
        Assert.Equal(Values(witness.GetProperty("first")[0]), ofFirst);
        Assert.Equal(Values(witness.GetProperty("second")[0]), ofSecond);
        double largest = ofFirst.Concat(ofSecond).Max(Math.Abs);
        Assert.Equal(ofFirst.Zip(ofSecond, (a, b) => Math.Abs(a - b)).Max() / largest, witness.GetProperty("difference").GetDouble(), 1e-12);
        Assert.True(witness.GetProperty("difference").GetDouble() > 10 * witness.GetProperty("noise").GetDouble());
    }

    [Fact]
    public void The_gauge_leads_from_the_first_model_to_the_second()
    {
        Assert.Equal(0, CanonTool.Run("diff", Mlp, Permuted, "--gauge-out", _folder["gauge.json"]).ExitCode);

        using OnnxModel first = OnnxModel.Open(Mlp), second = OnnxModel.Open(Permuted);
        Comparison comparison = first.Network.CompareTo(second.Network);
        Network reduced = comparison.FirstReduced!, other = comparison.SecondReduced!;
        Gauge gauge = reduced.ReadGauge(File.ReadAllText(_folder["gauge.json"]));
        IReadOnlyDictionary<string, double[]> led = gauge.Apply(reduced.Tensors()), expected = other.Tensors();
        foreach ((Parameter from, Parameter to) in reduced.Parameters.Zip(other.Parameters))
        {
            double largest = expected[to.Name].Max(Math.Abs);
            Assert.All(led[from.Name].Zip(expected[to.Name]), pair => Assert.Equal(pair.Second, pair.First, 1e-5 * largest));
        }

        Assert.Equal(Equivalence.Equal, gauge.Apply(reduced).CompareTo(other).Equivalence);
    }

    [Fact]
    public void A_file_in_the_way_is_not_replaced_unless_told()
    {
        _folder.Put("gauge.json", "mine"u8.ToArray());

        CanonTool.Run("diff", Mlp, Permuted, "--gauge-out", _folder["gauge.json"]).IsUsageError("gauge.json", "--force");
        Assert.Equal("mine", File.ReadAllText(_folder["gauge.json"]));
        Assert.Equal(0, CanonTool.Run("diff", Mlp, Permuted, "--gauge-out", _folder["gauge.json"], "--force").ExitCode);
        Assert.StartsWith("{", File.ReadAllText(_folder["gauge.json"]));
    }

    [Fact]
    public void A_model_is_not_replaced_even_when_told()
    {
        byte[] bytes = File.ReadAllBytes(Mlp);
        string model = _folder.Put("model.onnx", bytes);

        CanonTool.Run("diff", model, Permuted, "--gauge-out", model, "--force").IsUsageError("this is a model that is compared");
        CanonTool.Run("diff", Permuted, model, "--gauge-out", model, "--force").IsUsageError("this is a model that is compared");
        Assert.Equal(bytes, File.ReadAllBytes(model));
    }

    [Fact]
    public void No_gauge_is_written_of_models_that_differ()
    {
        Assert.Equal(1, CanonTool.Run("diff", Mlp, Changed, "--gauge-out", _folder["gauge.json"]).ExitCode);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void What_cannot_be_read_is_one_line()
    {
        CanonTool.Run("diff", Mlp, _folder["missing.onnx"]).IsUsageError("missing.onnx", "no such file");
        CanonTool.Run("diff", _folder["missing.onnx"], Mlp).IsUsageError("missing.onnx", "no such file");
        CanonTool.Run("diff", Mlp, _folder.Put("text.onnx", "not a model at all"u8.ToArray())).IsUsageError("text.onnx: not a");
        CanonTool.Run("diff", Mlp).IsUsageError("--help");
        CanonTool.Run("diff", Mlp, Mlp, "--tolerance", "0").IsUsageError("--tolerance");
    }

    private static string Written(string name) => Repository.File($"tests/Engine/models/{name}.onnx");

    private static JsonElement Json(string first, string second) =>
        JsonDocument.Parse(CanonTool.Run("diff", first, second, "--json").Output).RootElement;

    private static IEnumerable<double> Values(JsonElement signal) =>
        signal.GetProperty("values").EnumerateArray().Select(value => value.GetDouble());
}
