using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Reads what puts numbers into another order, and what takes some of the channels or positions.</summary>
internal sealed class RearrangingOperators(Scope scope)
{
    /// <summary>The terms of a node; null where it is another.</summary>
    public IReadOnlyList<Term>? Read(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (node.Captured.Count > 0 || scope.Graph.FlowReads(node) is not [var input] || input != proto.InputAt(0)
            || scope.LayoutOf(input) is not { } layout)
        {
            return null;
        }

        try
        {
            return proto.OpType switch
            {
                "Identity" or "Dropout" when (proto.OpType == "Identity" || proto.IsInferenceDropout(scope.Graph)) && scope.HasOneOutput(node) =>
                    [new Term(proto.Output[0], [input], layout, null)],
                "Concat" or "Sum" or "Max" or "Min" when proto.Input.Count == 1 => [new Term(proto.Output[0], [input], layout, null)],
                "Transpose" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "DepthToSpace" or "SpaceToDepth" =>
                    Reordered(node, input, layout) is { } term ? [term] : null,
                "Split" => Split(node, input, layout),
                "Slice" => Slice(node, input, layout) is { } term ? [term] : null,
                _ => null,
            };
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private Term? Reordered(GraphNode node, string input, Layout layout)
    {
        string output = node.Proto.Output[0];
        Layout? image = node.Proto.OpType is "DepthToSpace" or "SpaceToDepth" ? Layout.Usual(4) : null;
        layout = image ?? layout;
        if (Reshaping.Atoms(node.Proto, scope.Shapes) is not { } atoms
            || Reordering.Of(atoms, layout, scope.Demands.Of(output), image) is not { } reordering)
        {
            return null;
        }

        if (reordering.Term is null && scope.LayoutOf(input) == layout)
            return new Term(output, [input], reordering.Layout, null);
        if (reordering.Term is null)
            return null;
        Network term = Network.Rearrange(reordering.Term, node.Label);
        scope.Keep(node.Label, new NodeOrigin(node, term));
        return scope.Unary(node, input, layout, term, reordering.Layout);
    }

    private List<Term>? Split(GraphNode node, string input, Layout layout)
    {
        NodeProto proto = node.Proto;
        int axis = layout.Axis(proto.Int("axis", 0));
        if (axis < 0)
            return null;
        var terms = new List<Term>();
        int first = 0;
        foreach ((int index, string output) in proto.Output.Index())
        {
            // Unused parts have a size as well.
            if (scope.Shapes.Of(output).CountOf(axis) is not (> 0 and var count))
                return null;
            if (output.Length > 0 && scope.Graph.IsUsed(output))
            {
                string label = index == 0 ? node.Label : scope.Fresh($"{node.Label}:{index}");
                if (Part(node, input, layout, axis, new Run(first, count, 1), label, index) is not { } term)
                    return null;
                terms.Add(term);
            }

            first += count;
        }

        return terms;
    }

    private Term? Slice(GraphNode node, string input, Layout layout)
    {
        if (Slices.Of(node.Proto, layout.Rank, scope.Shapes) is not { } slices)
            return null;
        var cuts = new List<(int Axis, Run Run)>();
        foreach (Slices.Slice slice in slices)
        {
            if (slice is { Start.Size: 0, End.Size: >= int.MaxValue, Step.IsOne: true })
                continue;
            if (scope.Shapes.Of(input).CountOf(slice.Axis) is not { } size || Run.Of(slice, size) is not { } run)
                return null;
            if (run != new Run(0, size, 1))
                cuts.Add((slice.Axis, run));
        }

        return cuts switch
        {
            [] => new Term(node.Proto.Output[0], [input], layout, null),
            [var (axis, run)] => Part(node, input, layout, axis, run, node.Label, 0),
            _ => Crop(node, input, layout, cuts),
        };
    }

    /// <summary>Some channels where the axis is that of the channels, some positions where it is one of space.</summary>
    private Term? Part(GraphNode node, string input, Layout layout, int axis, Run run, string label, int output)
    {
        if (layout.ChannelAxis != axis)
            return Crop(node, input, layout, [(axis, run)], label, output);
        Network term = Network.Rearrange(Rearrangement.Channels(run.First, run.Count, run.Step), label);
        scope.Keep(label, new NodeOrigin(node, term, output));
        return scope.Unary(node, input, layout, term, output: output);
    }

    private Term? Crop(
        GraphNode node, string input, Layout layout, IReadOnlyList<(int Axis, Run Run)> cuts, string? label = null, int output = 0)
    {
        label ??= node.Label;
        if (cuts.Any(cut => layout.Roles[cut.Axis] != 'S'))
            return null;
        var runs = new List<(int, int, int)>();
        foreach (int axis in layout.Axes('S'))
        {
            if (scope.Shapes.Of(input).CountOf(axis) is not { } size)
                return null;
            Run run = cuts.Where(cut => cut.Axis == axis).Select(cut => cut.Run).FirstOrDefault(new Run(0, size, 1));
            runs.Add((run.First, run.Count, run.Step));
        }

        Network term = Network.Spatial(SpatialOperation.Crop(runs), label);
        scope.Keep(label, new NodeOrigin(node, term, output));
        return scope.Unary(node, input, layout, term, output: output);
    }

    /// <summary>Every so many of some entries.</summary>
    private readonly record struct Run(int First, int Count, int Step)
    {
        /// <summary>What a slice takes of an axis; null where it takes nothing.</summary>
        public static Run? Of(Slices.Slice slice, int size) =>
            slice.Step.Size is >= -int.MaxValue and <= int.MaxValue and var step
            && Slices.Selected(size, slice) is (var first, > 0 and var count)
                ? new Run((int)first, (int)count, (int)step)
                : null;
    }
}
