using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>What is known of a network before units are looked for that can go, and what must stay.</summary>
public sealed record SimplifyOptions
{
    /// <summary>Shapes deduced from the layers; nothing that must stay.</summary>
    public static SimplifyOptions Default { get; } = new();

    /// <summary>The shape that flows in. Needed where a concat or flatten reads the input directly; otherwise deduced.</summary>
    public SignalShape? Input { get; init; }

    /// <summary>The shapes of the inputs read by name.</summary>
    public IReadOnlyDictionary<string, SignalShape> NamedInputs
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new Dictionary<string, SignalShape>();

    /// <summary>Labels of layers whose output channels stay, each with the reason, such as a size that a model file says elsewhere.</summary>
    public IReadOnlyDictionary<string, string> Fixed
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = new Dictionary<string, string>();

    /// <summary>
    /// How far the entries of two rows may differ, each row divided by its largest entry, for one to be taken for a multiple of the
    /// other. Null: by what rounding to the type of the weight explains, 2⁻²² for float32. 0: by nothing.
    /// </summary>
    public double? Tolerance
    {
        get;
        init => field = value is null or (>= 0 and < 1) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "a tolerance is at least 0 and less than 1");
    }

    internal Core.SimplifyOptions ToCore()
    {
        var shapes = new CanonicalizeOptions { Input = Input, NamedInputs = NamedInputs }.ToCore();
        return new(
            shapes.Input,
            shapes.Wires,
            Tolerance is { } tolerance ? FuncConvert.FromFunc((Core.ElementType _) => tolerance) : Core.Simplify.options.Tolerance,
            false,
            FuncConvert.FromFunc<Core.Network, FSharpOption<string>?>(term =>
                Core.NetworkModule.label(term) is { Length: > 0 } label && Fixed.TryGetValue(label, out string? reason)
                    ? FSharpOption<string>.Some(reason)
                    : null));
    }
}
