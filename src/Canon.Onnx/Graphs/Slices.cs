using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>The output shape of a Slice.</summary>
internal static class Slices
{
    /// <summary>A slice of one axis.</summary>
    /// <param name="Axis">The axis.</param>
    /// <param name="Start">Where it begins.</param>
    /// <param name="End">Where it ends, exclusively.</param>
    /// <param name="Step">How far apart the entries lie.</param>
    public readonly record struct Slice(int Axis, Dim Start, Dim End, Dim Step);

    /// <summary>The shape of the output of a Slice.</summary>
    public static ValueShape OutputOf(NodeProto node, ValueShape input, Shapes shapes)
    {
        if (input.Rank is not { } rank || Of(node, rank, shapes) is not { } slices)
            return ValueShape.OfRank(input.Rank, input.Type);
        List<Dim> dims = [.. input.Dims!];
        foreach (Slice slice in slices)
            dims[slice.Axis] = Size(dims[slice.Axis], slice);
        return input with { Dims = dims };
    }

    /// <summary>The slices of a node, each of another axis; null where not even the axes are known.</summary>
    public static IReadOnlyList<Slice>? Of(NodeProto node, int rank, Shapes shapes)
    {
        IReadOnlyList<Dim>? starts = shapes.Integers(node, "starts", 1);
        IReadOnlyList<Dim>? ends = shapes.Integers(node, "ends", 2);
        bool hasAxes = node.Ints("axes") is not null || node.InputAt(3).Length > 0;
        long? count = starts?.Count ?? ends?.Count ?? shapes.Of(node.InputAt(1)).SizeOf(0);
        IEnumerable<Dim>? given = hasAxes ? shapes.Integers(node, "axes", 3)
            : count <= rank ? Enumerable.Range(0, (int)count.Value).Select(axis => Dim.Of(axis))
            : null;
        // An axis that is not known is none.
        if (given is null || ArrangementShapes.Within(given.Select(axis => axis.Size ?? rank), rank) is not { } axes
            || axes.Distinct().Count() < axes.Count)
        {
            return null;
        }

        IReadOnlyList<Dim>? steps = node.InputAt(4).Length > 0 ? shapes.Integers(node.InputAt(4)) : [.. axes.Select(_ => Dim.Of(1))];
        Dim At(IReadOnlyList<Dim>? numbers, int i) => numbers?.Count == axes.Count ? numbers[i] : Dim.Unknown;
        return [.. axes.Select((axis, i) => new Slice(axis, At(starts, i), At(ends, i), At(steps, i)))];
    }

    /// <summary>The indices that a slice of an axis of known size selects: the first, and how many follow each a step on.</summary>
    public static (long First, long Count)? Selected(long size, Slice slice)
    {
        if (slice is not { Start.Size: { } start, End.Size: { } end, Step.Size: { } step } || step == 0)
            return null;
        start = start < 0 ? start + size : start;
        end = end < 0 ? end + size : end;
        if (size == 0)
            return (0, 0);
        (start, end) = step > 0
            ? (Math.Clamp(start, 0, size), Math.Clamp(end, 0, size))
            : (Math.Clamp(start, 0, size - 1), Math.Clamp(end, -1, size - 1));
        Int128 count = step > 0 ? ((Int128)end - start + step - 1) / step : ((Int128)start - end - step - 1) / -(Int128)step;
        return (start, count > 0 ? (long)count : 0);
    }

    /// <summary>The entries that a slice selects.</summary>
    public static IReadOnlyList<T> Take<T>(IReadOnlyList<T> entries, (long First, long Count) selected, long step) =>
        [.. Enumerable.Range(0, (int)selected.Count).Select(i => entries[(int)(selected.First + i * step)])];

    private static Dim Size(Dim dim, Slice slice) =>
        IsWhole(dim, slice) ? dim
        : dim.Size is { } size && Selected(size, slice) is { } selected ? Dim.Of(selected.Count)
        : slice.Start.Is(slice.End) && slice.Step.IsKnown ? Dim.Of(0)
        : Dim.Unknown;

    private static bool IsWhole(Dim dim, Slice slice) => slice.Step.Size switch
    {
        1 => slice.Start.Size == 0 && (slice.End.Size >= int.MaxValue || slice.End.Is(dim)),
        -1 => slice.Start.Size is -1 or >= int.MaxValue && slice.End.Size <= -int.MaxValue,
        _ => false,
    } && dim.Size is null or <= int.MaxValue;
}
