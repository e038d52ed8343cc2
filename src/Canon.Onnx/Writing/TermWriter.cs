using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>Walks a rewritten term and writes the nodes that its labels name, each reading what now flows into it.</summary>
internal sealed class TermWriter(Translation original, NodeEmitter emitter, NewTensors tensors)
{
    private readonly ModelGraph _graph = original.Graph;
    private readonly ScaleWriter _scales = new(original, emitter, tensors);
    private readonly Dictionary<string, NodeProto> _opaque = [];

    /// <summary>Writes a term.</summary>
    /// <param name="network">The term.</param>
    /// <param name="flowing">What flows in; null where nothing does.</param>
    /// <param name="wires">The named values.</param>
    /// <returns>Its outputs.</returns>
    /// <exception cref="ArgumentException">The network was not made from this model.</exception>
    public IReadOnlyList<Value> Write(Network network, Value? flowing, ImmutableDictionary<string, Value> wires)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        List<Value> Branches(IReadOnlyList<Network> branches) => [.. branches.Select(branch => One(branch, flowing, wires))];
        Value Input() => flowing ?? throw Foreign($"'{network}' reads what flows in, but all inputs of the model have names");

        return network.Match<IReadOnlyList<Value>>(
            layer => [Linear(network.Label, layer, Input())],
            layer => [Linear(network.Label, layer, Input())],
            gain => [_scales.Scale(gain, Input())],
            _ => [Node(network, [Input()])],
            clip => OriginOf(network.Label, NetworkKind.Clip) is var origin && origin.Thresholds == clip.Thresholds
                ? [Node(network, [Input()])]
                : [_scales.Clip(origin.Node, clip, Input())],
            _ => [Node(network, [Input()])],
            _ => [Node(network, [Input()])],
            _ => [Node(network, [Input()])],
            parts => Compose(parts, flowing, wires),
            branches => [Node(network, Branches(branches))],
            branches => [Node(network, Branches(branches))],
            branches => [Node(network, Branches(branches))],
            _ => [Input()],
            wire => [wires.GetValueOrDefault(wire) ?? throw Foreign($"it reads the wire '{wire}', which nothing names")],
            outputs => [.. outputs.SelectMany(output => Write(output, flowing, wires))],
            opaque => [Opaque(network.Label, opaque, Branches(opaque.Inputs))]);
    }

    private Value One(Network network, Value? flowing, ImmutableDictionary<string, Value> wires) =>
        Write(network, flowing, wires) is [var value] ? value : throw Foreign("several outputs stand where one is read");

    private IReadOnlyList<Value> Compose(
        IReadOnlyList<Network> parts, Value? flowing, ImmutableDictionary<string, Value> wires)
    {
        IReadOnlyList<Value> values = flowing is null ? [] : [flowing];
        foreach ((int index, Network part) in parts.Index())
        {
            values = Write(part, flowing, wires);
            if (part.Kind == NetworkKind.As && part.TryWire(out string? wire))
                wires = wires.SetItem(wire, values[0]);
            if (index < parts.Count - 1 && values.Count != 1)
                throw Foreign("several outputs stand where one is read");
            flowing = values[0];
        }

        return values;
    }

    private Value Linear(string label, LinearLayer layer, Value input)
    {
        Origin origin = OriginOf(label, NetworkKind.Linear);
        LinearOrigin old = origin.Linear!;
        if (layer.Weight != old.Weight.Parameter || layer.Bias != old.Bias?.Parameter)
            throw Foreign($"the parameters of the layer '{label}' are not its own");

        bool changed = !layer.IsPlain;
        bool fused = old.BiasNode != origin.Node;
        List<int> replaced = changed ? [1] : [];
        // A bias that beta = 0 switches off goes; before opset 11 a Gemm could not be without one.
        bool dropped = changed && old.Bias is null && origin.Node.Proto.Input.Count > old.BiasSlot && _graph.Opset >= 11;
        if (dropped || changed && !fused && old.Bias is not null)
            replaced.Add(old.BiasSlot);
        NodeProto node = emitter.Emit(origin.Node, [input], replaced);
        if (dropped)
            node.Input.RemoveAt(old.BiasSlot);
        Value output = Output(node, 0, origin.Node);
        NodeProto biasNode = node;
        if (fused)
        {
            biasNode = emitter.Emit(old.BiasNode, [output], changed ? [old.BiasSlot] : []);
            output = Output(biasNode, 0, old.BiasNode);
        }

        if (changed)
        {
            tensors.UseWeight(node, old.Weight, layer);
            if (old.Bias is not null)
                tensors.UseBias(biasNode, old.BiasSlot, old.Bias, layer);
            // The numbers hold the factors; a beta that they do not hold stays.
            foreach (AttributeProto factor in node.Attribute)
            {
                if (factor.Name == "alpha" || factor.Name == "beta" && old.Bias is not null)
                    factor.F = 1;
            }
        }

        return output;
    }

    private Value Node(Network network, IReadOnlyList<Value> inputs)
    {
        Origin origin = OriginOf(network.Label, network.Kind);
        if (_graph.FlowReads(origin.Node).Count != inputs.Count)
            throw Foreign($"'{network.Label}' has {inputs.Count} branches instead of {_graph.FlowReads(origin.Node).Count}");
        return Output(emitter.Emit(origin.Node, inputs), 0, origin.Node);
    }

    private Value Opaque(string label, OpaqueLayer opaque, IReadOnlyList<Value> inputs)
    {
        if (opaque.Inputs.Count == 0)
        {
            string? constant = _graph.Proto.Output.Select(output => output.Name)
                .FirstOrDefault(output => Translation.ConstantLabel(output) == label);
            emitter.Require(constant ?? throw Unknown(label));
            return new Value(constant, constant);
        }

        // Several outputs of one node are terms of their own.
        Origin origin = OriginOf(label, NetworkKind.Opaque);
        if (_graph.FlowReads(origin.Node).Count != inputs.Count || opaque.Output >= origin.Node.Proto.Output.Count)
            throw Foreign($"'{label}' has other inputs or outputs");
        string key = string.Join('\0', inputs.Select(input => input.Name).Prepend(label));
        if (!_opaque.TryGetValue(key, out NodeProto? node))
            _opaque.Add(key, node = emitter.Emit(origin.Node, inputs));
        return Output(node, opaque.Output, origin.Node);
    }

    private Origin OriginOf(string label, NetworkKind kind)
    {
        if (!original.Origins.TryGetValue(label, out Origin? origin))
            throw Unknown(label);
        return origin.Kind == kind ? origin : throw Foreign($"'{label}' is {origin.Node}, not a {kind}");
    }

    private static Value Output(NodeProto node, int index, GraphNode from) => new(node.Output[index], from.Proto.Output[index]);

    private static ArgumentException Unknown(string label) => Foreign(
        label.Length == 0 ? "it has a layer without a label" : $"the model has no layer '{label}'");

    private static ArgumentException Foreign(string reason) =>
        new($"The network was not made from this model: {reason}. Write it with the model whose network was rewritten.", "network");
}
