using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>Walks a rewritten term and writes the nodes that its labels name, each reading what now flows into it.</summary>
internal sealed class TermWriter
{
    private readonly Translation _original;
    private readonly ModelGraph _graph;
    private readonly NodeEmitter _emitter;
    private readonly NewTensors _tensors;
    private readonly Forms _forms;
    private readonly ScaleWriter _scales;
    private readonly LinearWriter _layers;
    private readonly DiagonalWriter _diagonals;
    private readonly Dictionary<string, NodeProto> _shared = [];

    /// <summary>Writes into an empty graph.</summary>
    public TermWriter(Translation original, NodeEmitter emitter, NewTensors tensors)
    {
        (_original, _graph, _emitter, _tensors) = (original, original.Graph, emitter, tensors);
        _forms = new Forms(original, emitter);
        _scales = new ScaleWriter(original, emitter, tensors);
        _layers = new LinearWriter(original, emitter, tensors, _scales);
        _diagonals = new DiagonalWriter(original, emitter, tensors, _scales);
    }

    /// <summary>Writes a whole term.</summary>
    /// <param name="network">The term.</param>
    /// <param name="outputs">The values that its outputs are in the original.</param>
    /// <returns>Its outputs, in the form that they have there.</returns>
    /// <exception cref="ArgumentException">The network was not made from this model.</exception>
    public IReadOnlyList<Value> Write(Network network, IReadOnlyList<string> outputs)
    {
        ImmutableDictionary<string, Value> inputs = _graph.Inputs.ToImmutableDictionary(
            input => input.Name, input => _forms.Named(new Value(input.Name, input.Name, _original.LayoutOf(input.Name))));
        Value? flowing = _graph.Inputs.Count == 1 ? inputs[_graph.Inputs[0].Name] : null;
        IReadOnlyList<Value> values = Write(network, flowing, flowing is null ? inputs : ImmutableDictionary<string, Value>.Empty);
        if (values.Count != outputs.Count)
            throw new ArgumentException(
                $"The network has {values.Count} outputs and the model {outputs.Count}: it was not made from this model.",
                nameof(network));
        values = [.. values.Zip(outputs, (value, output) => _forms.As(output, value))];
        _diagonals.SettleNorms();
        _forms.SettleShapes();
        return values;
    }

    private IReadOnlyList<Value> Write(Network network, Value? flowing, ImmutableDictionary<string, Value> wires)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        IReadOnlyList<Value> Branches(IReadOnlyList<Network> branches) => [.. branches.Select(branch => One(branch, flowing, wires))];
        Value Input() => flowing ?? throw Foreign($"'{network}' reads what flows in, but all inputs of the model have names");
        return network.Match<IReadOnlyList<Value>>(
            layer => [Linear(network, layer, Input())],
            layer => [Linear(network, layer, Input())],
            gain => [_scales.Scale(gain, Input())],
            activation => [Activation(network, activation.SlopeParameter, Input())],
            clip => [Clip(network.Label, clip, Input())],
            _ => [Node(network, [Input()])],
            rearrangement => [Rearranged(network, rearrangement, Input())],
            norm => [Norm(network.Label, norm, Input())],
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

    private Value Linear(Network network, LinearLayer layer, Value input)
    {
        string label = network.Label;
        Value Read(GraphNode node) => _forms.As(_graph.FlowReads(node)[0], input);
        switch (OriginOf(label))
        {
            case LinearOrigin old when layer.Weight.Leaves.Contains(old.Weight.Parameter):
                return _forms.Named(_layers.Write(old, layer, Read(old.Node)));
            case ConstantOrigin old when layer.Weight.Groups is null:
                return _forms.Named(_diagonals.Write(old, layer, Read(old.Node)));
            case BatchNormOrigin old when layer.Weight.Groups is null:
                return _forms.Named(_diagonals.Write(old, layer, Read(old.Node)));
            case AffineOrigin old when layer.Weight.Groups is null:
                return _forms.Named(_diagonals.Write(old, layer, _forms.Plain(input)));
            default:
                throw Foreign($"the parameters of the layer '{label}' are not its own");
        }
    }

    private Value Activation(Network network, Parameter? slopes, Value input) =>
        OriginOf(network.Label) switch
        {
            NegationOrigin => input with { IsNegated = !input.IsNegated },
            NodeOrigin { Term: { } term } old when slopes is { IsSelection: true } && slopes.Leaves.All(term.Parameters.Contains) =>
                PRelu(old.Node, slopes, input),
            _ => Node(network, [input]),
        };

    /// <summary>A PRelu with some of its slopes.</summary>
    private Value PRelu(GraphNode from, Parameter slopes, Value input)
    {
        if (!_graph.TryConstant(from.Proto.InputAt(1), out Constant? old))
            throw Foreign($"{from} has no constants");
        long count = old.Data.ElementCount;
        NodeProto node = _emitter.Emit(
            from, new Dictionary<int, string> { [0] = _forms.As(from.Proto.InputAt(0), input).Name, [1] = "" });
        _tensors.Replace(
            node, 1, slopes, old, [.. old.Dims.Select(dim => dim == count ? slopes.Rows!.Value : dim)], () => _tensors.Numbers.Vector(slopes));
        return Output(node, 0, from);
    }

    private Value Clip(string label, ClipLayer clip, Value input)
    {
        if (OriginOf(label) is not ClipOrigin old || old.Clip.Lower != clip.Lower || old.Clip.Upper != clip.Upper)
            throw Foreign($"'{label}' is another operator");
        Value read = _forms.As(old.Node.Proto.InputAt(0), input);
        if (old.Clip.Thresholds != clip.Thresholds)
            return _forms.Named(_scales.Clip(old.Node, clip, read));
        NodeProto node = _emitter.Emit(old.Node, new Dictionary<int, string> { [0] = read.Name });
        return Output(node, 0, old.Node);
    }

    private Value Norm(string label, NormalizationLayer norm, Value input) => OriginOf(label) switch
    {
        NormOrigin old when old.Norm.Kind == norm.Kind && old.Norm.Groups == norm.Groups =>
            _forms.Named(_diagonals.Write(old, norm, _forms.As(old.Node.Proto.InputAt(0), input))),
        DecomposedNormOrigin old when old.Norm.Kind == norm.Kind => Norm(old, norm, _forms.As(old.Nodes[0].Proto.InputAt(0), input)),
        _ => throw Foreign($"'{label}' is another operator"),
    };

    private Value Norm(DecomposedNormOrigin old, NormalizationLayer norm, Value input)
    {
        double? epsilon = _diagonals.Epsilon(norm);
        Value value = input;
        var names = new Dictionary<string, string> { [old.Nodes[0].Proto.InputAt(0)] = input.Name };
        foreach (GraphNode node in old.Nodes)
        {
            Dictionary<int, string> inputs = node.Proto.Input.Index()
                .Where(read => names.ContainsKey(read.Item)).ToDictionary(read => read.Index, read => names[read.Item]);
            bool changes = node == old.Plus && epsilon is not null;
            if (changes)
                inputs.Add(old.EpsilonSlot, "");
            NodeProto written = _emitter.Emit(node, inputs);
            if (changes)
                _diagonals.UseEpsilon(written, old, epsilon!.Value);
            value = Output(written, 0, node);
            names[node.Proto.Output[0]] = value.Name;
        }

        return value;
    }

    private Value Rearranged(Network network, Rearrangement rearrangement, Value input) =>
        OriginOf(network.Label) is LayoutOrigin layout
            ? layout.Term == rearrangement ? input with { Layout = layout.Layout } : throw Foreign($"'{network.Label}' is another operator")
            : Node(network, [input]);

    private Value Node(Network network, IReadOnlyList<Value> inputs)
    {
        string label = network.Label;
        if (OriginOf(label) is not NodeOrigin { Term: { } term } origin || term.Kind != network.Kind
            || (term.Children.Count == 0 ? term != network : term.Children.Count != inputs.Count))
        {
            throw Foreign($"'{label}' is another operator");
        }

        NodeProto proto = origin.Node.Proto;
        if (proto.OpType == "Sub")
            return Difference(origin.Node, inputs);
        // A term of one value reads it as the first input; one of branches reads them all.
        var names = new Dictionary<int, string>();
        foreach ((int slot, Value value) in inputs.Index())
            names.Add(slot, _forms.As(proto.Input[slot], value).Name);
        NodeProto node = Shared(origin.Node, names);
        return Output(node, origin.Output, origin.Node);
    }

    private Value Difference(GraphNode node, IReadOnlyList<Value> inputs)
    {
        NodeProto proto = node.Proto;
        bool isDifference = !inputs[0].IsNegated && inputs[1].IsNegated;
        Value first = _forms.As(proto.Input[0], inputs[0]);
        Value second = _forms.As(proto.Input[1], isDifference ? inputs[1] with { IsNegated = false } : inputs[1]);
        NodeProto written = _emitter.Emit(node, new Dictionary<int, string> { [0] = first.Name, [1] = second.Name });
        if (!isDifference)
            written.OpType = "Add";
        return Output(written, 0, node);
    }

    private Value Opaque(string label, OpaqueLayer opaque, IReadOnlyList<Value> inputs)
    {
        Origin origin = OriginOf(label);
        if (origin is ValueOrigin constant && inputs.Count == 0)
        {
            _emitter.Require(constant.Value);
            return new Value(constant.Value, constant.Value, constant.Layout);
        }

        // Several outputs of one node are terms of their own.
        if (origin is not NodeOrigin { Term: null } old || _graph.FlowReads(old.Node).Count != inputs.Count
            || opaque.Output >= old.Node.Proto.Output.Count)
        {
            throw Foreign($"'{label}' has other inputs or outputs");
        }

        int next = 0;
        var names = new Dictionary<int, string>();
        foreach ((int slot, string read) in old.Node.Proto.Input.Index().Where(read => _graph.Flows(read.Item)))
            names.Add(slot, _forms.As(read, inputs[next++]).Name);
        Dictionary<string, string> captured = old.Node.Captured.Where(_graph.Flows)
            .ToDictionary(read => read, read => _forms.As(read, inputs[next++]).Name);
        return Output(Shared(old.Node, names, captured), opaque.Output, old.Node);
    }

    /// <summary>A node; the same for several of its outputs.</summary>
    private NodeProto Shared(GraphNode node, Dictionary<int, string> names, Dictionary<string, string>? captured = null)
    {
        if (node.Proto.Output.Count == 1)
            return _emitter.Emit(node, names, captured);
        string key = string.Join('\0', names.Values.Concat(captured?.Values ?? Enumerable.Empty<string>()).Prepend(node.Label));
        if (!_shared.TryGetValue(key, out NodeProto? written))
            _shared.Add(key, written = _emitter.Emit(node, names, captured));
        return written;
    }

    private Value Output(NodeProto node, int index, GraphNode from) => _forms.Named(Value.Of(node, from, _original, index));

    private Origin OriginOf(string label) => _original.Origins.GetValueOrDefault(label) ?? throw Foreign(
        label.Length == 0 ? "it has a layer without a label" : $"the model has no layer '{label}'");

    private static ArgumentException Foreign(string reason) =>
        new($"The network was not made from this model: {reason}. Write it with the model whose network was rewritten.", "network");
}
