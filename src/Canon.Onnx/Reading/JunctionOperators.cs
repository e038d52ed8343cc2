using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Reads sums, products and concats of values, constant ones among them.</summary>
internal sealed class JunctionOperators(Scope scope)
{
    /// <summary>The term of a node; null where it is another.</summary>
    public Term? Read(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (!scope.HasOneOutput(node) || proto.Input.Count < 2 || proto.Int("broadcast", 0) != 0)
            return null;
        return proto.OpType switch
        {
            "Add" or "Sum" => Joined(node, branches => Network.Sum(node.Label, branches)),
            "Mul" => Joined(node, branches => Network.Product(node.Label, branches)),
            "Sub" when proto.Input.Count == 2 => Joined(node, Difference(node)),
            "Concat" => Concat(node),
            _ => null,
        };
    }

    private Func<IReadOnlyList<Network>, Network> Difference(GraphNode node)
    {
        string minus = scope.Fresh($"{node.Label} minus");
        scope.Keep(minus, new NegationOrigin());
        return branches => Network.Sum(
            node.Label, [branches[0], Network.Compose(branches[1], Network.Activate(ActivationKind.Negate, minus))]);
    }

    /// <summary>Entry by entry: all of the same channels, and of the same positions or of one, which counts for all.</summary>
    private Term? Joined(GraphNode node, Func<IReadOnlyList<Network>, Network> make)
    {
        List<string> flowing = [.. node.Proto.Input.Where(scope.Graph.Flows)];
        if (flowing.Count == 0 || scope.LayoutOf(flowing[0]) is not { } layout
            || flowing.Any(value => scope.Shapes.Of(value).Rank != layout.Rank)
            || scope.Channels(flowing[0]) is not { } channels
            || !flowing.All(value => layout.Channels(scope.Shapes.Of(value)) == channels)
            || !layout.Axes('S').All(axis => flowing.Select(value => scope.Shapes.Of(value).Dims![axis]).Where(dim => !dim.IsOne).Distinct().Count() <= 1))
        {
            return null;
        }

        return Junction(node, layout, channels, make);
    }

    private Term? Concat(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string? flowing = proto.Input.FirstOrDefault(scope.Graph.Flows);
        if (flowing is null || scope.LayoutOf(flowing) is not { } layout)
            return null;
        int axis = layout.Axis(proto.Int("axis", scope.Graph.Opset < 4 ? 1 : int.MaxValue));
        if (layout.ChannelAxis != axis || proto.Input.Any(value => layout.Channels(scope.Shapes.Of(value)) is null))
            return null;
        return Junction(node, layout, null, branches => Network.Concat(node.Label, branches));
    }

    private Term? Junction(GraphNode node, Layout layout, int? channels, Func<IReadOnlyList<Network>, Network> make)
    {
        var branches = new List<Network>();
        foreach (string value in node.Proto.Input)
        {
            if ((scope.Graph.Flows(value) ? scope.Adaptor(value, layout) : scope.ConstantBranch(value, layout, channels)) is not { } branch)
                return null;
            branches.Add(branch);
        }

        Network all = make(branches);
        scope.Keep(node.Label, new NodeOrigin(node, all));
        return new Term(node.Proto.Output[0], scope.Graph.FlowReads(node), layout, values =>
        {
            int next = 0;
            return make([.. node.Proto.Input.Select((value, i) =>
                scope.Graph.Flows(value) ? Network.Compose(values[next++], branches[i]) : branches[i])]);
        });
    }
}
