using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>How two networks are compared.</summary>
public sealed record EqualityOptions
{
    /// <summary>Tolerances by the types of the weights, and nothing known of inputs.</summary>
    public static EqualityOptions Default { get; } = new();

    /// <summary>
    /// How far two canonical forms may be apart and be the same: entries of unit rows by difference, gains by ratio. Null: 1e-4 where a
    /// number of either network is stored in less than float64, 1e-9 otherwise.
    /// </summary>
    public double? Tolerance
    {
        get;
        init => field = value is null or (> 0 and < 1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "a tolerance is above 0 and less than 1");
    }

    /// <summary>What is known of the inputs of the first network; null for nothing.</summary>
    public CanonicalizeOptions? First { get; init; }

    /// <summary>What is known of the inputs of the second network; null for nothing.</summary>
    public CanonicalizeOptions? Second { get; init; }

    /// <summary>
    /// Whether an opaque term of the first network and one of the second, of one name, are one function; null where nothing is known of
    /// them, so that networks with such terms are never called equal.
    /// </summary>
    public Func<OpaqueTerm, OpaqueTerm, bool>? AreSame { get; init; }

    /// <summary>How many inputs of each kind are tried in the search for one that shows a difference.</summary>
    public int Samples
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "at least one sample is needed");
    } = Core.Equality.Equality.options.Samples;

    /// <summary>Where the random numbers of these inputs start.</summary>
    public int Seed { get; init; } = Core.Equality.Equality.options.Seed;

    internal Core.Equality.EqualityOptions ToCore() => new(
        Tolerance is { } tolerance ? FSharpOption<double>.Some(tolerance) : null,
        (First ?? CanonicalizeOptions.Default).ToCore(),
        (Second ?? CanonicalizeOptions.Default).ToCore(),
        FuncConvert.FromFunc((Core.OpaqueNode first, Core.OpaqueNode second) => AreSame?.Invoke(OpaqueTerm.Of(first), OpaqueTerm.Of(second)) ?? false),
        Samples,
        Seed);
}

/// <summary>Which opaque term it is.</summary>
/// <param name="Name">What it is called, such as the operator of a model file.</param>
/// <param name="Label">The name of the layer; "" when it has none.</param>
/// <param name="Output">Which of its outputs it is, from 0.</param>
public sealed record OpaqueTerm(string Name, string Label, int Output)
{
    internal static OpaqueTerm Of(Core.OpaqueNode node) => new(node.Name, node.Label.Text, node.Output);
}
