using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>A node of the graph, compared by identity: two nodes of a file may well be equal as messages.</summary>
internal sealed class GraphNode(NodeProto proto, string label)
{
    /// <summary>The message in the file; never changed.</summary>
    public NodeProto Proto { get; } = proto;

    /// <summary>The name that it has alone in its model.</summary>
    public string Label { get; } = label;

    /// <summary>What its inner graphs read from outside.</summary>
    public IReadOnlyList<string> Captured { get; } = Subgraphs.Captured(proto);

    /// <summary>Everything it reads: its inputs, then what its inner graphs read.</summary>
    public IEnumerable<string> Reads => Proto.Input.Where(name => name.Length > 0).Concat(Captured);

    /// <summary>
    /// Whether a node of another graph does the same with what flows into both: the same operator with the same attributes and
    /// constants. A node whose inner graphs read names from outside is like no other.
    /// </summary>
    public bool IsSame(ModelGraph graph, GraphNode other, ModelGraph otherGraph) =>
        Proto.OpType == other.Proto.OpType
        && Proto.Domain == other.Proto.Domain
        && Captured.Count + other.Captured.Count == 0
        && Proto.Attribute.OrderBy(attribute => attribute.Name, StringComparer.Ordinal)
            .SequenceEqual(other.Proto.Attribute.OrderBy(attribute => attribute.Name, StringComparer.Ordinal))
        && Proto.Input.Count == other.Proto.Input.Count
        && Proto.Input.Zip(other.Proto.Input).All(pair => IsSameInput(graph, pair.First, otherGraph, pair.Second));

    private static bool IsSameInput(ModelGraph graph, string input, ModelGraph otherGraph, string other)
    {
        if (input.Length == 0 || other.Length == 0)
            return input == other;
        if (graph.Flows(input) || otherGraph.Flows(other))
            return graph.Flows(input) && otherGraph.Flows(other);
        if (!graph.TryConstant(input, out Constant? first) || !otherGraph.TryConstant(other, out Constant? second))
            return false;
        return first.Dims.SequenceEqual(second.Dims)
            && (first.TryFloats(out double[]? floats) && second.TryFloats(out double[]? otherFloats) && floats.AsSpan().SequenceEqual(otherFloats)
                || first.TryIntegers(out long[]? integers) && second.TryIntegers(out long[]? otherIntegers) && integers.AsSpan().SequenceEqual(otherIntegers));
    }

    /// <summary>Operator and name, for messages.</summary>
    public override string ToString() => $"{Proto.OpType} node '{Label}'";

    /// <summary>The nodes of a graph. A node is called by its name, or by its first output where that is not its own.</summary>
    public static IReadOnlyList<GraphNode> All(GraphProto graph)
    {
        Dictionary<string, int> named = graph.Node.CountBy(node => node.Name).ToDictionary();
        var taken = new HashSet<string>();
        var nodes = new List<GraphNode>(graph.Node.Count);
        foreach (NodeProto node in graph.Node)
        {
            bool own = node.Name.Length > 0 && named[node.Name] == 1;
            string label = own ? node.Name : node.Output.FirstOrDefault(name => name.Length > 0) ?? node.OpType;
            while (!taken.Add(label))
                label += "'";
            nodes.Add(new GraphNode(node, label));
        }

        return nodes;
    }
}
