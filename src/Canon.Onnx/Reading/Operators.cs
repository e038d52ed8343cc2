using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>
/// Translates nodes to terms, one for each used output. What is not recognised exactly is opaque: correct, and a barrier.
/// </summary>
internal sealed class Operators(ModelGraph graph, Shapes shapes, Parameters parameters)
{
    private readonly ChannelConstants _constants = new(graph, shapes);
    private readonly DenseLayers _dense = new(graph, shapes, parameters);
    private readonly Dictionary<string, LinearOrigin> _fused = [];

    /// <summary>Where each labelled term comes from.</summary>
    public Dictionary<string, Origin> Origins { get; } = [];

    /// <summary>The multiplications read as scales, by the value that they scale.</summary>
    public Dictionary<string, ScaleOrigin> Scales { get; } = [];

    /// <summary>The terms of a node that depends on the inputs.</summary>
    /// <exception cref="ModelFileException">Sizes contradict each other.</exception>
    public IEnumerable<Term> Translate(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (_dense.MatMul(node) is { } matMul && _dense.WithBias(matMul) is { } fused)
        {
            // The term stands where the Add is.
            _fused.Add(fused.BiasNode.Label, fused);
            Origins.Add(node.Label, new Origin(node, NetworkKind.Linear, fused));
            return [];
        }

        if (_fused.TryGetValue(node.Label, out LinearOrigin? layer))
        {
            string product = proto.InputAt(1 - layer.BiasSlot);
            GraphNode multiplied = graph.Producer(product)!;
            return [Single(proto.Output[0], multiplied.Proto.InputAt(0), Linear(layer, multiplied.Label))];
        }

        return Known(node) is { } term ? [term] : Opaque(node);
    }

    private Term? Known(GraphNode node)
    {
        NodeProto proto = node.Proto;
        // Further outputs, such as the mask of a Dropout, belong to operators that are kept as they are.
        if (!proto.IsStandard() || proto.Output.Skip(1).Any(graph.IsUsed) || node.Captured.Count > 0)
            return null;
        string label = node.Label;
        return proto.OpType switch
        {
            "Gemm" => _dense.Gemm(node) is { } layer ? Linear(node, layer) : null,
            "MatMul" => _dense.MatMul(node) is { } layer ? Linear(node, layer) : null,
            "Relu" => EntryWise(node, Network.Activate(ActivationKind.Relu, label)),
            "Abs" => EntryWise(node, Network.Activate(ActivationKind.Abs, label)),
            "Sigmoid" => EntryWise(node, Network.Activate(ActivationKind.Sigmoid, label)),
            "Tanh" => EntryWise(node, Network.Activate(ActivationKind.Tanh, label)),
            "Softmax" => IsOverChannels(proto) ? EntryWise(node, Network.Activate(ActivationKind.Softmax, label)) : null,
            "LeakyRelu" => proto.Float("alpha", 0.01f) is var slope && double.IsFinite(slope)
                ? EntryWise(node, Network.LeakyRelu(slope, label))
                : null,
            "PRelu" => PRelu(node),
            "Clip" => ClipBounds.Of(proto, graph) is { } bounds
                ? EntryWise(node, Network.Clip(bounds.Lower, bounds.Upper, label), Gain.One)
                : null,
            "Max" or "Min" => OneSided(node),
            "Identity" => Alias(proto),
            "Dropout" => IsInference(proto) ? Alias(proto) : null,
            "Flatten" or "Reshape" => Rearranged(node),
            "Concat" when proto.Input.Count == 1 => Alias(proto),
            "Concat" => Axis(proto) == 1 ? Junction(node, Network.Concat, NetworkKind.Concat) : null,
            "Add" or "Sum" when proto.Input.Count > 1 => HaveOneWidth(proto) ? Junction(node, Network.Sum, NetworkKind.Sum) : null,
            "Mul" => Scale(proto, node)
                ?? (HaveOneWidth(proto) ? Junction(node, Network.Product, NetworkKind.Product) : null),
            _ => null,
        };
    }

    private IEnumerable<Term> Opaque(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string name = proto.IsStandard() ? proto.OpType : $"{proto.Domain}.{proto.OpType}";
        Origins.Add(node.Label, new Origin(node, NetworkKind.Opaque));
        IReadOnlyList<string> reads = graph.FlowReads(node);
        foreach ((int index, string output) in proto.Output.Index())
        {
            if (output.Length == 0 || !graph.IsUsed(output))
                continue;
            ValueShape shape = shapes.Of(output);
            yield return new Term(output, reads, branches => Network.Opaque(
                name, branches, index, shape.Channels, shape.Space, node.Label));
        }
    }

    private Term Linear(GraphNode node, LinearOrigin layer)
    {
        Origins.Add(node.Label, new Origin(node, NetworkKind.Linear, layer));
        return Single(node.Proto.Output[0], node.Proto.InputAt(0), Linear(layer, node.Label));
    }

    private static Network Linear(LinearOrigin layer, string label) =>
        Network.Linear(layer.Weight.Parameter, layer.Bias?.Parameter, label);

    private Term? EntryWise(GraphNode node, Network network, Gain? thresholds = null)
    {
        if (!graph.Flows(node.Proto.InputAt(0)) || graph.FlowReads(node).Count != 1)
            return null;
        if (network == Network.Identity)
            return Alias(node.Proto);
        Origins.Add(node.Label, new Origin(node, network.Kind, Thresholds: thresholds));
        return Single(node.Proto.Output[0], node.Proto.InputAt(0), network);
    }

    private Term? PRelu(GraphNode node)
    {
        if (!graph.TryConstant(node.Proto.InputAt(1), out Constant? slope)
            || ChannelConstants.Count(slope, shapes.Of(node.Proto.InputAt(0))) is not { } count)
        {
            return null;
        }

        return EntryWise(node, Network.PRelu(parameters.Vector(slope, count, 1).Parameter, node.Label));
    }

    private Term? Scale(NodeProto proto, GraphNode node)
    {
        if (proto.Input.Count != 2 || graph.FlowReads(node).Count != 1)
            return null;
        int slot = graph.Flows(proto.Input[0]) ? 1 : 0;
        string input = proto.Input[1 - slot];
        if (!_constants.TryRead(proto, slot, out Constant? constant, out double[]? numbers) || numbers.Any(number => number < 0))
            return null;
        Gain gain = Gain.Of(numbers);
        Scales.TryAdd(input, new ScaleOrigin(node, gain, constant, slot));
        return Single(proto.Output[0], input, Network.Scale(gain));
    }

    /// <summary>A Max or Min with constants of one sign is a clip with thresholds of its own for each channel.</summary>
    private Term? OneSided(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (proto.Input.Count != 2 || !_constants.TryRead(proto, 1, out Constant? _, out double[]? bounds))
            return null;
        bool positive = bounds.All(bound => bound >= 0);
        if (!positive && !bounds.All(bound => bound <= 0))
            return null;
        double one = bounds.All(bound => bound == 0) ? 0 : positive ? 1 : -1;
        Gain thresholds = one == 0 ? Gain.One : Gain.Of(bounds.Select(Math.Abs));
        return EntryWise(
            node,
            proto.OpType == "Max"
                ? Network.Clip(one, double.PositiveInfinity, thresholds, node.Label)
                : Network.Clip(double.NegativeInfinity, one, thresholds, node.Label),
            thresholds);
    }

    private Term? Junction(GraphNode node, Func<string, IEnumerable<Network>, Network> make, NetworkKind kind)
    {
        NodeProto proto = node.Proto;
        if (!proto.Input.All(name => graph.Flows(name) && shapes.Of(name) is { Rank: 2, Channels: not null }))
            return null;
        Origins.Add(node.Label, new Origin(node, kind));
        return new Term(proto.Output[0], proto.Input, branches => make(node.Label, branches));
    }

    private bool HaveOneWidth(NodeProto proto) =>
        proto.Input.Select(name => shapes.Of(name).Channels).Distinct().Count() == 1;

    private Term? Rearranged(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (!graph.Flows(proto.InputAt(0)) || graph.FlowReads(node).Count != 1)
            return null;
        ValueShape input = shapes.Of(proto.InputAt(0));
        // Of a single vector Flatten makes a batch of numbers.
        bool keepsBatch = proto.OpType == "Flatten" ? input.Rank >= 2 && Axis(proto) == 1 : Reshaping.KeepsBatch(proto, input, graph);
        if (!keepsBatch)
            return null;
        if (input.Rank == 2)
            return Alias(proto);
        return input.Positions is { } positions && input.Channels is not null
            ? EntryWise(node, Network.Flatten(positions, node.Label))
            : null;
    }

    private bool IsOverChannels(NodeProto proto) =>
        shapes.Of(proto.InputAt(0)).Rank == 2 && (Axis(proto, graph.Opset < 13 ? 1 : -1) == 1);

    private long? Axis(NodeProto proto, long absent = 1)
    {
        long axis = proto.Int("axis", absent);
        return axis >= 0 ? axis : axis + shapes.Of(proto.InputAt(0)).Rank;
    }

    /// <summary>Dropout drops nothing unless it is told to train; before opset 7, unless it is told to test.</summary>
    private bool IsInference(NodeProto proto)
    {
        if (graph.Opset < 7)
            return proto.Int("is_test", 0) != 0;
        string training = proto.InputAt(2);
        return training.Length == 0
            || graph.TryConstant(training, out Constant? flag) && flag.TryIntegers(out long[]? values) && values is [0];
    }

    private Term? Alias(NodeProto proto) =>
        graph.Flows(proto.InputAt(0)) ? new Term(proto.Output[0], [proto.InputAt(0)], null) : null;

    private static Term Single(string output, string input, Network network) => new(output, [input], _ => network);
}
