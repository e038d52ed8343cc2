using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>Nodes in the order of their places, except where one needs another's value first.</summary>
internal static class WrittenOrder
{
    /// <summary>Sorts nodes that have no cycle; among equal places the order given is kept.</summary>
    public static IReadOnlyList<NodeProto> Sort(IReadOnlyList<(NodeProto Node, int Place)> nodes)
    {
        var producers = new Dictionary<string, int>();
        foreach ((int index, (NodeProto node, _)) in nodes.Index())
        {
            foreach (string output in node.Output.Where(output => output.Length > 0))
                producers[output] = index;
        }

        var waiting = new int[nodes.Count];
        var readers = new List<int>[nodes.Count];
        var ready = new PriorityQueue<int, (int Place, int Index)>();
        foreach ((int index, (NodeProto node, int place)) in nodes.Index())
        {
            foreach (string read in node.Input.Concat(Subgraphs.Captured(node)))
            {
                if (producers.TryGetValue(read, out int producer) && producer != index)
                {
                    waiting[index]++;
                    (readers[producer] ??= []).Add(index);
                }
            }

            if (waiting[index] == 0)
                ready.Enqueue(index, (place, index));
        }

        var sorted = new List<NodeProto>(nodes.Count);
        while (ready.TryDequeue(out int next, out _))
        {
            sorted.Add(nodes[next].Node);
            foreach (int reader in readers[next] ?? [])
            {
                if (--waiting[reader] == 0)
                    ready.Enqueue(reader, (nodes[reader].Place, reader));
            }
        }

        return sorted;
    }
}
