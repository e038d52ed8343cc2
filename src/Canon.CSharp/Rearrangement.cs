using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>The same numbers in another order: flatten, reshape, transpose, channel shuffle, slices of channels.</summary>
public sealed class Rearrangement : IEquatable<Rearrangement>
{
    internal Rearrangement(Core.Rearrangement value) => Value = value;

    internal Core.Rearrangement Value { get; }

    /// <summary>All positions become channels, the positions of the first channel first.</summary>
    /// <param name="positions">The number of positions, where known.</param>
    /// <returns>The rearrangement.</returns>
    public static Rearrangement Flatten(int? positions = null) => new(Core.Rearrangement.NewFlatten(positions.ToOption()));

    /// <summary>Some channels are taken.</summary>
    /// <param name="first">The first, from 0.</param>
    /// <param name="count">How many.</param>
    /// <param name="step">Their distance, negative to go backwards.</param>
    /// <returns>The rearrangement.</returns>
    public static Rearrangement Channels(int first, int count, int step = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfZero(step);
        return new(Core.Rearrangement.NewTake(new Core.Run(first, count, step)));
    }

    /// <summary>
    /// Axes are split into parts and joined anew. Axes are lists of parts, the slowest first, parts being numbered from 0. A channel
    /// shuffle of 2 groups of 8 channels in an image is <c>Regroup([2, 8, null, null], [0, 1], [[2], [3]], [1, 0], [[2], [3]])</c>.
    /// </summary>
    /// <param name="sizes">The size of each part; null where one is not known, which is then a whole axis before and behind.</param>
    /// <param name="channels">The parts of the channels in front.</param>
    /// <param name="space">The parts of each axis of space in front.</param>
    /// <param name="newChannels">The parts of the channels behind.</param>
    /// <param name="newSpace">The parts of each axis of space behind.</param>
    /// <returns>The rearrangement.</returns>
    /// <exception cref="ArgumentException">A part stands twice or on one side alone, or its size is missing.</exception>
    public static Rearrangement Regroup(
        IEnumerable<int?> sizes,
        IEnumerable<int> channels,
        IEnumerable<IEnumerable<int>> space,
        IEnumerable<int> newChannels,
        IEnumerable<IEnumerable<int>> newSpace)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        ArgumentNullException.ThrowIfNull(channels);
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(newChannels);
        ArgumentNullException.ThrowIfNull(newSpace);
        var result = Core.RearrangementModule.regroup(
            ListModule.OfSeq(sizes.Select(size => size.ToOption())), Groups(channels, space), Groups(newChannels, newSpace));
        return result.IsOk ? new(result.ResultValue) : throw new ArgumentException(result.ErrorValue);
    }

    /// <inheritdoc/>
    public bool Equals(Rearrangement? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Rearrangement);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two rearrangements are the same.</summary>
    public static bool operator ==(Rearrangement? left, Rearrangement? right) => Equals(left, right);

    /// <summary>Whether two rearrangements differ.</summary>
    public static bool operator !=(Rearrangement? left, Rearrangement? right) => !Equals(left, right);

    /// <summary>The arrow notation, such as <c>rearrange((a b) c d -> (b a) c d, a = 2, b = 8)</c>.</summary>
    public override string ToString() => Core.Print.network(Core.NetworkModule.rearrange(Value, ""));

    private static Core.AxisGroups Groups(IEnumerable<int> channels, IEnumerable<IEnumerable<int>> space) =>
        new(ListModule.OfSeq(channels), ListModule.OfSeq(space.Select(ListModule.OfSeq)));
}

/// <summary>What a normalization takes its mean and its variance over.</summary>
public enum NormalizationKind
{
    /// <summary>The channels of each position.</summary>
    LayerNorm,

    /// <summary>The channels of each position; the mean is taken to be 0.</summary>
    RmsNorm,

    /// <summary>The positions of each channel.</summary>
    InstanceNorm,

    /// <summary>The positions of all channels of a group.</summary>
    GroupNorm,
}

/// <summary>x ↦ (x − mean) / √(variance + ε·t²), without γ and β.</summary>
/// <param name="Kind">What mean and variance are taken over.</param>
/// <param name="Groups">The number of groups of channels; 1 but for a group norm.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="Tolerance">t, one number for all channels; 1 until a scale is absorbed.</param>
public sealed record NormalizationLayer(NormalizationKind Kind, int Groups, double Epsilon, Gain Tolerance)
{
    internal Core.Normalization Value => Kind switch
    {
        NormalizationKind.LayerNorm => Core.Normalization.LayerNorm,
        NormalizationKind.RmsNorm => Core.Normalization.RmsNorm,
        NormalizationKind.InstanceNorm => Core.Normalization.InstanceNorm,
        NormalizationKind.GroupNorm => Core.Normalization.NewGroupNorm(Groups),
        _ => throw new InvalidOperationException($"unknown normalization {Kind}"),
    };

    internal static NormalizationLayer Of(Core.Normalization value, double epsilon, Core.Gain tolerance) => new(
        value switch
        {
            { IsLayerNorm: true } => NormalizationKind.LayerNorm,
            { IsRmsNorm: true } => NormalizationKind.RmsNorm,
            { IsInstanceNorm: true } => NormalizationKind.InstanceNorm,
            _ => NormalizationKind.GroupNorm,
        },
        value is Core.Normalization.GroupNorm grouped ? grouped.groups : 1,
        epsilon,
        new(tolerance));
}
