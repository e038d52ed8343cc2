using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
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

/// <summary>What flows: channels at every position of space (pixels, time steps; none for plain vectors).</summary>
public readonly struct SignalShape : IEquatable<SignalShape>
{
    private readonly int[]? space;

    /// <summary>So many channels in a space of these sizes.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="space">The sizes of the axes of space, such as height and width; none for plain vectors.</param>
    public SignalShape(int channels, params ReadOnlySpan<int> space)
    {
        Channels = channels;
        this.space = space.ToArray();
    }

    /// <summary>The number of channels.</summary>
    public int Channels { get; }

    /// <summary>The sizes of the axes of space; none for plain vectors.</summary>
    public IReadOnlyList<int> Space => space ?? [];

    /// <inheritdoc/>
    public bool Equals(SignalShape other) => Channels == other.Channels && Space.SequenceEqual(other.Space);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SignalShape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Space.Aggregate(Channels, HashCode.Combine);

    /// <summary>Whether two shapes are the same.</summary>
    public static bool operator ==(SignalShape left, SignalShape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(SignalShape left, SignalShape right) => !left.Equals(right);

    /// <summary>Such as <c>3 channels in 32x32</c>.</summary>
    public override string ToString() =>
        $"{Channels} channels{(Space.Count == 0 ? "" : $" in {string.Join('x', Space)}")}";

    internal static IReadOnlyList<int?>? Sizes(FSharpOption<FSharpList<FSharpOption<int>?>>? space) =>
        OptionModule.IsSome(space) ? [.. space!.Value.Select(size => size.ToNullable())] : null;

    internal static FSharpOption<FSharpList<FSharpOption<int>?>>? Sizes(IReadOnlyList<int?>? space) =>
        space is null ? null : FSharpOption<FSharpList<FSharpOption<int>?>>.Some(ListModule.OfSeq(space.Select(size => size.ToOption())));

    internal static SignalShape Of(Core.Shape shape) =>
        new(shape.Channels.ToNullable() ?? 1, [.. (Sizes(shape.Space) ?? []).Select(size => size ?? 1)]);

    internal Core.Shape ToCore() => Core.ShapeModule.create(Channels, ListModule.OfSeq(Space));
}

/// <summary>What is known of a network before it is canonicalised, and which gain is meant.</summary>
public sealed record CanonicalizeOptions
{
    /// <summary>Row norms, and shapes deduced from the layers.</summary>
    public static CanonicalizeOptions Default { get; } = new();

    /// <summary>Which gain is meant.</summary>
    public GainDefinition Definition { get; init; }

    /// <summary>
    /// Whether every gain is rounded to a power of two: rows then have norms between √½ and √2, and the outputs stay the same to the
    /// last bit, the sign of a zero aside, as long as no number overflows or becomes too small to be normal. Factors that are no
    /// powers of two stay where they are, and nothing is folded.
    /// </summary>
    public bool Lossless { get; init; }

    /// <summary>Whether batch norms, shifts and factors a channel are folded into the layers beside them first; never where the form is lossless.</summary>
    public bool Fold { get; init; } = true;

    /// <summary>
    /// Whether every layer stays what it is, so that a reconstitution needs no other: nothing is folded, and a clip with bounds for all
    /// channels is a barrier.
    /// </summary>
    public bool KeepArchitecture { get; init; }

    /// <summary>
    /// Of a kept architecture the layers, by the names of their weights, that keep their scale: they take up what comes in and give
    /// nothing on.
    /// </summary>
    public IReadOnlyCollection<string> FrozenLayers
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = [];

    /// <summary>The shape that flows in. Needed where a concat or flatten reads the input directly; otherwise deduced.</summary>
    public SignalShape? Input { get; init; }

    /// <summary>The shapes of the inputs read by name.</summary>
    public IReadOnlyDictionary<string, SignalShape> NamedInputs
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new Dictionary<string, SignalShape>();

    /// <summary>
    /// The shapes of what opaque terms yield where they leave them open, by label and output. For checks: no rule asks for them.
    /// </summary>
    public IReadOnlyDictionary<(string Label, int Output), SignalShape> OpaqueShapes
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new Dictionary<(string, int), SignalShape>();

    private Core.GainDefinition CoreDefinition =>
        Definition == GainDefinition.Augmented ? Core.GainDefinition.Augmented : Core.GainDefinition.RowNorm;

    internal Core.CanonicalOptions ToCore() => new(
        Lossless ? Core.GainDefinition.NewPowerOfTwo(CoreDefinition) : CoreDefinition,
        Fold,
        KeepArchitecture,
        new FSharpSet<string>(FrozenLayers),
        Input is { } input ? input.ToCore() : Core.ShapeModule.unknown,
        new FSharpMap<string, Core.Shape>(NamedInputs.Select(pair => Tuple.Create(pair.Key, pair.Value.ToCore()))),
        new FSharpMap<Tuple<string, int>, Core.Shape>(OpaqueShapes.Select(
            pair => Tuple.Create(Tuple.Create(pair.Key.Label, pair.Key.Output), pair.Value.ToCore()))));
}
