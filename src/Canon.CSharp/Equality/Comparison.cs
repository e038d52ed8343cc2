using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra.Equality;

namespace Canon;

/// <summary>Whether two networks are one function.</summary>
public enum Equivalence
{
    /// <summary>They are: the canonical forms agree, unit by unit.</summary>
    Equal,

    /// <summary>They are not: an input shows it.</summary>
    Different,

    /// <summary>Neither is known.</summary>
    Undecided,
}

/// <summary>How far two canonical forms are apart at a layer.</summary>
/// <param name="First">The layer of the first network.</param>
/// <param name="Second">The layer of the second.</param>
/// <param name="Deviation">
/// The largest difference: of unit rows and slopes by entry; of biases above 1, gains and thresholds by ratio (of their logarithms).
/// </param>
/// <param name="Units">The units of the first network whose numbers are further apart than the tolerance, from 0.</param>
public sealed record LayerDeviation(string First, string Second, double Deviation, IReadOnlyList<int> Units);

/// <summary>An input that shows that two networks are different functions.</summary>
/// <param name="Input">What flows in; null where the networks read named inputs alone.</param>
/// <param name="NamedInputs">The inputs read by name.</param>
/// <param name="First">The outputs of the first network.</param>
/// <param name="Second">The outputs of the second.</param>
/// <param name="Difference">The largest difference of an output over its largest entry; ∞ for outputs of different shapes.</param>
/// <param name="Noise">What rounding the weights of the first network once more makes of its outputs there, in the same measure.</param>
public sealed record Witness(
    Signal? Input,
    IReadOnlyDictionary<string, Signal> NamedInputs,
    IReadOnlyList<Signal> First,
    IReadOnlyList<Signal> Second,
    double Difference,
    double Noise);

/// <summary>What a comparison of two networks came to.</summary>
public sealed class Comparison
{
    internal Comparison(Core.Verdict value)
    {
        switch (value)
        {
            case Core.Verdict.Equal { Item: var same }:
                Equivalence = Equivalence.Equal;
                Deviation = same.Deviation;
                Layers = [.. same.Layers.Select(Of)];
                FirstReduced = new(same.First);
                SecondReduced = new(same.Second);
                Gauge = OptionModule.IsSome(same.Gauge) ? new(same.Gauge!.Value) : null;
                break;
            case Core.Verdict.Different different:
                Equivalence = Equivalence.Different;
                Witness = Of(different.Item1);
                Parting = Of(different.parting);
                break;
            case Core.Verdict.Undecided undecided:
                Equivalence = Equivalence.Undecided;
                Reason = undecided.reason;
                Parting = Of(undecided.parting);
                break;
            default:
                throw new InvalidOperationException($"unknown verdict {value}");
        }
    }

    /// <summary>The answer.</summary>
    public Equivalence Equivalence { get; }

    /// <summary>Of equal networks the largest deviation of all layers; null otherwise.</summary>
    public double? Deviation { get; }

    /// <summary>Of equal networks all layers, from the input on.</summary>
    public IReadOnlyList<LayerDeviation> Layers { get; } = [];

    /// <summary>
    /// Of equal networks the first with everything folded, fused and left out that can be: the gauge is one of it. Null otherwise.
    /// </summary>
    public Network? FirstReduced { get; }

    /// <summary>The same of the second.</summary>
    public Network? SecondReduced { get; }

    /// <summary>
    /// Of equal networks the gauge that leads from the first reduced network to the second; columns that read dead units may be others.
    /// Null otherwise, and where a factor went another way than gauges know: into the tolerance of a normalization, or into another
    /// factor of a product.
    /// </summary>
    public Gauge? Gauge { get; }

    /// <summary>Of different networks an input that shows it; null otherwise.</summary>
    public Witness? Witness { get; }

    /// <summary>The first layer where the canonical forms part; null where they do not, or where the architectures differ.</summary>
    public LayerDeviation? Parting { get; }

    /// <summary>Why there is no answer; null where there is one.</summary>
    public string? Reason { get; }

    private static LayerDeviation Of(Core.LayerDeviation layer) => new(layer.First, layer.Second, layer.Deviation, [.. layer.Units]);

    private static LayerDeviation? Of(FSharpOption<Core.LayerDeviation>? layer) =>
        OptionModule.IsSome(layer) ? Of(layer!.Value) : null;

    private static Witness Of(Core.Witness witness) => new(
        witness.Wires.Count > 0 ? null : Signal.Of(witness.Input),
        witness.Wires.ToDictionary(wire => wire.Key, wire => Signal.Of(wire.Value)),
        [.. witness.First.Select(Signal.Of)],
        [.. witness.Second.Select(Signal.Of)],
        witness.Difference,
        witness.Noise);
}
