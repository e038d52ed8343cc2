using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>What the gain of a row is.</summary>
public enum GainDefinition
{
    /// <summary>‖row‖₂; |b| where the row is zero; 0 where both are.</summary>
    RowNorm,

    /// <summary>‖(row, b)‖₂: the bias counts as one more input of constant 1.</summary>
    Augmented,
}

/// <summary>What flows: channels times positions (pixels, time steps; 1 for plain vectors).</summary>
/// <param name="Channels">The number of channels.</param>
/// <param name="Positions">The number of positions.</param>
public readonly record struct SignalShape(int Channels, int Positions = 1);

/// <summary>What is known of a network before it is canonicalised, and which gain is meant.</summary>
public sealed record CanonicalizeOptions
{
    /// <summary>Row norms, and shapes deduced from the layers.</summary>
    public static CanonicalizeOptions Default { get; } = new();

    /// <summary>Which gain is meant.</summary>
    public GainDefinition Definition { get; init; }

    /// <summary>The shape that flows in. Needed where a concat or flatten reads the input directly; otherwise deduced.</summary>
    public SignalShape? Input { get; init; }

    /// <summary>The shapes of the inputs read by name.</summary>
    public IReadOnlyDictionary<string, SignalShape> NamedInputs
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new Dictionary<string, SignalShape>();

    internal Core.GainDefinition CoreDefinition =>
        Definition == GainDefinition.Augmented ? Core.GainDefinition.Augmented : Core.GainDefinition.RowNorm;

    internal Core.CanonicalOptions ToCore() => new(
        CoreDefinition,
        Input is { } input ? ToCore(input) : Core.ShapeModule.unknown,
        new FSharpMap<string, Core.Shape>(NamedInputs.Select(pair => Tuple.Create(pair.Key, ToCore(pair.Value)))));

    private static Core.Shape ToCore(SignalShape shape) =>
        new(((int?)shape.Channels).ToOption(), ((int?)shape.Positions).ToOption());
}
