using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>The output shapes of operators that select entries.</summary>
internal static class SelectionShapes
{
    /// <summary>The shapes of the outputs; null where the operator is another.</summary>
    public static IReadOnlyList<ValueShape>? OutputsOf(NodeProto node, ValueShape input, Shapes shapes) => node.OpType switch
    {
        "Slice" => [Slices.OutputOf(node, input, shapes)],
        "Split" => Split(node, input, shapes),
        "Gather" => [Gather(node, input, shapes.Of(node.InputAt(1)))],
        "GatherElements" => [shapes.Of(node.InputAt(1)) with { Type = input.Type }],
        "GatherND" => [GatherNd(node, input, shapes.Of(node.InputAt(1)))],
        "TopK" => TopK(node, input, shapes),
        "ArgMax" or "ArgMin" => [ArgMax(node, input)],
        "Compress" => [node.Find("axis") is { } axis
            ? input.WithDim(input.Axis(axis.I), Dim.Unknown)
            : ValueShape.OfRank(1, input.Type)],
        "Unique" => Unique(node, input),
        "NonZero" => [new ValueShape([input.Rank is { } rank ? Dim.Of(Math.Max(rank, 1)) : Dim.Unknown, Dim.Unknown], DataType.Int64)],
        "NonMaxSuppression" => [new ValueShape([Dim.Unknown, Dim.Of(3)], DataType.Int64)],
        "GridSample" when input.Rank is { } rank && shapes.Of(node.InputAt(1)) is { Dims: { } grid } && grid.Count == rank =>
            [input with { Dims = [input.DimAt(0), input.DimAt(1), .. grid.Skip(1).SkipLast(1)] }],
        "RoiAlign" when input.Rank == 4 => [input with
        {
            Dims =
            [
                shapes.Of(node.InputAt(1)).DimAt(0), input.DimAt(1), Dim.Of(node.Int("output_height", 1)).AsSize,
                Dim.Of(node.Int("output_width", 1)).AsSize,
            ],
        }],
        "MaxRoiPool" when node.Ints("pooled_shape") is [var height, var width] => [input with
        {
            Dims = [shapes.Of(node.InputAt(1)).DimAt(0), input.DimAt(1), Dim.Of(height).AsSize, Dim.Of(width).AsSize],
        }],
        _ => null,
    };

    /// <summary>The sizes of the parts of a Split; null where it has none.</summary>
    public static IReadOnlyList<Dim>? Parts(NodeProto node, Dim whole, Shapes shapes)
    {
        int count = node.Output.Count;
        IReadOnlyList<Dim>? given = shapes.Integers(node, "split", 1);
        if (given is not null)
            return given.Count == count ? [.. given.Select(dim => dim.AsSize)] : null;
        if (node.InputAt(1).Length > 0 || count == 0)
            return null;
        if (count == 1)
            return [whole];
        if (whole.Size is not { } size)
            return null;
        // Only since num_outputs may the last part be smaller.
        long part = size / count + (size % count == 0 ? 0 : 1);
        return size % count == 0 || node.Find("num_outputs") is not null && part * (count - 1) <= size
            ? [.. Enumerable.Range(0, count).Select(i => Dim.Of(Math.Min(part, size - i * part)))]
            : null;
    }

    private static IReadOnlyList<ValueShape> Split(NodeProto node, ValueShape input, Shapes shapes)
    {
        int axis = input.Axis(node.Int("axis", 0));
        IReadOnlyList<Dim>? parts = Parts(node, input.DimAt(axis), shapes);
        return [.. node.Output.Select((_, i) => input.WithDim(axis, parts?[i] ?? Dim.Unknown))];
    }

    private static ValueShape Gather(NodeProto node, ValueShape input, ValueShape indices)
    {
        int axis = input.Axis(node.Int("axis", 0));
        return axis < 0 || indices.Dims is null
            ? input with { Dims = null }
            : input with { Dims = [.. input.Dims!.Take(axis), .. indices.Dims, .. input.Dims!.Skip(axis + 1)] };
    }

    private static ValueShape GatherNd(NodeProto node, ValueShape input, ValueShape indices)
    {
        long batch = node.Int("batch_dims", 0);
        return input.Rank is { } rank && indices.Dims is { Count: > 0 } dims && dims[^1].Size is { } depth
            && batch >= 0 && depth <= rank && batch <= rank - depth
            ? input with { Dims = [.. dims.SkipLast(1), .. input.Dims!.Skip((int)(batch + depth))] }
            : input with { Dims = null };
    }

    private static IReadOnlyList<ValueShape> TopK(NodeProto node, ValueShape input, Shapes shapes)
    {
        Dim count = node.Find("k") is { } attribute ? Dim.Of(attribute.I).AsSize
            : shapes.Integers(node.InputAt(1)) is [var given] ? given.AsSize
            : Dim.Unknown;
        ValueShape values = input.WithDim(input.Axis(node.Int("axis", -1)), count);
        return [values, values with { Type = DataType.Int64 }];
    }

    private static ValueShape ArgMax(NodeProto node, ValueShape input)
    {
        int axis = input.Axis(node.Int("axis", 0));
        ValueShape kept = input.WithDim(axis, Dim.Of(1)) with { Type = DataType.Int64 };
        return node.Int("keepdims", 1) != 0 || kept.Dims is null ? kept : kept with { Dims = [.. kept.Dims.Where((_, i) => i != axis)] };
    }

    private static IReadOnlyList<ValueShape> Unique(NodeProto node, ValueShape input)
    {
        ValueShape indices = ValueShape.OfRank(1, DataType.Int64);
        ValueShape values = node.Find("axis") is { } axis
            ? input.WithDim(input.Axis(axis.I), Dim.Unknown)
            : ValueShape.OfRank(1, input.Type);
        return [values, indices, indices, indices];
    }
}
