using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>The output shapes of reductions and recurrent layers.</summary>
internal static class ReductionShapes
{
    /// <summary>The shapes of the outputs; null where the operator is another.</summary>
    public static IReadOnlyList<ValueShape>? OutputsOf(NodeProto node, ValueShape input, Shapes shapes) => node.OpType switch
    {
        "LSTM" or "GRU" or "RNN" => Recurrent(node, input, shapes),
        _ when node.OpType.StartsWith("Reduce", StringComparison.Ordinal) => [Reduce(node, input, shapes)],
        _ => null,
    };

    private static ValueShape Reduce(NodeProto node, ValueShape input, Shapes shapes)
    {
        if (input.Dims is not { } dims)
            return input;
        bool keeps = node.Int("keepdims", 1) != 0;
        long[]? axes = node.AxesOf(shapes.Graph, 1);
        if (axes is null && node.InputAt(1).Length > 0)
            return ValueShape.OfRank(keeps ? dims.Count : null, input.Type);
        if (axes is null or [] && node.Int("noop_with_empty_axes", 0) != 0)
            return input;
        IReadOnlyList<int>? reduced = axes is null or []
            ? [.. Enumerable.Range(0, dims.Count)]
            : ArrangementShapes.Within(axes, dims.Count);
        return reduced is null ? input with { Dims = null }
            : keeps ? input with { Dims = [.. dims.Select((dim, i) => reduced.Contains(i) ? Dim.Of(1) : dim)] }
            : input with { Dims = [.. dims.Where((_, i) => !reduced.Contains(i))] };
    }

    private static IReadOnlyList<ValueShape> Recurrent(NodeProto node, ValueShape input, Shapes shapes)
    {
        ValueShape recurrence = shapes.Of(node.InputAt(2));
        bool batchFirst = node.Int("layout", 0) != 0;
        Dim batch = input.Rank == 3 ? input.DimAt(batchFirst ? 0 : 1) : Dim.Unknown;
        Dim steps = input.Rank == 3 ? input.DimAt(batchFirst ? 1 : 0) : Dim.Unknown;
        Dim directions = Dim.Of(node.Text("direction") == "bidirectional" ? 2 : 1);
        Dim hidden = recurrence is { Rank: 3 } && recurrence.DimAt(2).IsKnown
            ? recurrence.DimAt(2)
            : Dim.Of(node.Int("hidden_size", -1)).AsSize;
        ValueShape all = input with { Dims = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden] };
        ValueShape last = input with { Dims = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden] };
        return [all, last, last];
    }
}
