using Xunit.Abstractions;

namespace Canon.Tests.Engine;

/// <summary>The models that the project holds, rewritten and computed by ONNX Runtime.</summary>
[Collection(EngineCollection.Name)]
public sealed class CorpusTests(OnnxRuntime engine, ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. CorpusModel.Own.Select(model => model.Name)];

    [EngineTheory]
    [MemberData(nameof(Names))]
    public void The_engine_computes_the_same_of_every_form(string name)
    {
        Judgement judgement = ModelReport.Of(CorpusModel.Find(CorpusModel.Own, name), engine).Judgement;
        output.WriteLine($"{judgement}");
        Assert.True(judgement.Problems.Count == 0, $"{name}: {judgement}");
    }

    [EngineTheory]
    [MemberData(nameof(Names))]
    public void No_form_with_the_own_nodes_alone_needs_another_node(string name)
    {
        CorpusModel found = CorpusModel.Find(CorpusModel.Own, name);
        using var model = Canon.Onnx.OnnxModel.Open(found.FullPath);
        Assert.Empty(model.CanonicalizeInPlace(model.Options with { Definition = found.Gain }).InTheWay);
    }

    [EngineFact]
    public void The_table_of_models_is_current() => ModelTable.Check(
        "In the project", CorpusModel.Own.Select(model => ModelReport.Of(model, engine).Row), "dotnet test tests/Engine");
}
