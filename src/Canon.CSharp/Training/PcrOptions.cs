using Microsoft.FSharp.Core;
using Core = Canon.Algebra.Training;
using Algebra = Canon.Algebra;

namespace Canon;

/// <summary>Which representative the weights are written in after an event.</summary>
public enum EventGauge
{
    /// <summary>The least ℓ2 norm of its class.</summary>
    Balanced,

    /// <summary>Unit rows wherever a row may be rescaled; all gain in the layers in front of outputs and barriers.</summary>
    Canonical,

    /// <summary>The network's own norms: nothing moves but what is capped.</summary>
    Original,
}

/// <summary>What becomes of an optimizer's state where weights are multiplied by α.</summary>
public enum MomentRule
{
    /// <summary>m ⊘ α, v ⊘ α²: exactly the averages of the derivatives in the new gauge.</summary>
    Covariant,

    /// <summary>Covariant, and the learning rate times α (SGD: α²), ε over α, entry by entry: training goes on as it would have.</summary>
    Full,

    /// <summary>α·m, α²·v, as the note has it: the next step of Adam is the same, those after are not.</summary>
    Note,

    /// <summary>Forgotten: zeros, and steps counted from 0.</summary>
    Reset,

    /// <summary>Left as it is.</summary>
    Keep,
}

/// <summary>A penalty λ·g² on the global gain g.</summary>
/// <param name="Strength">λ, not negative.</param>
/// <param name="AtEvents">
/// Whether it acts at events, as the proximal step g ← g/(1 + 2λη), η the learning rate times the period; else its exact derivative
/// is added to that of the loss at every step.
/// </param>
public sealed record GainPenalty(double Strength, bool AtEvents = false);

/// <summary>
/// Periodic canonical regularization: every so many steps the global gain is capped or shrunk, the weights are written in a gauge,
/// and the optimizer's state follows.
/// </summary>
public sealed record PcrOptions
{
    /// <summary>What was found to work best: the balanced gauge, augmented gains, covariant moments, an event before the first step.</summary>
    public static PcrOptions Default { get; } = new();

    /// <summary>The note's own choices: the canonical gauge, row norms, α·m and α²·v with the cap's factor in α.</summary>
    public static PcrOptions Note { get; } = new()
    {
        Gauge = EventGauge.Canonical,
        Definition = GainDefinition.RowNorm,
        Moments = MomentRule.Note,
        CapInMoments = true,
        AtStart = false,
    };

    /// <summary>Steps from one event to the next, at least 1.</summary>
    public int Period { get; init; } = 20;

    /// <summary>The largest global gain that an event leaves; null for no cap.</summary>
    public double? MaxGain { get; init; }

    /// <summary>A penalty on the global gain; null for none.</summary>
    public GainPenalty? Penalty { get; init; }

    /// <summary>Which representative the weights are written in.</summary>
    public EventGauge Gauge { get; init; }

    /// <summary>What the gain of a row is.</summary>
    public GainDefinition Definition { get; init; } = GainDefinition.Augmented;

    /// <summary>Whether all factors are rounded to powers of two, so that an event without a cap leaves every output bit.</summary>
    public bool Lossless { get; init; }

    /// <summary>What becomes of the optimizer's state.</summary>
    public MomentRule Moments { get; init; }

    /// <summary>Whether α, by which moments are transported, has the cap's factor in it, as in the note.</summary>
    public bool CapInMoments { get; init; }

    /// <summary>Whether an event stands in front of the first step.</summary>
    public bool AtStart { get; init; } = true;

    /// <summary>What is known to go wrong with such a combination.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="weightDecay">Weight decay that is no part of the optimizer.</param>
    /// <returns>One line each; none when nothing is known.</returns>
    public IReadOnlyList<string> Warnings(double rate, Optimizer optimizer, double weightDecay = 0)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return [.. Core.PcrOptionsModule.warnings(rate, weightDecay, ToCore(), optimizer.Value)];
    }

    internal Core.PcrOptions ToCore()
    {
        Algebra.GainDefinition definition = Definition == GainDefinition.Augmented
            ? Algebra.GainDefinition.Augmented
            : Algebra.GainDefinition.RowNorm;
        return new(
            Period,
            MaxGain is { } cap ? FSharpOption<double>.Some(cap) : null,
            Penalty is { } penalty ? FSharpOption<Core.GainPenalty>.Some(new(penalty.Strength, penalty.AtEvents)) : null,
            Gauge switch
            {
                EventGauge.Canonical => Core.EventGauge.Canonical,
                EventGauge.Original => Core.EventGauge.Original,
                _ => Core.EventGauge.Balanced,
            },
            Lossless ? Algebra.GainDefinition.NewPowerOfTwo(definition) : definition,
            Moments switch
            {
                MomentRule.Full => Core.MomentRule.Full,
                MomentRule.Note => Core.MomentRule.Note,
                MomentRule.Reset => Core.MomentRule.Reset,
                MomentRule.Keep => Core.MomentRule.Keep,
                _ => Core.MomentRule.Covariant,
            },
            CapInMoments,
            AtStart);
    }
}
