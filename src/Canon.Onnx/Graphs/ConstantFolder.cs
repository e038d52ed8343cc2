using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>Finds the tensors behind values through nodes that only lay them out otherwise, without copying them.</summary>
internal sealed class ConstantFolder(ModelGraph graph)
{
    // No exporter nests layouts, types and computed shapes deeper; reading through them is recursion.
    private const int MostNested = 16;

    // Nothing in the file backs what ConstantOfShape makes.
    private const long MostFilled = 1 << 20;

    private readonly Dictionary<string, Constant?> _known = [];
    private readonly Dictionary<string, int> _layers = [];
    private int _depth;

    /// <summary>The tensor behind a value; null where there is none.</summary>
    /// <exception cref="ModelFileException">The tensor is damaged.</exception>
    public Constant? Find(string value)
    {
        if (_known.TryGetValue(value, out Constant? constant))
            return constant;
        if (_depth > MostNested)
            return null;
        _depth++;
        try
        {
            // Chains are long, and so are followed to their root first.
            var chain = new Stack<(string Value, NodeProto Node)>();
            string root = value;
            while (chain.Count < graph.Nodes.Count && !_known.ContainsKey(root) && Follows(root) is { } node)
            {
                chain.Push((root, node));
                root = node.InputAt(0);
            }

            if (!_known.TryGetValue(root, out constant))
                _known[root] = constant = Root(root);
            while (chain.TryPop(out (string Value, NodeProto Node) step))
                _known[step.Value] = constant = constant is null ? null : Step(constant, step.Value, step.Node);
            return constant;
        }
        finally
        {
            _depth--;
        }
    }

    private NodeProto? Follows(string value) =>
        graph.Producer(value)?.Proto is { } node && node.IsStandard() && node.Output[0] == value && node.OpType
            is "Identity" or "Cast" or "Transpose" or "Unsqueeze" or "Squeeze" or "Reshape" or "Flatten" or "Dropout"
            ? node
            : null;

    private Constant? Root(string value)
    {
        if (graph.Producer(value)?.Proto is not { } node)
            return graph.Initializer(value) is { } tensor ? new Constant(value, value, tensor, graph.File.Data(tensor)) : null;
        if (!node.IsStandard())
            return null;
        return node.OpType == "ConstantOfShape" ? Filled(value, node)
            : node.OpType == "Constant" && Constant.OfNode(node) is { } held ? new Constant(value, value, held, graph.File.Data(held))
            : null;
    }

    private Constant? Filled(string value, NodeProto node)
    {
        if (Find(node.InputAt(0)) is not { Dims.Count: 1, Data.ElementCount: <= SmallTensor.MostEntries } shape
            || !shape.TryIntegers(out long[]? dims) || dims.Any(dim => dim is < 0 or > MostFilled))
        {
            return null;
        }

        long count = 1;
        foreach (long dim in dims)
            count = count > MostFilled ? count : count * dim;
        TensorProto filling = node.Find("value")?.T ?? new TensorProto { DataType = (int)DataType.Float, Dims = { 1 }, FloatData = { 0 } };
        if (dims.Contains(0))
            count = 0;
        if (count > MostFilled || TensorLayout.Bits((DataType)filling.DataType) < 8
            || graph.File.Data(filling) is not { ElementCount: 1 } one)
        {
            return null;
        }

        byte[] element = one.Bytes.Read(0, (int)one.ByteLength);
        var layout = new TensorLayout(one.ElementType, dims, count, count * element.Length);
        var data = new TensorData(layout, new RepeatedBytes(element, layout.ByteLength));
        return new Constant(value, value, filling, data) { IsRoot = false };
    }

    private Constant? Step(Constant constant, string value, NodeProto node)
    {
        TensorData? data = node.OpType switch
        {
            "Identity" => constant.Data,
            "Dropout" => node.IsInferenceDropout(graph) ? constant.Data : null,
            "Cast" => Cast(constant, value, (DataType)node.Int("to", 0)),
            "Transpose" => Transpose(constant, value, node),
            _ => Relaid(constant.Data, node),
        };
        if (!_layers.ContainsKey(value) && _layers.TryGetValue(constant.Value, out int layers))
            _layers[value] = layers;
        return data is null ? null : constant with { Value = value, Data = data, IsRoot = constant.IsRoot && node.OpType == "Identity" };
    }

    private TensorData? Cast(Constant constant, string value, DataType type)
    {
        TensorData data = constant.Data;
        return Nested(constant, value, ConvertedBytes.Of(data.Bytes, data.ElementType, type)) is { } bytes
            ? new TensorData(new TensorLayout(type, data.Dims, data.ElementCount, bytes.Length), bytes)
            : null;
    }

    private TensorData? Transpose(Constant constant, string value, NodeProto node)
    {
        TensorData data = constant.Data;
        int size = TensorLayout.Bits(data.ElementType) / 8;
        if (size == 0 || data.Dims.Count > SmallTensor.MostEntries
            || ArrangementShapes.Transposed([.. Enumerable.Range(0, data.Dims.Count)], node.Ints("perm")) is not { } permutation)
        {
            return null;
        }

        return Nested(constant, value, PermutedBytes.Of(data.Bytes, size, data.Dims, permutation)) is { } bytes
            ? data.As([.. permutation.Select(axis => data.Dims[axis])], bytes)
            : null;
    }

    /// <summary>Bytes made of a constant's, unless they would be made of too many others.</summary>
    private ByteSource? Nested(Constant constant, string value, ByteSource? bytes)
    {
        if (bytes is null || bytes == constant.Data.Bytes)
            return bytes;
        int layers = _layers.GetValueOrDefault(constant.Value) + 1;
        _layers[value] = layers;
        return layers <= MostNested ? bytes : null;
    }

    private TensorData? Relaid(TensorData data, NodeProto node)
    {
        if (data.Dims.Count > SmallTensor.MostEntries)
            return null;
        Dim[] dims = [.. data.Dims.Select(Dim.Of)];
        long[]? axes = node.OpType is "Squeeze" or "Unsqueeze" ? node.AxesOf(graph, 1) : null;
        IReadOnlyList<Dim>? result = node.OpType switch
        {
            "Unsqueeze" => ArrangementShapes.Unsqueezed(dims, axes),
            "Squeeze" when axes is null && node.InputAt(1).Length > 0 => null,
            "Squeeze" => ArrangementShapes.Squeezed(dims, axes) is { } dropped ? [.. dims.Where((_, i) => !dropped.Contains(i))] : null,
            "Flatten" => ArrangementShapes.Flatten(new ValueShape(dims, null), node.Int("axis", 1)).Dims,
            _ => ShapeRules.ReshapeTarget(node, graph) is { Length: <= SmallTensor.MostEntries } target
                ? ReshapeShapes.Resolve(dims, [.. target.Select(Dim.Of)], node.Int("allowzero", 0) != 0)
                : null,
        };
        return result is not null && result.All(dim => dim.IsKnown) && result.Count <= SmallTensor.MostEntries
            && ArrangementShapes.Product(result).Size == data.ElementCount
            ? data.As([.. result.Select(dim => dim.Size!.Value)], data.Bytes)
            : null;
    }
}
