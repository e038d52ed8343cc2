using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>
/// What the axes of a tensor are to the calculus: one letter an axis, B for the batch, C for channels, S for space. Several
/// channel axes are the channels together, the first the slowest; every axis of space is one of the signal's.
/// </summary>
/// <param name="Roles">The letters.</param>
internal sealed record Layout(string Roles)
{
    /// <summary>The number of axes.</summary>
    public int Rank => Roles.Length;

    /// <summary>The axis of the channels; null where there are several or none.</summary>
    public int? ChannelAxis =>
        Roles.IndexOf('C') is >= 0 and var first && first == Roles.LastIndexOf('C') ? first : null;

    /// <summary>Batch, channels, then space; of one axis, channels.</summary>
    public static Layout Usual(int rank) => WithChannels(rank, Math.Min(1, rank - 1));

    /// <summary>Channels at one axis, the batch first, space elsewhere.</summary>
    public static Layout WithChannels(int rank, int axis) => WithChannels(rank, axis, 1);

    /// <summary>Channels from an axis on, the batch first, space elsewhere.</summary>
    public static Layout WithChannels(int rank, int axis, int count) => new(string.Concat(
        Enumerable.Range(0, rank).Select(i => i >= axis && i < axis + count ? 'C' : i == 0 ? 'B' : 'S')));

    /// <summary>The axes of a role, in order.</summary>
    public IEnumerable<int> Axes(char role) => Enumerable.Range(0, Rank).Where(axis => Roles[axis] == role);

    /// <summary>The index of an axis that may be counted from the end; -1 where there is no such axis.</summary>
    public int Axis(long axis) => ArrangementShapes.Axis(axis, Rank);

    /// <summary>Which of the signal's axes of space an axis is; null where it is none.</summary>
    public int? SpaceIndex(int axis) => Roles[axis] == 'S' ? Roles.Take(axis).Count(role => role == 'S') : null;

    /// <summary>The layout without some axes.</summary>
    public Layout Without(IReadOnlyCollection<int> axes) =>
        new(string.Concat(Roles.Where((_, axis) => !axes.Contains(axis))));

    /// <summary>The number of channels of a tensor in this layout, where known.</summary>
    public int? Channels(ValueShape shape)
    {
        long product = 1;
        foreach (int axis in Axes('C'))
        {
            if (shape.CountOf(axis) is not { } size || (product *= size) > int.MaxValue)
                return null;
        }

        return (int)product;
    }

    /// <summary>The sizes of the axes of space of a tensor in this layout, null where one is not known.</summary>
    public IReadOnlyList<int?> Space(ValueShape shape) => [.. Axes('S').Select(shape.CountOf)];

    /// <summary>The letters.</summary>
    public override string ToString() => Roles;
}
