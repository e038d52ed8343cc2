using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>
/// Reads batch norms, and additions and multiplications of constants, one a channel, as diagonal layers and scales.
/// </summary>
internal sealed class DiagonalOperators(Scope scope)
{
    private static readonly HashSet<string> Linear = ["Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization"];

    /// <summary>The term of a node; null where it is another.</summary>
    public Term? Read(GraphNode node) => node.Proto.OpType switch
    {
        "BatchNormalization" => BatchNorm(node),
        "Add" or "Sub" => Shift(node),
        "Mul" or "Div" => Factors(node),
        _ => null,
    };

    private Term? BatchNorm(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string input = proto.InputAt(0);
        bool trains = proto.Int("training_mode", 0) != 0
            || scope.Graph.Opset < 7 && proto.Int("is_test", 0) == 0 || proto.Int("spatial", 1) == 0;
        if (trains || !scope.IsUnary(node) || scope.Shapes.Of(input) is not { Rank: >= 2 } shape)
            return null;
        Layout layout = Layout.Usual(shape.Rank.Value);
        var vectors = new Parameter[4];
        for (int i = 0; i < 4; i++)
        {
            if (!scope.TryWeight(proto.InputAt(i + 1), out Constant? constant)
                || constant.Data.ElementCount != layout.Channels(shape))
            {
                return null;
            }

            vectors[i] = scope.Parameters.Vector(constant, (int)constant.Data.ElementCount).Parameter;
        }

        double epsilon = proto.Float("epsilon", 1e-5f);
        if (!(epsilon >= 0 && double.IsFinite(epsilon)))
            return null;
        Network term = Network.BatchNorm(vectors[0], vectors[1], vectors[2], vectors[3], epsilon, node.Label);
        scope.Keep(node.Label, new BatchNormOrigin(node, term));
        return scope.Unary(node, input, layout, term);
    }

    private Term? Shift(GraphNode node)
    {
        if (!TryOperands(node, out string? input, out int slot, out Constant? constant, out Layout? layout, out int channels))
            return null;
        bool subtracts = node.Proto.OpType == "Sub";
        Parameter shift = scope.Parameters.Vector(constant, channels, subtracts && slot == 1 ? -1 : 1).Parameter;
        Network term = subtracts && slot == 0
            ? Network.Linear(
                Parameter.Diagonal(scope.Parameters.Made($"minus {node.Label}", channels, [-1])), shift, node.Label)
            : Network.Shift(shift, node.Label);
        return Constant(node, input, slot, constant, layout, term);
    }

    private Term? Factors(GraphNode node)
    {
        if (!TryOperands(node, out string? input, out int slot, out Constant? constant, out Layout? layout, out int channels))
            return null;
        bool divides = node.Proto.OpType == "Div";
        if (divides && slot == 0 || !constant.TryFloats(out double[]? numbers))
            return null;
        if (divides)
            numbers = [.. numbers.Select(number => 1 / number)];
        if (!numbers.All(double.IsFinite))
            return null;

        // Factors are a scale, which moves on; between a layer and a shift they fold into the layer, and the shift after them. A
        // division rounds otherwise than the multiplication that a scale is written as.
        if (!divides && numbers.All(number => number >= 0) && !(IsBehindLayer(input) && IsBeforeShift(node.Proto.Output[0])))
        {
            Gain gain = Gain.Of(numbers.Length == channels ? numbers : Enumerable.Repeat(numbers[0], channels));
            scope.KeepScale(input, new ScaleOrigin(node, gain, constant, slot));
            return scope.Unary(node, input, layout, Network.Scale(gain));
        }

        Parameter factors = divides
            ? scope.Parameters.Reciprocals(constant, channels, numbers)
            : scope.Parameters.Vector(constant, channels).Parameter;
        return Constant(node, input, slot, constant, layout, Network.Linear(Parameter.Diagonal(factors), null, node.Label));
    }

    private Term? Constant(GraphNode node, string input, int slot, Constant constant, Layout layout, Network term)
    {
        scope.Keep(node.Label, new ConstantOrigin(node, term, constant, slot));
        return scope.Unary(node, input, layout, term);
    }

    private bool IsBehindLayer(string value) =>
        scope.Graph.Producer(value) is { } producer && Linear.Contains(producer.Proto.OpType)
        && scope.Origins.ContainsKey(producer.Label)
        && scope.Graph.Readers(value).Count == 1 && !scope.Graph.IsOutput(value);

    private bool IsBeforeShift(string value) =>
        !scope.Graph.IsOutput(value)
        && scope.Graph.Readers(value) is [{ Proto: { OpType: "Add" or "Sub" } shift }]
        && shift.Input.Any(read => scope.TryWeight(read, out _));

    private bool TryOperands(
        GraphNode node,
        [NotNullWhen(true)] out string? input,
        out int slot,
        [NotNullWhen(true)] out Constant? constant,
        [NotNullWhen(true)] out Layout? layout,
        out int channels)
    {
        NodeProto proto = node.Proto;
        slot = scope.Graph.Flows(proto.InputAt(0)) ? 1 : 0;
        (input, constant, layout, channels) = (proto.InputAt(1 - slot), null, null, 0);
        // Before opset 7 a constant was laid out along an axis that the node named.
        if (proto.Input.Count != 2 || !scope.HasOneOutput(node) || scope.Graph.FlowReads(node).Count != 1
            || !scope.TryWeight(proto.InputAt(slot), out constant)
            || scope.LayoutOf(input) is not { } found || scope.Channels(input) is not { } count)
        {
            return false;
        }

        (layout, channels) = (found, count);
        return proto.Int("broadcast", 0) != 0
            ? slot == 1 && constant.Dims.Count == 1 && constant.Data.ElementCount == count && found.ChannelAxis == proto.Int("axis", -1)
            : ChannelConstants.Count(constant, found, count) is not null;
    }
}
