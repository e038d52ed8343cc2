using Xunit.Abstractions;

namespace Canon.Tests.Engine;

/// <summary>The models of published packages, rewritten and computed by ONNX Runtime.</summary>
[Collection(EngineCollection.Name)]
[Trait("Suite", "Slow")]
public sealed class PackagedCorpusTests : IClassFixture<PackagedCorpusTests.Packages>
{
    private readonly OnnxRuntime _engine;
    private readonly ITestOutputHelper _output;

    public PackagedCorpusTests(OnnxRuntime engine, Packages packages, ITestOutputHelper output)
    {
        _ = packages;
        (_engine, _output) = (engine, output);
    }

    public static TheoryData<string> Names => [.. CorpusModel.Packaged.Select(model => model.Name)];

    [EngineTheory]
    [MemberData(nameof(Names))]
    public void The_engine_computes_the_same_of_every_form(string name) =>
        CorpusModel.Find(CorpusModel.Packaged, name).RequireSameOutputs(_engine, _output);

    [EngineTheory]
    [MemberData(nameof(Names))]
    public void No_form_with_the_own_nodes_alone_needs_another_node(string name) =>
        CorpusModel.Find(CorpusModel.Packaged, name).RequireOwnNodesAlone();

    [EngineFact]
    public void The_table_of_models_is_current() => ModelTable.Check(
        "In packages",
        CorpusModel.Packaged.Select(model => ModelReport.Of(model, _engine).Row),
        "dotnet test tests/Engine --settings tests/slow.runsettings");

    /// <summary>The packages, installed.</summary>
    public sealed class Packages
    {
        /// <summary>Installs them.</summary>
        public Packages() => CorpusModel.InstallPackages();
    }
}
