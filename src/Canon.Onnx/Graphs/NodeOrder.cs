namespace Canon.Onnx.Graphs;

/// <summary>Nodes in an order in which each stands behind the nodes whose values it reads.</summary>
internal static class NodeOrder
{
    private enum State
    {
        Open,
        Done,
    }

    /// <summary>
    /// Sorts nodes; nodes that are sorted already keep their order. Without recursion, as chains are long.
    /// </summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="producerOf">The node among them that a value comes from; null when it comes from elsewhere.</param>
    /// <param name="cycle">Told a node that needs its own output. The order is then of no use.</param>
    public static IReadOnlyList<GraphNode> Sort(
        IEnumerable<GraphNode> nodes, Func<string, GraphNode?> producerOf, Action<GraphNode> cycle)
    {
        var sorted = new List<GraphNode>();
        var states = new Dictionary<GraphNode, State>();
        var path = new Stack<(GraphNode Node, IEnumerator<string> Reads)>();
        foreach (GraphNode root in nodes)
        {
            if (states.TryAdd(root, State.Open))
                path.Push((root, root.Reads.GetEnumerator()));
            while (path.Count > 0)
            {
                (GraphNode node, IEnumerator<string> reads) = path.Peek();
                if (!reads.MoveNext())
                {
                    path.Pop();
                    states[node] = State.Done;
                    sorted.Add(node);
                }
                else if (producerOf(reads.Current) is { } producer)
                {
                    if (states.TryAdd(producer, State.Open))
                        path.Push((producer, producer.Reads.GetEnumerator()));
                    else if (states[producer] == State.Open)
                        cycle(producer);
                }
            }
        }

        return sorted;
    }
}
