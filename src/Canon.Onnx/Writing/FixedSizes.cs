using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>The layers whose number of channels the model says elsewhere as well, so that none of their channels may go.</summary>
internal sealed class FixedSizes
{
    private readonly Translation _original;
    private readonly ModelGraph _graph;
    private readonly Dictionary<string, string> _labels = [];
    private readonly Dictionary<string, string> _fixed = [];

    private FixedSizes(Translation original)
    {
        (_original, _graph) = (original, original.Graph);
        foreach ((string label, Origin origin) in original.Origins)
        {
            if (OutputOf(origin) is { } output)
                _labels.TryAdd(output, label);
        }
    }

    /// <summary>Their labels, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Of(Translation original)
    {
        var sizes = new FixedSizes(original);
        HashSet<GraphNode> needed = sizes.Needed();
        foreach (GraphNode node in sizes._graph.Nodes.Where(node => node.Reads.Any(sizes._graph.Flows)))
            sizes.Look(node, needed);
        return sizes._fixed;
    }

    private static string? OutputOf(Origin origin) => origin switch
    {
        LinearOrigin linear => linear.BiasNode.Proto.Output[0],
        NodeOrigin node => node.Node.Proto.Output[node.Output],
        ConstantOrigin constant => constant.Node.Proto.Output[0],
        BatchNormOrigin norm => norm.Node.Proto.Output[0],
        NormOrigin norm => norm.Node.Proto.Output[0],
        ClipOrigin clip => clip.Node.Proto.Output[0],
        _ => null,
    };

    /// <summary>The nodes that an output flows through.</summary>
    private HashSet<GraphNode> Needed()
    {
        var needed = new HashSet<GraphNode>();
        var pending = new Stack<string>(_graph.Proto.Output.Select(output => output.Name).Where(_graph.Flows));
        while (pending.TryPop(out string? value))
        {
            if (_graph.Producer(value) is not { } node || !needed.Add(node))
                continue;
            foreach (string read in node.Reads.Where(_graph.Flows))
                pending.Push(read);
        }

        return needed;
    }

    private void Look(GraphNode node, HashSet<GraphNode> needed)
    {
        NodeProto proto = node.Proto;
        if (!needed.Contains(node))
        {
            // It is written as it is, for the sake of its shape or because it was there.
            if (proto.OpType != "Shape" || !TellsOtherAxes(node))
                Fix(node.Reads.Where(_graph.Flows), $"{node} reads them, which no output needs");
            return;
        }

        foreach (string output in proto.Output.Where(_graph.Flows))
        {
            if (_original.LayoutOf(output) is { ChannelAxis: null })
                Fix(node.Reads.Where(_graph.Flows).Append(output), $"{node} does not have them at one axis");
        }

        bool isFixed = proto.OpType switch
        {
            "Reshape" => !IsFree(node),
            "Resize" => proto.InputAt(3).Length > 0,
            "Squeeze" => proto.AxesOf(_graph, 1) is null,
            _ => false,
        };
        if (isFixed)
            Fix([proto.Output[0]], $"{node} says their number");
    }

    /// <summary>Whether nothing is taken of a shape but sizes of axes that are none of channels.</summary>
    private bool TellsOtherAxes(GraphNode shape)
    {
        if (_original.LayoutOf(shape.Proto.InputAt(0)) is not { ChannelAxis: { } channels } layout)
            return false;
        return _graph.Readers(shape.Proto.Output[0]).All(reader =>
            reader.Proto.OpType == "Gather" && _graph.TryConstant(reader.Proto.InputAt(1), out Constant? indices)
            && indices.TryIntegers(out long[]? axes) && axes.All(axis => layout.Axis(axis) != channels));
    }

    /// <summary>Whether a Reshape leaves the number of channels open.</summary>
    private bool IsFree(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (_original.LayoutOf(proto.InputAt(0))?.ChannelAxis is not { } before || _original.LayoutOf(proto.Output[0])?.ChannelAxis is not { } after)
            return false;
        IReadOnlyList<Dim>? target = _original.Shapes.Integers(proto, "shape", 1);
        return target is not null && after < target.Count
            && (target[after].Size == -1 || target[after].Size == 0 && before == after && proto.Int("allowzero", 0) == 0);
    }

    /// <summary>Fixes the channels of values, behind the terms that make them.</summary>
    private void Fix(IEnumerable<string> values, string reason)
    {
        var pending = new Stack<string>(values);
        var met = new HashSet<string>();
        while (pending.TryPop(out string? value))
        {
            if (!met.Add(value))
                continue;
            if (_labels.TryGetValue(value, out string? label))
            {
                _fixed.TryAdd(label, reason);
                continue;
            }

            // A view, a scale, or a part of a term.
            foreach (string read in _graph.Producer(value)?.Reads.Where(_graph.Flows) ?? [])
                pending.Push(read);
        }
    }
}
