using System.Text.Json;
using Canon.Onnx.Schema;
using Canon.Tests.Files;
using Canon.Tests.Onnx;
using Google.Protobuf;

namespace Canon.Tests.Cli;

public sealed class AnalyzeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void One_model_is_told_in_full()
    {
        var (exitCode, output, error) = CanonTool.Run("analyze", Repository.Model("digits-residual-mlp"));

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches(@"\n  global gain +2\.345  ", output);
        Assert.Matches(@"\n  ℓ2 path norm +3\.540  ", output);
        Assert.Matches(@"\n  Lipschitz constant, at least +[0-9.]+  ", output);
        Assert.Contains("\nLayers of the canonical form\n", output);
        Assert.Contains("\nBranches, relative to the branch that leads their sum\n", output);
        Assert.Contains("none: no unit is dead, constant, read by nothing or a multiple of another", output);
        Assert.Matches(@"\n  i\.weight +float32 +3,072 +0 ", output);
        Assert.All(output.Split('\n'), line => Assert.True(line.Length <= 120));
    }

    [Fact]
    public void Several_models_stand_beside_each_other()
    {
        string output = CanonTool.Run("analyze", Repository.Model("digits-mlp"), Repository.Model("digits-mlp-tanh")).Output;

        Assert.Matches(@"\n  \S*digits-mlp\.onnx +4\.765 +1\.0000 +– ", output);
        Assert.Matches(@"\n  \S*digits-mlp-tanh\.onnx +5\.403 +0\.99[0-9]+ +0\.99[0-9]+ ", output);
    }

    [Fact]
    public void As_JSON()
    {
        using JsonDocument json = JsonDocument.Parse(CanonTool.Run("analyze", Repository.Model("digits-mlp"), Repository.Model("digits-mlp-tanh"), "--json").Output);
        JsonElement[] models = [.. json.RootElement.GetProperty("models").EnumerateArray()];
        JsonElement[] course = [.. json.RootElement.GetProperty("course").EnumerateArray()];

        Assert.Equal(2, models.Length);
        Assert.Equal(4.765, models[0].GetProperty("global_gain").GetDouble(), 3);
        Assert.Equal(models[0].GetProperty("global_gain").GetDouble(), models[0].GetProperty("path_norm_l2").GetDouble(), 10);
        Assert.True(models[0].GetProperty("lipschitz_lower").GetDouble() < models[0].GetProperty("lipschitz_upper").GetDouble());
        Assert.Equal(10, models[0].GetProperty("gain_direction").GetArrayLength());
        Assert.Equal(3, models[0].GetProperty("layers").GetArrayLength());
        Assert.Equal(6, models[0].GetProperty("tensors").GetArrayLength());
        Assert.Equal("activation-commutation", models[1].GetProperty("refusals")[0].GetProperty("rule").GetString());
        Assert.Equal(1, course[0].GetProperty("cosine_to_first").GetDouble(), 12);
        Assert.Equal(JsonValueKind.Null, course[0].GetProperty("cosine_to_previous").ValueKind);
        Assert.Equal(5, course[1].GetProperty("interference").GetProperty("quartiles").GetArrayLength());
    }

    [Fact]
    public void What_does_not_exist_is_null_with_its_reason()
    {
        var model = new ModelBuilder().Input("x", 1, 2).Output("y", 1, 2).Weight("w", 2, 2).Node("MatMul", "x w", "h").Node("Elu", "h", "y");
        using JsonDocument json = JsonDocument.Parse(CanonTool.Run("analyze", Written("elu.onnx", model), "--json").Output);
        JsonElement only = json.RootElement.GetProperty("models")[0];

        Assert.Equal(JsonValueKind.Null, only.GetProperty("lipschitz_upper").ValueKind);
        Assert.Equal("opaque(Elu): nothing is known of what this operator computes", only.GetProperty("lipschitz_upper_missing").GetString());
        Assert.Equal(JsonValueKind.Number, only.GetProperty("spectral_norms")[0].GetProperty("norm").ValueKind);
    }

    [Fact]
    public void As_a_table_that_RFC_4180_reads()
    {
        var model = new ModelBuilder().Input("x", 1, 2).Output("y", 1, 2).Weight("w,\"1\"", 2, 2).Node("MatMul", "x w,\"1\"", "y");
        string csv = folder["layers.csv"], path = Written("odd.onnx", model);
        Assert.Equal(0, CanonTool.Run("analyze", path, Repository.Model("digits-cnn"), "--csv", csv).ExitCode);
        string[] rows = File.ReadAllText(csv).Split("\r\n");

        Assert.StartsWith("model,layer,kind,rows,columns,gain_log2_min,", rows[0]);
        Assert.StartsWith($"{path},\"w,\"\"1\"\"\",linear,2,2,", rows[1]);
        Assert.Equal(1 + 1 + 4 + 1, rows.Length);
        Assert.Equal("", rows[^1]);
        Assert.All(rows[2..^1], row => Assert.Equal(rows[0].Count(c => c == ','), row.Count(c => c == ',')));
    }

    [Theory]
    [InlineData("names", "{0: 'cat', 1: \"dog's\"}", "cat", "dog's")]
    [InlineData("id2label", "{\"1\": \"b\", \"0\": \"a\"}", "a", "b")]
    [InlineData("classes", "[\"x, y\", \"z\"]", "x, y", "z")]
    [InlineData("Labels", "left,right", "left", "right")]
    [InlineData("labels", "left\nright", "left", "right")]
    [InlineData("names", "one,two,three")]
    [InlineData("names", "{0: broken")]
    [InlineData("other", "a,b")]
    public void Names_of_classes_come_from_the_metadata(string key, string value, params string[] expected)
    {
        var model = new ModelBuilder().Input("x", 1, 2).Output("y", 1, 2).Weight("w", 2, 2).Node("MatMul", "x w", "y");
        model.Model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        using JsonDocument json = JsonDocument.Parse(CanonTool.Run("analyze", Written("named.onnx", model), "--json").Output);

        Assert.Equal(expected, json.RootElement.GetProperty("models")[0].GetProperty("classes").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public void Names_of_classes_come_from_a_file()
    {
        File.WriteAllText(folder["labels.txt"], string.Concat(Enumerable.Range(0, 10).Select(k => $"digit {k}\r\n")));

        Assert.Matches(@"\n  digit 0  0\.\d{4}  █", CanonTool.Run("analyze", Repository.Model("digits-mlp"), "--labels", folder["labels.txt"]).Output);
    }

    [Fact]
    public void Without_spectral_norms_it_says_so() => Assert.Contains(
        "spectral norms: they were not asked for", CanonTool.Run("analyze", Repository.Model("digits-mlp"), "--no-spectral-norms").Output);

    [Fact]
    public void Wrong_input_is_one_line()
    {
        string model = Repository.Model("digits-mlp"), taken = folder["taken.csv"];
        File.WriteAllText(taken, "mine");
        File.WriteAllText(folder["few.txt"], "a\nb\n");

        CanonTool.Run("analyze", "nowhere.onnx").IsUsageError("nowhere.onnx");
        CanonTool.Run("analyze").IsUsageError("canon analyze --help");
        CanonTool.Run("analyze", model, "nowhere.onnx").IsUsageError("nowhere.onnx");
        CanonTool.Run("analyze", model, "--labels", folder["few.txt"]).IsUsageError("2 names", "10 output channels");
        CanonTool.Run("analyze", model, "--labels", folder["none.txt"]).IsUsageError("none.txt", "does not exist");
        CanonTool.Run("analyze", model, "--csv", taken).IsUsageError("taken.csv", "--force");
        CanonTool.Run("analyze", model, "--csv", model, "--force").IsUsageError("this is an input");
        CanonTool.Run("analyze", model, "--points", "0").IsUsageError("--points");
        Assert.Equal("mine", File.ReadAllText(taken));
    }

    [Fact]
    public void Interrupted_it_writes_nothing()
    {
        Assert.Equal(130, CanonTool.Interrupted("analyze", Repository.Model("digits-mlp"), "--csv", folder["x.csv"]).ExitCode);
        Assert.False(File.Exists(folder["x.csv"]));
    }

    private string Written(string name, ModelBuilder model) => folder.Put(name, model.Model.ToByteArray());
}
