using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>Gives the values that leave a rewritten graph the names of its outputs.</summary>
internal static class OutputNames
{
    /// <summary>Renames values; where one name must stay beside another, an Identity gives the second.</summary>
    /// <param name="outputs">The names that the graph's outputs have.</param>
    /// <param name="values">The values that they now are.</param>
    /// <param name="emitter">The nodes.</param>
    /// <returns>The new names of values that were renamed.</returns>
    public static IReadOnlyDictionary<string, string> Settle(IReadOnlyList<string> outputs, IReadOnlyList<Value> values, NodeEmitter emitter)
    {
        var renamed = new Dictionary<string, string>();
        foreach ((string output, Value value) in outputs.Zip(values))
        {
            // Another value bears the name now, such as the one that is scaled to become the output.
            if (value.Name != output && emitter.Produces(output))
                renamed.TryAdd(output, emitter.Names.Fresh($"{output}_inner"));
        }

        var identities = new List<(string From, string To)>();
        foreach ((string output, Value value) in outputs.Zip(values).Where(pair => pair.First != pair.Second.Name).Distinct())
        {
            if (!emitter.Produces(value.Name) || outputs.Contains(value.Name) || !renamed.TryAdd(value.Name, output))
                identities.Add((value.Name, output));
        }

        foreach (NodeProto node in emitter.Nodes)
        {
            Rename(node.Input, renamed);
            Rename(node.Output, renamed);
            Subgraphs.Rename(node, renamed);
        }

        foreach ((string from, string to) in identities)
            emitter.Add(new NodeProto { OpType = "Identity", Input = { renamed.GetValueOrDefault(from, from) }, Output = { to } });
        return renamed;
    }

    private static void Rename(IList<string> names, Dictionary<string, string> renamed)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (renamed.TryGetValue(names[i], out string? name))
                names[i] = name;
        }
    }
}
