using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>What the graphs inside a node (the branches of an If, the body of a Loop) read from outside.</summary>
internal static class Subgraphs
{
    /// <summary>The names that a node's inner graphs read and do not define themselves, in order, once each.</summary>
    public static IReadOnlyList<string> Captured(NodeProto node)
    {
        var captured = new List<string>();
        foreach (GraphProto graph in Graphs(node))
            captured.AddRange(Free(graph));
        return captured.Count == 0 ? [] : [.. captured.Distinct()];
    }

    /// <summary>All names that a node's inner graphs define, and those within them.</summary>
    public static IEnumerable<string> Names(NodeProto node) =>
        Graphs(node).SelectMany(graph => Defined(graph).Concat(graph.Node.SelectMany(Names)));

    /// <summary>Gives what a node's inner graphs read from outside other names.</summary>
    public static void Rename(NodeProto node, IReadOnlyDictionary<string, string> names)
    {
        foreach (GraphProto graph in Graphs(node))
        {
            HashSet<string> own = Defined(graph);
            foreach (ValueInfoProto output in graph.Output)
            {
                if (!own.Contains(output.Name) && names.TryGetValue(output.Name, out string? name))
                    output.Name = name;
            }

            foreach (NodeProto inner in graph.Node)
            {
                for (int i = 0; i < inner.Input.Count; i++)
                {
                    if (!own.Contains(inner.Input[i]) && names.TryGetValue(inner.Input[i], out string? name))
                        inner.Input[i] = name;
                }

                Rename(inner, names.Where(pair => !own.Contains(pair.Key)).ToDictionary());
            }
        }
    }

    private static IEnumerable<GraphProto> Graphs(NodeProto node) =>
        node.Attribute.SelectMany(attribute => attribute.G is { } one ? attribute.Graphs.Prepend(one) : attribute.Graphs);

    private static IEnumerable<string> Free(GraphProto graph)
    {
        HashSet<string> own = Defined(graph);
        return graph.Node
            .SelectMany(node => node.Input.Concat(Captured(node)))
            .Concat(graph.Output.Select(output => output.Name))
            .Where(name => name.Length > 0 && !own.Contains(name));
    }

    private static HashSet<string> Defined(GraphProto graph) =>
    [
        .. graph.Input.Select(input => input.Name),
        .. graph.Initializer.Select(tensor => tensor.Name),
        .. graph.SparseInitializer.Select(tensor => tensor.Values?.Name ?? ""),
        .. graph.Node.SelectMany(node => node.Output),
    ];
}
