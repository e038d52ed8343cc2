using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>
/// Recognises layer norms and RMS norms that exporters wrote as means, squares and roots:
/// (x − mean) / √(mean of (x − mean)² + ε), and x / √(mean of x² + ε).
/// </summary>
internal sealed class DecomposedNorms(Scope scope)
{
    private readonly Dictionary<GraphNode, Term?> _parts = [];

    /// <summary>The terms of a node of a norm: the norm where its last node stands, none for the others; null for other nodes.</summary>
    public IReadOnlyList<Term>? Read(GraphNode node)
    {
        if (!_parts.ContainsKey(node) && (LayerNorm(node) ?? RmsNorm(node)) is { } norm && ToTerm(norm) is { } found)
        {
            foreach (GraphNode part in norm.Nodes)
                _parts[part] = part == norm.Nodes[^1] ? found : null;
        }

        return !_parts.TryGetValue(node, out Term? term) ? null : term is null ? [] : [term];
    }

    /// <summary>Whether a mean may be one that a norm takes, so that what it is taken over are channels.</summary>
    public static bool IsOverChannels(NodeProto node, ModelGraph graph) =>
        IsSubtracted(node, graph)
        || node.OpType == "ReduceMean" && node.Output.Count == 1
            && graph.Readers(node.Output[0]) is [{ Proto: { OpType: "Add", Output: [var sum] } }]
            && graph.Readers(sum) is [{ Proto.OpType: "Sqrt" }];

    private static bool IsSubtracted(NodeProto node, ModelGraph graph) =>
        node.OpType == "ReduceMean" && node.Output.Count == 1
        && graph.Readers(node.Output[0]) is [{ Proto: { OpType: "Sub" } sub }] && sub.InputAt(0) == node.InputAt(0);

    private sealed record Norm(NormalizationKind Kind, IReadOnlyList<GraphNode> Nodes, GraphNode Mean, GraphNode Plus, int EpsilonSlot, Constant Epsilon);

    private Term? ToTerm(Norm norm)
    {
        string input = norm.Nodes[0].Proto.InputAt(0);
        if (scope.LayoutOf(input) is not { } layout || norm.Mean.Proto.Int("keepdims", 1) == 0
            || norm.Mean.Proto.AxesOf(scope.Graph, 1) is not { Length: > 0 } axes
            || !norm.Epsilon.TryFloats(out double[]? epsilon) || !(epsilon[0] > 0 && double.IsFinite(epsilon[0])))
        {
            return null;
        }

        List<int> over = [.. (ArrangementShapes.Within(axes, layout.Rank) ?? []).Distinct().Order()];
        if (over.Count == 0 || over[^1] - over[0] != over.Count - 1)
            return null;
        Layout needs = Layout.WithChannels(layout.Rank, over[0], over.Count);
        GraphNode last = norm.Nodes[^1];
        if (scope.Shapes.Of(last.Proto.Output[0]).Rank is { } rank && rank != needs.Rank)
            return null;
        scope.Keep(last.Label, new DecomposedNormOrigin(
            norm.Nodes, new NormalizationLayer(norm.Kind, 1, epsilon[0], Gain.One), norm.Plus, norm.EpsilonSlot, norm.Epsilon));
        return scope.Unary(last, input, needs, Network.Normalize(norm.Kind, epsilon[0], 1, last.Label));
    }

    private Norm? LayerNorm(GraphNode mean)
    {
        if (!IsSubtracted(mean.Proto, scope.Graph) || Only(mean) is not { } minus
            || scope.Graph.Readers(minus.Proto.Output[0]) is not { Count: 2 } readers || scope.Graph.IsOutput(minus.Proto.Output[0])
            || readers.FirstOrDefault(IsSquare) is not { } square
            || Only(square) is not { Proto.OpType: "ReduceMean" } variance || !HaveSameAxes(mean.Proto, variance.Proto)
            || !TryRoot(variance, out GraphNode? plus, out int slot, out Constant? epsilon, out GraphNode? root)
            || Only(root) is not { Proto: { OpType: "Div" } } ratio || ratio.Proto.InputAt(0) != minus.Proto.Output[0] || !readers.Contains(ratio))
        {
            return null;
        }

        return new Norm(NormalizationKind.LayerNorm, [mean, minus, square, variance, plus, root, ratio], mean, plus, slot, epsilon);
    }

    private Norm? RmsNorm(GraphNode square)
    {
        if (!IsSquare(square) || Only(square) is not { Proto.OpType: "ReduceMean" } mean
            || !TryRoot(mean, out GraphNode? plus, out int slot, out Constant? epsilon, out GraphNode? root) || Only(root) is not { } last)
        {
            return null;
        }

        string input = square.Proto.InputAt(0);
        List<GraphNode> nodes = [square, mean, plus, root];
        if (last.Proto.OpType == "Reciprocal" && Only(last) is { Proto.OpType: "Mul" } product && product.Proto.Input.Contains(input))
            return new Norm(NormalizationKind.RmsNorm, [.. nodes, last, product], mean, plus, slot, epsilon);
        return last.Proto.OpType == "Div" && last.Proto.InputAt(0) == input
            ? new Norm(NormalizationKind.RmsNorm, [.. nodes, last], mean, plus, slot, epsilon)
            : null;
    }

    /// <summary>The square root of a value plus a constant.</summary>
    private bool TryRoot(
        GraphNode mean,
        [NotNullWhen(true)] out GraphNode? plus,
        out int slot,
        [NotNullWhen(true)] out Constant? epsilon,
        [NotNullWhen(true)] out GraphNode? root)
    {
        (plus, slot, epsilon, root) = (Only(mean), 0, null, null);
        if (plus?.Proto.OpType != "Add" || plus.Proto.Input.Count != 2)
            return false;
        slot = plus.Proto.InputAt(0) == mean.Proto.Output[0] ? 1 : 0;
        root = Only(plus);
        return root?.Proto.OpType == "Sqrt" && scope.TryWeight(plus.Proto.InputAt(slot), out epsilon) && epsilon.Data.ElementCount == 1
            && epsilon.Dims.Count <= 1;
    }

    private bool HaveSameAxes(NodeProto a, NodeProto b) =>
        a.AxesOf(scope.Graph, 1) is { } left && b.AxesOf(scope.Graph, 1) is { } right && left.SequenceEqual(right)
        && a.Int("keepdims", 1) == b.Int("keepdims", 1);

    private bool IsSquare(GraphNode node) =>
        node.Proto.OpType == "Mul" && node.Proto.Input.Count == 2 && node.Proto.Input[0] == node.Proto.Input[1]
        || node.Proto.OpType == "Pow" && scope.IsTwo(node.Proto.InputAt(1), 1);

    /// <summary>The only reader of what a node yields, where that is no output; null otherwise.</summary>
    private GraphNode? Only(GraphNode node) =>
        scope.HasOneOutput(node) && !scope.Graph.IsOutput(node.Proto.Output[0])
        && scope.Graph.Readers(node.Proto.Output[0]) is [{ } reader] && reader.Proto.IsStandard() && scope.HasOneOutput(reader)
            ? reader
            : null;
}
