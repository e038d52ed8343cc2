namespace Canon.Tests.Engine;

/// <summary>What the inputs of a model are filled with.</summary>
/// <param name="Dims">Sizes of axes that the model leaves open: by input/axis, by the axis's symbol, or by its index.</param>
/// <param name="Free">The size of the other open axes; the first axis of an input is 1.</param>
/// <param name="Values">Inputs that are filled with one number, by name.</param>
/// <param name="UpTo">Where not null, floats are drawn from [0, this] instead of the normal distribution.</param>
public sealed record EngineInputs(
    IReadOnlyDictionary<string, int>? Dims = null,
    int Free = 1,
    IReadOnlyDictionary<string, double>? Values = null,
    double? UpTo = null)
{
    /// <summary>Normal numbers, one sample.</summary>
    public static EngineInputs Default { get; } = new();
}

/// <summary>What the engine computed of an output of the original.</summary>
/// <param name="Name">The name of the output.</param>
/// <param name="Shape">Its shape for the first seed.</param>
/// <param name="Largest">The largest of its finite entries.</param>
/// <param name="NonFinite">How many of its entries are not finite.</param>
public sealed record EngineOutput(string Name, IReadOnlyList<long> Shape, double Largest, long NonFinite);

/// <summary>How a rewritten model compares with the original.</summary>
/// <param name="Difference">The largest difference, relative to the largest entry of the output.</param>
/// <param name="BitEqual">Whether all outputs are the same bits.</param>
/// <param name="NonFinite">How many entries of the rewritten model's outputs are not finite. Those equal in place are no difference.</param>
/// <param name="Error">What the engine says where it does not run the model, or where the outputs do not match.</param>
public sealed record EngineComparison(double Difference, bool BitEqual, long NonFinite, string? Error);

/// <summary>What the engine says of a model and of what it was rewritten to.</summary>
/// <param name="Outputs">The outputs of the original.</param>
/// <param name="Noise">How far the original, optimised by the engine, is from itself, not optimised.</param>
/// <param name="Comparisons">One for each rewritten model.</param>
/// <param name="Error">What the engine says where it does not run the original.</param>
public sealed record EngineAnswer(
    IReadOnlyList<EngineOutput> Outputs, double Noise, IReadOnlyList<EngineComparison> Comparisons, string? Error);
