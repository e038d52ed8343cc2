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
