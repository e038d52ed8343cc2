using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>The output shapes of operators that widen, narrow or scale axes.</summary>
internal static class ResizeShapes
{
    /// <summary>What a Pad adds: before every axis, then behind every axis; null where it is not known.</summary>
    public static IReadOnlyList<Dim>? Pads(NodeProto node, Shapes shapes) =>
        shapes.Integers(node, node.Find("pads") is null ? "paddings" : "pads", 1);

    /// <summary>The shape of the output of a Pad.</summary>
    public static ValueShape Pad(NodeProto node, ValueShape input, Shapes shapes)
    {
        if (input.Rank is not { } rank || Axes(node, shapes, 3, rank) is not { } axes || Pads(node, shapes) is not { } pads || pads.Count != 2 * axes.Count)
            return ValueShape.OfRank(input.Rank, input.Type);
        List<Dim> dims = [.. input.Dims!];
        foreach ((int i, int axis) in axes.Index())
            dims[axis] = dims[axis].Plus(pads[i].Plus(pads[i + axes.Count])).AsSize;
        return input with { Dims = dims };
    }

    /// <summary>The shape of the output of a Resize or Upsample.</summary>
    public static ValueShape Resize(NodeProto node, ValueShape input, Shapes shapes)
    {
        int scaleSlot = node.OpType == "Resize" && shapes.Graph.Opset >= 11 ? 2 : 1;
        IReadOnlyList<Dim>? sizes = shapes.Integers(node.InputAt(3));
        if (input.Rank is not { } rank || Axes(node, shapes, -1, rank) is not { } axes)
            return ValueShape.OfRank(input.Rank ?? sizes?.Count, input.Type);
        List<Dim> dims = [.. input.Dims!];
        if (sizes?.Count == axes.Count)
        {
            bool stretches = node.Text("keep_aspect_ratio_policy") is "" or "stretch";
            foreach ((int i, int axis) in axes.Index())
                dims[axis] = stretches ? sizes[i].AsSize : Dim.Unknown;
            return input with { Dims = dims };
        }

        if (Scales(node, shapes, scaleSlot, rank) is not { } scales || scales.Count != axes.Count
            || node.Text("coordinate_transformation_mode") == "tf_crop_and_resize")
        {
            return ValueShape.OfRank(rank, input.Type);
        }

        foreach ((int i, int axis) in axes.Index())
            dims[axis] = Scaled(dims[axis], scales[i]);
        return input with { Dims = dims };
    }

    private static Dim Scaled(Dim dim, double? scale) =>
        scale == 1 ? dim
        : dim.Size is { } size && (float)size * (float?)scale is { } scaled and >= 0 and < int.MaxValue ? Dim.Of((long)scaled)
        : Dim.Unknown;

    private static IReadOnlyList<double?>? Scales(NodeProto node, Shapes shapes, int slot, int rank) =>
        node.Floats("scales") is { Count: > 0 } given ? [.. given.Select(scale => (double?)scale)]
        : node.Find("height_scale") is { } height && rank == 4 ? [1, 1, height.F, node.Float("width_scale", 1)]
        : shapes.Small(node.InputAt(slot)) is { IsReal: true } tensor ? [.. tensor.Entries.Select(entry => entry.Real)]
        : null;

    private static IReadOnlyList<int>? Axes(NodeProto node, Shapes shapes, int slot, int rank)
    {
        if (node.Ints("axes") is null && (slot < 0 || node.InputAt(slot).Length == 0))
            return [.. Enumerable.Range(0, rank)];
        return node.AxesOf(shapes.Graph, slot) is { } axes && ArrangementShapes.Within(axes, rank) is { } places
            && places.Distinct().Count() == places.Count ? places : null;
    }
}
