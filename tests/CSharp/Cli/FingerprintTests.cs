using System.Text.Json;

namespace Canon.Tests.Cli;

/// <summary><c>canon fingerprint</c> as a user runs it.</summary>
public sealed class FingerprintTests
{
    private static readonly string Model = Repository.File("samples/models/digits-mlp.onnx");

    private static string Word(string path) => CanonTool.Run("fingerprint", path).Output.Split(' ')[0];

    [Theory]
    [InlineData("external")]
    [InlineData("extra-dead-units")]
    [InlineData("matmul-add")]
    [InlineData("permuted-rescaled")]
    [InlineData("relu-as-clip")]
    [InlineData("rescaled")]
    [InlineData("rescaled-pow2")]
    public void A_disguise_has_the_name_of_its_model(string disguise) =>
        Assert.Equal(Word(Model), Word(Repository.File($"tests/Engine/models/digits-mlp.{disguise}.onnx")));

    [Fact]
    public void A_batch_norm_may_be_folded() => Assert.Equal(
        Word(Repository.File("samples/models/digits-mlp-batchnorm.onnx")),
        Word(Repository.File("tests/Engine/models/digits-mlp-batchnorm.folded.onnx")));

    [Fact]
    public void Other_functions_have_other_names()
    {
        string[] models = [Model, .. new[] { "digits-mlp-leaky", "digits-mlp-tanh", "digits-cnn" }.Select(name => Repository.File($"samples/models/{name}.onnx")), Repository.File("tests/Engine/models/digits-mlp.sign-flip.onnx")];

        Assert.Equal(models.Length, models.Select(Word).Distinct().Count());
    }

    [Fact]
    public void Json_has_the_numbers_behind_the_name()
    {
        using JsonDocument json = JsonDocument.Parse(CanonTool.Run("fingerprint", Model, Repository.File("tests/Engine/models/digits-mlp.rescaled.onnx"), "--json").Output);
        JsonElement[] models = [.. json.RootElement.GetProperty("models").EnumerateArray()];

        Assert.Equal(Word(Model), models[0].GetProperty("fingerprint").GetString());
        Assert.Equal(16, models[0].GetProperty("aggregates").GetArrayLength());
        Assert.InRange(models[0].GetProperty("margin").GetDouble(), 0, 0.5);
        Assert.All(models[1].GetProperty("layers").EnumerateArray(), layer => Assert.Equal(1, layer.GetProperty("cosine").GetDouble(), 6));
    }

    [Fact]
    public void A_file_that_is_none_is_one_line()
    {
        var run = CanonTool.Run("fingerprint", Model, "nowhere.onnx");

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Contains("nowhere.onnx", Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
