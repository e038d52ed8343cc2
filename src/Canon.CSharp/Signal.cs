using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>The numbers that flow between layers, of one sample.</summary>
public sealed class Signal
{
    /// <summary>Numbers of a shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="values">
    /// One number for each channel at each position: positions in the order of the axes of space, the last axis fastest, and at each
    /// position its channels.
    /// </param>
    /// <exception cref="ArgumentException">The numbers do not fill the shape.</exception>
    public Signal(SignalShape shape, params IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Value = Core.SignalModule.create(1, ListModule.OfSeq(shape.Space), shape.Channels, [.. values]);
    }

    private Signal(Core.Signal value) => Value = value;

    /// <summary>Its shape.</summary>
    public SignalShape Shape => new(Value.Channels, [.. Value.Space]);

    /// <summary>The numbers, in the order in which they are given.</summary>
    public IReadOnlyList<double> Values => Value.Data;

    internal Core.Signal Value { get; }

    internal static Signal Of(Core.Signal value) => new(value);
}
