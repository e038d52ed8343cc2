using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>The bounds of a Clip.</summary>
/// <param name="Lower">The lower bound; may be −∞.</param>
/// <param name="Upper">The upper bound; may be +∞.</param>
internal sealed record ClipBounds(double Lower, double Upper)
{
    /// <summary>The bounds where they are constants that leave room between them; null where they are not.</summary>
    public static ClipBounds? Of(NodeProto node, ModelGraph graph)
    {
        double? lower = Bound(node, graph, "min", 1, double.NegativeInfinity);
        double? upper = Bound(node, graph, "max", 2, double.PositiveInfinity);
        return lower <= upper ? new ClipBounds(lower.Value, upper.Value) : null;
    }

    private static double? Bound(NodeProto node, ModelGraph graph, string attribute, int slot, double absent)
    {
        // Bounds became inputs with opset 11.
        if (graph.Opset < 11)
            return node.Find(attribute) is { } given ? Limit(given.F) : absent;
        string input = node.InputAt(slot);
        return input.Length == 0 ? absent
            : graph.TryConstant(input, out Constant? constant) && constant.Data.ElementCount == 1
                && constant.TryFloats(out double[]? numbers) ? Limit(numbers[0])
            : null;
    }

    /// <summary>The largest float32 is how exporters write that there is no bound.</summary>
    private static double Limit(double bound) =>
        bound >= float.MaxValue ? double.PositiveInfinity : bound <= float.MinValue ? double.NegativeInfinity : bound;
}
