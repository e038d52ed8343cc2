using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>What is to be found out of a network, and what is known of it beforehand.</summary>
public sealed record AnalyzeOptions
{
    /// <summary>Row norms, spectral norms, eight inputs; nothing known of the inputs.</summary>
    public static AnalyzeOptions Default { get; } = new();

    /// <summary>Which gain is meant, and the shapes of the inputs.</summary>
    public CanonicalizeOptions Canonicalize
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = CanonicalizeOptions.Default;

    /// <summary>How units are looked for that can go.</summary>
    public SimplifyOptions Simplify
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = SimplifyOptions.Default;

    /// <summary>Whether spectral norms are computed: of large convolutions they take most of the time.</summary>
    public bool SpectralNorms { get; init; } = true;

    /// <summary>At how many random inputs difference quotients are tried; 0: none are.</summary>
    public int Points
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "no number of inputs is negative");
    } = 8;

    /// <summary>Where the random numbers of these inputs start.</summary>
    public int Seed { get; init; } = 1;

    internal Core.Analysis.AnalysisOptions ToCore(CancellationToken cancellation) => new(
        Canonicalize.ToCore(),
        Simplify.ToCore(),
        SpectralNorms,
        Points,
        Seed,
        FuncConvert.FromAction(cancellation.ThrowIfCancellationRequested));
}
