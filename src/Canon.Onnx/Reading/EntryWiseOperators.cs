using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Reads activations and clips.</summary>
internal sealed class EntryWiseOperators(Scope scope)
{
    /// <summary>The term of a node; null where it is another.</summary>
    public Term? Read(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string label = node.Label;
        string input = proto.InputAt(0);
        if (!scope.IsUnary(node) || scope.LayoutOf(input) is not { } layout)
            return null;
        return proto.OpType switch
        {
            "Relu" => Activation(node, Network.Activate(ActivationKind.Relu, label)),
            "Abs" => Activation(node, Network.Activate(ActivationKind.Abs, label)),
            "Neg" => Activation(node, Network.Activate(ActivationKind.Negate, label)),
            "Sigmoid" => Activation(node, Network.Activate(ActivationKind.Sigmoid, label)),
            "Tanh" => Activation(node, Network.Activate(ActivationKind.Tanh, label)),
            "Softmax" => Softmax(node, layout),
            "Pow" => scope.IsTwo(proto.InputAt(1), layout.Rank) ? Activation(node, Network.Activate(ActivationKind.Square, label)) : null,
            "LeakyRelu" => proto.Float("alpha", 0.01f) is var slope && double.IsFinite(slope)
                ? Activation(node, Network.LeakyRelu(slope, label))
                : null,
            "PRelu" => PRelu(node, layout),
            "Clip" => ClipBounds.Of(proto, scope.Graph) is not { } bounds ? null
                : IsOwnGate(node) ? HardSigmoid(node, layout)
                : Clip(node, bounds.Lower, bounds.Upper, Gain.One),
            "Max" or "Min" => OneSided(node, layout),
            _ => null,
        };
    }

    private Term? Activation(GraphNode node, Network term)
    {
        string input = node.Proto.InputAt(0);
        Layout layout = scope.LayoutOf(input)!;
        if (term == Network.Identity)
            return new Term(node.Proto.Output[0], [input], layout, null);
        scope.Keep(node.Label, new NodeOrigin(node, term));
        return scope.Unary(node, input, layout, term);
    }

    private Term? Softmax(GraphNode node, Layout layout)
    {
        NodeProto proto = node.Proto;
        // Before opset 13 all axes from the given one on were summed over.
        bool flattens = scope.Graph.Opset < 13;
        int axis = layout.Axis(proto.Int("axis", flattens ? 1 : -1));
        bool isOverChannels = axis >= 0
            && layout.Axes('C').SequenceEqual(Enumerable.Range(axis, flattens ? layout.Rank - axis : 1));
        return isOverChannels ? Activation(node, Network.Activate(ActivationKind.Softmax, node.Label)) : null;
    }

    private Term? PRelu(GraphNode node, Layout layout)
    {
        if (scope.Channels(node.Proto.InputAt(0)) is not { } channels
            || !scope.TryWeight(node.Proto.InputAt(1), out Constant? slope))
        {
            return null;
        }

        // Before opset 7 the slopes had no axes of space.
        int? count = scope.Graph.Opset < 7 && slope.Dims.Count == 1 && layout.ChannelAxis == 1 && slope.Data.ElementCount == channels
            ? channels
            : ChannelConstants.Count(slope, layout, channels);
        return count is { } slopes
            ? Activation(node, Network.PRelu(scope.Parameters.Vector(slope, slopes).Parameter, node.Label))
            : null;
    }

    private Term? Clip(GraphNode node, double lower, double upper, Gain thresholds)
    {
        string input = node.Proto.InputAt(0);
        Network term = Network.Clip(lower, upper, thresholds, node.Label);
        if (term.Kind != NetworkKind.Clip)
            return Activation(node, term);
        scope.Keep(node.Label, new ClipOrigin(node, new ClipLayer(lower, upper, thresholds)));
        return scope.Unary(node, input, scope.LayoutOf(input)!, term);
    }

    /// <summary>
    /// Whether a clip is a hard sigmoid that gates its own input: x · clip(x + c), the hard swish. A scale passes it only squared, so that
    /// those of a deep network would overflow.
    /// </summary>
    private bool IsOwnGate(GraphNode clip)
    {
        var sources = new HashSet<string>();
        string source = clip.Proto.InputAt(0);
        while (sources.Add(source) && scope.Graph.Producer(source) is { Proto: { OpType: "Add" or "Sub" or "Mul" or "Div" } } before
            && scope.Graph.FlowReads(before) is [var input])
        {
            source = input;
        }

        string gate = clip.Proto.Output[0];
        while (scope.Graph.Readers(gate) is [{ Proto: { OpType: "Mul" or "Div" } } reader])
        {
            if (scope.Graph.FlowReads(reader) is not [_])
                return scope.Graph.FlowReads(reader).Any(sources.Contains);
            gate = reader.Proto.Output[0];
        }

        return false;
    }

    private Term HardSigmoid(GraphNode node, Layout layout)
    {
        string input = node.Proto.InputAt(0);
        ValueShape shape = scope.Shapes.Of(input);
        scope.Keep(node.Label, new NodeOrigin(node));
        return new Term(node.Proto.Output[0], [input], layout, branches => Network.Opaque(
            "HardSigmoid", branches, 0, layout.Channels(shape), layout.Space(shape), node.Label));
    }

    /// <summary>A Max or Min with constants of one sign is a clip with thresholds of its own for each channel.</summary>
    private Term? OneSided(GraphNode node, Layout layout)
    {
        NodeProto proto = node.Proto;
        if (proto.Input.Count != 2 || scope.Channels(proto.InputAt(0)) is not { } channels
            || !scope.TryWeight(proto.InputAt(1), out Constant? constant)
            || ChannelConstants.Count(constant, layout, channels) is null
            || !constant.TryFloats(out double[]? bounds) || !bounds.All(double.IsFinite))
        {
            return null;
        }

        bool positive = bounds.All(bound => bound >= 0);
        if (!positive && !bounds.All(bound => bound <= 0))
            return null;
        double one = bounds.All(bound => bound == 0) ? 0 : positive ? 1 : -1;
        Gain thresholds = one == 0
            ? Gain.One
            : Gain.Of((bounds.Length == channels ? bounds : Enumerable.Repeat(bounds[0], channels)).Select(Math.Abs));
        return proto.OpType == "Max"
            ? Clip(node, one, double.PositiveInfinity, thresholds)
            : Clip(node, double.NegativeInfinity, one, thresholds);
    }
}
