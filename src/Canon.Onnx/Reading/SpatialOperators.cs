using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Reads pools, sums over space, pads and slices of space.</summary>
internal sealed class SpatialOperators(Scope scope)
{
    /// <summary>The term of a node; null where it is another.</summary>
    public Term? Read(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (!scope.IsUnary(node) || scope.LayoutOf(proto.InputAt(0)) is not { } layout)
            return null;
        try
        {
            return proto.OpType switch
            {
                "MaxPool" or "AveragePool" or "LpPool" => Pool(node) is { } pool ? OfImage(node, layout, pool) : null,
                "GlobalMaxPool" => OfImage(node, layout, SpatialOperation.Reduce(PoolKind.Max)),
                "GlobalAveragePool" => OfImage(node, layout, SpatialOperation.Reduce(PoolKind.Average)),
                "GlobalLpPool" => proto.Int("p", 2) is >= 1 and <= short.MaxValue and var p
                    ? OfImage(node, layout, SpatialOperation.NormPool((int)p))
                    : null,
                "ReduceMean" => Reduce(node, layout, PoolKind.Average),
                "ReduceSum" => Reduce(node, layout, PoolKind.Sum),
                "ReduceMax" => Reduce(node, layout, PoolKind.Max),
                "ReduceMin" => Reduce(node, layout, PoolKind.Min),
                "ReduceL1" => Reduce(node, layout, PoolKind.L1),
                "ReduceL2" => Reduce(node, layout, PoolKind.L2),
                "ReduceSumSquare" => Reduce(node, layout, PoolKind.SumOfSquares),
                "Pad" => Pad(node, layout),
                "Resize" or "Upsample" => Resizing.Of(proto, scope.Graph, scope.Shapes, layout) is { } resize
                    ? Spatial(node, layout, resize)
                    : null,
                _ => null,
            };
        }
        catch (ArgumentException)
        {
            // What the calculus has no operation for stays an operator of its own.
            return null;
        }
    }

    private Term? OfImage(GraphNode node, Layout layout, SpatialOperation operation) =>
        layout.Rank >= 3 ? Spatial(node, Layout.Usual(layout.Rank), operation) : null;

    private Term? Spatial(GraphNode node, Layout layout, SpatialOperation operation, Layout? behind = null)
    {
        Network term = Network.Spatial(operation, node.Label);
        scope.Keep(node.Label, new NodeOrigin(node, term));
        return scope.Unary(node, node.Proto.InputAt(0), layout, term, behind);
    }

    private static SpatialOperation? Pool(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (Windows.Of(proto, proto.Ints("kernel_shape")) is not { } window)
            return null;
        bool ceil = proto.Int("ceil_mode", 0) != 0;
        return proto.OpType switch
        {
            "MaxPool" => SpatialOperation.Pool(PoolKind.Max, window, ceil),
            "AveragePool" => SpatialOperation.Pool(
                proto.Int("count_include_pad", 0) != 0 ? PoolKind.AverageWithPadding : PoolKind.Average, window, ceil),
            _ => ceil || proto.Int("p", 2) is < 1 or > short.MaxValue
                ? null
                : SpatialOperation.NormPool((int)proto.Int("p", 2), window),
        };
    }

    private Term? Reduce(GraphNode node, Layout layout, PoolKind kind)
    {
        NodeProto proto = node.Proto;
        bool given = proto.Find("axes") is not null || proto.InputAt(1).Length > 0;
        if (!given || proto.AxesOf(scope.Graph, 1) is not { Length: > 0 } axes)
            return null;
        List<int> reduced = [.. (ArrangementShapes.Within(axes, layout.Rank) ?? []).Distinct().Order()];
        if (reduced.Count == 0 || reduced.Any(axis => layout.Roles[axis] != 'S'))
            return null;
        bool keep = proto.Int("keepdims", 1) != 0;
        return Spatial(
            node,
            layout,
            SpatialOperation.Reduce(kind, reduced.Select(axis => layout.SpaceIndex(axis)!.Value), keep),
            keep ? layout : layout.Without(reduced));
    }

    private Term? Pad(GraphNode node, Layout layout)
    {
        NodeProto proto = node.Proto;
        int rank = layout.Rank;
        IReadOnlyList<Dim>? given = ResizeShapes.Pads(proto, scope.Shapes);
        if (proto.InputAt(3).Length > 0 || given?.Count != 2 * rank || given.Any(pad => pad.Size is not (>= 0 and <= short.MaxValue)))
            return null;
        int Before(int axis) => (int)given[axis].Size!.Value;
        int After(int axis) => (int)given[axis + rank].Size!.Value;
        if (Enumerable.Range(0, rank).Any(axis => layout.Roles[axis] != 'S' && Before(axis) + After(axis) > 0))
            return null;
        EdgeKind? edge = proto.Text("mode") switch
        {
            "" or "constant" => IsZero(proto) ? EdgeKind.Zeros : null,
            "edge" => EdgeKind.Nearest,
            "reflect" => EdgeKind.Mirrored,
            "wrap" => EdgeKind.Wrapped,
            _ => null,
        };
        return edge is { } known
            ? Spatial(node, layout, SpatialOperation.Pad(layout.Axes('S').Select(Before), layout.Axes('S').Select(After), known))
            : null;
    }

    private bool IsZero(NodeProto proto) =>
        scope.Graph.Opset < 11 ? proto.Float("value", 0) == 0
        : proto.InputAt(2).Length == 0
            || scope.Graph.TryConstant(proto.InputAt(2), out Constant? constant) && constant.Data.ElementCount == 1
                && constant.TryFloats(out double[]? value) && value[0] == 0;
}
