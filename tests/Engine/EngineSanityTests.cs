namespace Canon.Tests.Engine;

/// <summary>Whether the judge sees what it is to see.</summary>
[Collection(EngineCollection.Name)]
public sealed class EngineSanityTests(OnnxRuntime engine)
{
    private static readonly EngineInputs _manyRows = new(new Dictionary<string, int> { ["N"] = 500 });

    public static TheoryData<string, string> Equal => new()
    {
        { "digits-mlp", "digits-mlp.external" },
        { "digits-mlp", "digits-mlp.extra-dead-units" },
        { "digits-mlp", "digits-mlp.matmul-add" },
        { "digits-mlp", "digits-mlp.permuted-rescaled" },
        { "digits-mlp", "digits-mlp.relu-as-clip" },
        { "digits-mlp", "digits-mlp.rescaled" },
        { "digits-mlp", "digits-mlp.rescaled-pow2" },
        { "digits-mlp-batchnorm", "digits-mlp-batchnorm.folded" },
    };

    [EngineTheory]
    [MemberData(nameof(Equal))]
    public void The_same_function_written_otherwise_is_found_the_same(string original, string other) =>
        Assert.InRange(Difference(original, other), 0, Judgement.Tolerance);

    [EngineTheory]
    [InlineData("digits-mlp.sign-flip")]
    [InlineData("digits-mlp.weight-1e-3")]
    public void Another_function_is_found_another(string other) =>
        Assert.InRange(Difference("digits-mlp", other), 10 * 1.2e-7, double.PositiveInfinity);

    [EngineFact]
    public void A_missing_model_is_an_error_and_not_the_end()
    {
        EngineAnswer answer = engine.Compare("missing.onnx", [], EngineInputs.Default, [1], optimise: false);
        Assert.NotNull(answer.Error);
        answer = engine.Compare(Repository.Model("digits-mlp"), ["missing.onnx"], EngineInputs.Default, [1], optimise: false);
        Assert.Null(answer.Error);
        Assert.NotNull(answer.Comparisons.Single().Error);
    }

    [EngineFact]
    public void Outputs_of_another_shape_are_an_error()
    {
        EngineAnswer answer = engine.Compare(
            Repository.Model("digits-mlp"), [Own("mnist-lenet"), Own("sharedmlp__bn")], EngineInputs.Default, [1], optimise: false);
        Assert.Null(answer.Comparisons[0].Error);
        Assert.False(answer.Comparisons[0].BitEqual);
        Assert.NotNull(answer.Comparisons[1].Error);
    }

    private static string Own(string name) => Repository.File($"tests/Engine/models/{name}.onnx");

    private double Difference(string original, string other)
    {
        EngineAnswer answer = engine.Compare(Repository.Model(original), [Own(other)], _manyRows, [1, 2, 3, 4], optimise: false);
        Assert.Null(answer.Error);
        Assert.Null(answer.Comparisons.Single().Error);
        return answer.Comparisons.Single().Difference;
    }
}
