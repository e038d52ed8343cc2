using System.Text.Json;
using Canon.Tests.Files;

namespace Canon.Tests.Cli;

/// <summary>Programs read this: keys and types are a promise.</summary>
public sealed class JsonTests
{
    private static readonly string[] Models =
        ["digits-mlp", "digits-mlp-tanh", "digits-mlp-leaky", "digits-mlp-batchnorm", "digits-residual-mlp", "digits-cnn"];

    public static TheoryData<string> All => [.. Models];

    [Theory]
    [MemberData(nameof(All))]
    public void One_object_with_exactly_these_keys_is_all_of_the_output(string model)
    {
        var (exitCode, output, error) = CanonTool.Run("canonicalize", Repository.Model(model), "--json");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Single(output.TrimEnd('\n').Split('\n'));
        JsonElement root = JsonDocument.Parse(output).RootElement;
        Keys(root, "input", "output", "output_data", "global_gain", "global_gain_log2", "gain_direction", "gain", "layers", "branches", "refusals", "steps", "check");
        Assert.Equal(Repository.Model(model), root.GetProperty("input").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("output").ValueKind);
        foreach (JsonElement layer in root.GetProperty("layers").EnumerateArray())
        {
            Keys(layer, "name", "kind", "rows", "columns", "gain", "interference", "dead_units", "constant_units");
            Assert.NotEqual("", layer.GetProperty("kind").GetString());
            Assert.Equal(layer.GetProperty("rows").GetInt32(), Numbers(layer.GetProperty("gain")).Length);
            Assert.All(Numbers(layer.GetProperty("interference")), part => Assert.InRange(part, 0, 1 + 1e-12));
            Assert.True(layer.GetProperty("columns").GetInt32() > 0);
            Assert.True(layer.GetProperty("dead_units").GetInt32() + layer.GetProperty("constant_units").GetInt32() >= 0);
        }

        foreach (JsonElement branch in root.GetProperty("branches").EnumerateArray())
            Assert.NotEmpty(Numbers(branch));
        foreach (JsonElement refusal in root.GetProperty("refusals").EnumerateArray())
            Keys(refusal, "rule", "at", "reason");
        foreach (JsonElement step in root.GetProperty("steps").EnumerateArray())
            Keys(step, "rule", "at");
        JsonElement check = root.GetProperty("check");
        Keys(check, "samples", "seed", "max_relative_error");
        Assert.Equal((16, 1), (check.GetProperty("samples").GetInt32(), check.GetProperty("seed").GetInt32()));
        Assert.InRange(check.GetProperty("max_relative_error").GetDouble(), 0, 1e-6);
    }

    [Fact]
    public void The_numbers_are_those_of_the_form_to_the_last_bit()
    {
        using var model = global::Canon.Onnx.OnnxModel.Open(Repository.Model("digits-mlp"));
        CanonicalForm form = model.Network.Canonicalize(model.Options);

        JsonElement root = JsonDocument.Parse(CanonTool.Run("canonicalize", model.Path, "--json").Output).RootElement;

        Assert.Equal(form.GlobalGain, root.GetProperty("global_gain").GetDouble());
        Assert.Equal(form.GlobalGainLog2, root.GetProperty("global_gain_log2").GetDouble());
        Assert.Equal(form.GainDirection, Numbers(root.GetProperty("gain_direction")));
        Assert.Equal(form.Gain, Numbers(root.GetProperty("gain")));
        Assert.Equal(form.Layers.Count, root.GetProperty("layers").GetArrayLength());
        Assert.Equal(form.Derivation.Steps.Select(step => step.Rule), root.GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("rule").GetString()));
    }

    [Fact]
    public void The_written_file_is_named()
    {
        using var folder = new TemporaryFolder();
        string target = folder["out.onnx"];

        string output = CanonTool.Run("canonicalize", Repository.Model("digits-mlp"), "--json", "-o", target).Output;

        Assert.Equal(target, JsonDocument.Parse(output).RootElement.GetProperty("output").GetString());
        Assert.True(File.Exists(target));
    }

    private static void Keys(JsonElement element, params string[] keys) =>
        Assert.Equal(keys, element.EnumerateObject().Select(property => property.Name));

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];
}
