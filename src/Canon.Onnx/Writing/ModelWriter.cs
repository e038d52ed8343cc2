using Canon.Onnx.Files;
using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>A model with the graph of a rewritten network, and everything else as it was.</summary>
internal static class ModelWriter
{
    /// <summary>Makes the model. Nothing is written yet, and no weight is copied.</summary>
    /// <param name="original">The model that the network was made from.</param>
    /// <param name="network">The rewritten network.</param>
    /// <param name="numbers">Its numbers.</param>
    /// <returns>The model, and the tensors whose numbers are computed while they are written.</returns>
    /// <exception cref="ArgumentException">The network was not made from this model.</exception>
    /// <exception cref="NetworkException">A number is missing, not finite, or too large for its type.</exception>
    public static (ModelProto Model, IReadOnlyList<TensorReplacement> Streamed) Make(
        Translation original, Network network, NetworkNumbers numbers)
    {
        ModelGraph graph = original.Graph;
        (NodeEmitter emitter, NewTensors tensors, IReadOnlyList<Value> values) = Nodes(original, network, numbers);
        List<string> outputs = [.. graph.Proto.Output.Select(output => output.Name)];
        emitter.KeepUnneeded(OutputNames.Settle(outputs, values, emitter));

        ModelProto model = graph.File.Model.Clone();
        model.Graph.Node.Clear();
        HashSet<string> read = Read(emitter.Nodes, outputs);
        IReadOnlyList<TensorReplacement> streamed = tensors.AddTo(model, read.Contains, emitter);
        model.Graph.Node.AddRange(emitter.Sorted());
        DropUnneeded(model.Graph, graph, Read(emitter.Nodes, outputs));
        // What flows is narrower than was declared.
        if (Narrows(network))
            model.Graph.ValueInfo.Clear();
        return (model, streamed);
    }

    /// <summary>The nodes that a network needs and the model does not have, and the layers whose scales they are for.</summary>
    public static IReadOnlyList<(NodeProto Node, IReadOnlyList<string> Layers)> Added(
        Translation original, Network network, NetworkNumbers numbers) => Nodes(original, network, numbers).Emitter.Added;

    private static (NodeEmitter Emitter, NewTensors Tensors, IReadOnlyList<Value> Values) Nodes(
        Translation original, Network network, NetworkNumbers numbers)
    {
        var emitter = new NodeEmitter(original.Graph);
        var tensors = new NewTensors(numbers);
        IReadOnlyList<Value> values = new TermWriter(original, emitter, tensors).Write(
            network, [.. original.Graph.Proto.Output.Select(output => output.Name)]);
        return (emitter, tensors, values);
    }

    private static bool Narrows(Network network) =>
        network.Terms.Any(term => term.TryLinear(out LinearLayer? layer) && layer.Weight.IsSelection);

    private static HashSet<string> Read(IEnumerable<NodeProto> nodes, IEnumerable<string> outputs) =>
        [.. nodes.SelectMany(node => node.Input.Concat(Subgraphs.Captured(node))), .. outputs];

    /// <summary>Drops what the original read and nothing reads any more; what was never read stays.</summary>
    private static void DropUnneeded(GraphProto written, ModelGraph original, HashSet<string> read)
    {
        HashSet<string> readBefore =
            Read(original.Nodes.Select(node => node.Proto), original.Proto.Output.Select(output => output.Name));
        HashSet<string> dropped =
        [
            .. written.Initializer.Select(tensor => tensor.Name)
                .Concat(written.SparseInitializer.Select(tensor => tensor.Values?.Name ?? ""))
                .Where(name => readBefore.Contains(name) && !read.Contains(name)),
        ];
        Keep(written.Initializer, tensor => !dropped.Contains(tensor.Name));
        Keep(written.SparseInitializer, tensor => !dropped.Contains(tensor.Values?.Name ?? ""));
        Keep(written.Input, input => !dropped.Contains(input.Name));

        HashSet<string> produced = [.. written.Node.SelectMany(node => node.Output)];
        Keep(written.ValueInfo, info =>
            !dropped.Contains(info.Name) && (original.Producer(info.Name) is null || produced.Contains(info.Name)));
    }

    private static void Keep<T>(Google.Protobuf.Collections.RepeatedField<T> entries, Func<T, bool> wanted)
    {
        List<T> kept = [.. entries.Where(wanted)];
        if (kept.Count == entries.Count)
            return;
        entries.Clear();
        entries.AddRange(kept);
    }
}
