using System.Globalization;
using Google.Protobuf;
using Xunit.Abstractions;

namespace Canon.Tests.Engine.Random;

/// <summary>
/// Models drawn by chance, rewritten and computed by ONNX Runtime: the same at every run. <c>CANON_ENGINE_GRAPHS</c> says how
/// many, <c>CANON_ENGINE_SEED</c> which is the first.
/// </summary>
[Collection(EngineCollection.Name)]
public sealed class RandomGraphTests(OnnxRuntime engine, ITestOutputHelper output)
{
    private const string Count = "CANON_ENGINE_GRAPHS", First = "CANON_ENGINE_SEED";

    public static TheoryData<int> Seeds => [.. Enumerable.Range(Number(First, 1), Number(Count, 40))];

    [EngineTheory]
    [MemberData(nameof(Seeds))]
    public void The_engine_computes_the_same_of_every_form(int seed)
    {
        RandomGraph graph = RandomGraph.Make(seed);
        string folder = Path.Combine(Path.GetTempPath(), $"canon-engine-{Environment.ProcessId}", $"graph-{seed}");
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(path, graph.Model.ToByteArray());

        Judgement judgement = Judgement.Of(
            engine, path, folder, new EngineInputs(new Dictionary<string, int> { ["0"] = graph.Rows }), [1, 2, 3]);
        output.WriteLine($"{graph.Description}\n{judgement}");
        Assert.True(
            judgement.Problems.Count == 0,
            $"""
            {judgement}

            {graph.Description}
            models: {folder}
            again: {Count}=1 {First}={seed} dotnet test tests/Engine --filter RandomGraphTests
            """);
        Assert.Equal(graph.Outputs.Select(Text), judgement.Outputs.Select(found => Text(found.Shape)));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_seed_gives_one_model() => Assert.Equal(RandomGraph.Make(7).Model, RandomGraph.Make(7).Model);

    private static string Text(IEnumerable<long> shape) => string.Join('x', shape);

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
