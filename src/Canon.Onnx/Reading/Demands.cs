using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>
/// In which layout the readers of a value want it: convolutions and norms want channels behind the batch, matrix products
/// where they sum. Of several readers the first in the order of the graph counts. A wish, not a promise.
/// </summary>
internal sealed class Demands
{
    private static readonly HashSet<string> OfImages =
    [
        "Conv", "ConvTranspose", "BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN", "MaxPool",
        "AveragePool", "LpPool", "GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool", "DepthToSpace", "SpaceToDepth",
        "Resize", "Upsample", "MaxUnpool",
    ];

    private readonly ModelGraph _graph;
    private readonly Shapes _shapes;
    private readonly Dictionary<string, Layout> _wanted = [];

    /// <summary>Asks the readers of all values.</summary>
    public Demands(ModelGraph graph, Shapes shapes)
    {
        (_graph, _shapes) = (graph, shapes);
        foreach (GraphNode node in graph.Order.Reverse().Where(node => node.Proto.IsStandard()))
            Ask(node.Proto);
    }

    /// <summary>The layout that the first reader wants; null where none minds.</summary>
    public Layout? Of(string value) => _wanted.GetValueOrDefault(value);

    private void Ask(NodeProto node)
    {
        string input = node.InputAt(0);
        ValueShape shape = _shapes.Of(input);
        int? rank = shape.Rank;
        Layout? behind = node.Output.Count > 0 ? Of(node.Output[0]) : null;
        if (OfImages.Contains(node.OpType))
        {
            Want(input, rank >= 3 ? Layout.Usual(rank.Value) : null);
            return;
        }

        switch (node.OpType)
        {
            case "Gemm":
                Want(input, Layout.Usual(2));
                break;
            case "MatMul":
                bool right = !_graph.Flows(node.InputAt(1));
                string value = right ? input : node.InputAt(1);
                if ((right || !_graph.Flows(input)) && _shapes.Of(value).Rank is > 0 and var size)
                    Want(value, Layout.WithChannels(size, Math.Max(0, size - (right ? 1 : 2))));
                break;
            case "LayerNormalization" or "RMSNormalization":
                if (shape.Axis(node.Int("axis", -1)) is >= 0 and var axis)
                    Want(input, Layout.WithChannels(rank!.Value, axis, rank.Value));
                break;
            case "ReduceMean" when DecomposedNorms.IsOverChannels(node, _graph) && node.AxesOf(_graph, 1) is [var given]
                && shape.Axis(given) is >= 0 and var mean:
                Want(input, Layout.WithChannels(rank!.Value, mean));
                break;
            case "Transpose" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze":
                if (behind is not null && Reshaping.Atoms(node, _shapes) is { } atoms)
                    Want(input, Back(atoms, behind));
                break;
            case "Add" or "Mul" or "Sub" or "Div" or "PRelu" when OfConstant(node) is { } channels:
                foreach (string read in node.Input)
                    Want(read, channels);
                break;
            default:
                foreach (string read in node.Input)
                    Want(read, behind);
                break;
        }
    }

    private void Want(string value, Layout? layout)
    {
        if (layout is not null && _graph.Flows(value) && _shapes.Of(value).Rank == layout.Rank)
            _wanted[value] = layout;
    }

    /// <summary>The axis along which the constant beside a value varies.</summary>
    private Layout? OfConstant(NodeProto node)
    {
        string? flowing = node.Input.FirstOrDefault(_graph.Flows);
        string? constant = node.Input.FirstOrDefault(name => !_graph.Flows(name));
        if (flowing is null || constant is null || _shapes.Of(flowing).Rank is not { } rank
            || _shapes.Of(constant).Dims is not { } dims || dims.Count > rank)
        {
            return null;
        }

        List<int> varying = [.. Enumerable.Range(0, dims.Count).Where(axis => !dims[axis].IsOne)];
        return varying is [var only] && rank > 1 ? Layout.WithChannels(rank, only + rank - dims.Count) : null;
    }

    /// <summary>The roles in front, where every axis has pieces of one role behind; null otherwise.</summary>
    private static Layout? Back(Atoms atoms, Layout behind)
    {
        var roles = new char[atoms.Sizes.Count];
        foreach ((int axis, IReadOnlyList<int> pieces) in atoms.After.Index())
        {
            // Of axes that become one the slowest is the channels, the others space.
            foreach ((int index, int piece) in pieces.Index())
                roles[piece] = behind.Roles[axis] == 'C' && index > 0 && !IsOneAxis(atoms, pieces) ? 'S' : behind.Roles[axis];
        }

        var before = new char[atoms.Before.Count];
        foreach ((int axis, IReadOnlyList<int> pieces) in atoms.Before.Index())
        {
            List<char> met = [.. pieces.Select(piece => roles[piece]).Distinct()];
            if (met.Count > 1)
                return null;
            before[axis] = met.Count == 1 ? met[0] : axis == 0 && !roles.Contains('B') ? 'B' : 'S';
        }

        return new Layout(new string(before));
    }

    private static bool IsOneAxis(Atoms atoms, IReadOnlyList<int> pieces) =>
        atoms.Before.Any(axis => pieces.All(axis.Contains));
}
