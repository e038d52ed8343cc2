using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Reads layer, RMS, instance and group norms: a norm, and its scale and shift as a diagonal layer behind it.</summary>
internal sealed class NormOperators(Scope scope)
{
    /// <summary>The term of a node; null where it is another.</summary>
    public Term? Read(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string input = proto.InputAt(0);
        double epsilon = proto.Float("epsilon", 1e-5f);
        if (!scope.IsUnary(node) || scope.LayoutOf(input) is not { Rank: >= 2 } layout || !(epsilon > 0 && double.IsFinite(epsilon)))
            return null;
        switch (proto.OpType)
        {
            case "LayerNormalization":
                return OverLast(node) is { } last ? Norm(node, last, NormalizationKind.LayerNorm, epsilon) : null;
            case "RMSNormalization":
                return OverLast(node) is { } trailing ? Norm(node, trailing, NormalizationKind.RmsNorm, epsilon) : null;
            case "InstanceNormalization" when layout.Rank >= 3 && scope.Graph.Opset >= 6:
                return Norm(node, Layout.Usual(layout.Rank), NormalizationKind.InstanceNorm, epsilon);
            // Before opset 21 there was one scale a group.
            case "GroupNormalization" when layout.Rank >= 3 && scope.Graph.Opset >= 21 && proto.Int("num_groups", 0) is > 0 and <= int.MaxValue and var groups:
                return Norm(node, Layout.Usual(layout.Rank), NormalizationKind.GroupNorm, epsilon, (int)groups);
            default:
                return null;
        }
    }

    private Layout? OverLast(GraphNode node)
    {
        ValueShape shape = scope.Shapes.Of(node.Proto.InputAt(0));
        return shape.Axis(node.Proto.Int("axis", -1)) is > 0 and var axis
            ? Layout.WithChannels(shape.Rank!.Value, axis, shape.Rank.Value)
            : null;
    }

    private Term? Norm(GraphNode node, Layout layout, NormalizationKind kind, double epsilon, int groups = 1)
    {
        NodeProto proto = node.Proto;
        string input = proto.InputAt(0);
        if (layout.Channels(scope.Shapes.Of(input)) is not { } channels || channels % groups != 0
            || Vector(proto.InputAt(1), channels) is not { } scale)
        {
            return null;
        }

        Parameter? shift = null;
        if (proto.InputAt(2).Length > 0 && (shift = Vector(proto.InputAt(2), channels)) is null)
            return null;

        string affine = scope.Fresh($"{node.Label} scale");
        Network behind = Network.Linear(Parameter.Diagonal(scale), shift, affine);
        scope.Keep(affine, new AffineOrigin(node, behind));
        scope.Keep(node.Label, new NormOrigin(node, new NormalizationLayer(kind, groups, epsilon, Gain.One), affine));
        return scope.Unary(
            node, input, layout, Network.Compose(Network.Normalize(kind, epsilon, groups, node.Label), behind));
    }

    private Parameter? Vector(string value, int channels) =>
        scope.TryWeight(value, out Constant? constant) && constant.Data.ElementCount == channels
            ? scope.Parameters.Vector(constant, channels).Parameter
            : null;
}
