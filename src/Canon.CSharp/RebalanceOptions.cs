using Core = Canon.Algebra;

namespace Canon;

/// <summary>The representative of its rescaling class that a network is written in, its architecture kept.</summary>
public enum RebalanceGauge
{
    /// <summary>The least ℓ2 norm of all weights: the rows that make a channel are as long as the columns that read it.</summary>
    Balanced,

    /// <summary>Equal ranges: the largest entry of the rows that make a channel is that of the columns that read it.</summary>
    Equalized,

    /// <summary>Rows of norm 1 wherever a row may be rescaled; all gain in the layers in front of outputs and barriers.</summary>
    Canonical,

    /// <summary>The network as it is.</summary>
    Original,
}

/// <summary>How a network is rebalanced.</summary>
public sealed record RebalanceOptions
{
    /// <summary>Balanced, to 1e-6 in at most 1,000 sweeps.</summary>
    public static RebalanceOptions Default { get; } = new();

    /// <summary>Where to.</summary>
    public RebalanceGauge Gauge { get; init; }

    /// <summary>What the norm of a row is in the canonical gauge.</summary>
    public GainDefinition Definition { get; init; }

    /// <summary>
    /// Whether all factors are rounded to powers of two: outputs then stay the same to the last bit, the sign of a zero aside, as long as
    /// no number overflows or becomes too small to be normal.
    /// </summary>
    public bool Lossless { get; init; }

    /// <summary>How far channels may stay out of balance, |ln| of the ratio of their norms or ranges; for the balanced and the equalized gauge.</summary>
    public double Tolerance
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "a tolerance is not negative");
    } = Core.Rebalance.options.Tolerance;

    /// <summary>The most sweeps over all weights, at least 1.</summary>
    public int Sweeps
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "at least one sweep is needed");
    } = Core.Rebalance.options.Sweeps;

    internal Core.RebalanceOptions ToCore() => new(
        Gauge switch
        {
            RebalanceGauge.Equalized => Core.TargetGauge.EqualizedGauge,
            RebalanceGauge.Canonical => Core.TargetGauge.NewCanonicalGauge(
                Definition == GainDefinition.Augmented ? Core.GainDefinition.Augmented : Core.GainDefinition.RowNorm),
            RebalanceGauge.Original => Core.TargetGauge.OwnGauge,
            _ => Core.TargetGauge.BalancedGauge,
        },
        Lossless,
        Tolerance,
        Sweeps);
}
