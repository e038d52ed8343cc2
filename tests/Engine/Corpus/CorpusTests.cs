using Xunit.Abstractions;

namespace Canon.Tests.Engine;

/// <summary>The models that the project holds, rewritten and computed by ONNX Runtime.</summary>
[Collection(EngineCollection.Name)]
public sealed class CorpusTests(OnnxRuntime engine, ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. CorpusModel.Own.Select(model => model.Name)];

    [EngineTheory]
    [MemberData(nameof(Names))]
    public void The_engine_computes_the_same_of_every_form(string name) =>
        CorpusModel.Find(CorpusModel.Own, name).RequireSameOutputs(engine, output);

    [EngineTheory]
    [MemberData(nameof(Names))]
    public void No_form_with_the_own_nodes_alone_needs_another_node(string name) =>
        CorpusModel.Find(CorpusModel.Own, name).RequireOwnNodesAlone();

    [EngineFact]
    public void The_table_of_models_is_current() => ModelTable.Check(
        "In the project", CorpusModel.Own.Select(model => ModelReport.Of(model, engine).Row), "dotnet test tests/Engine");
}
