using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>What operators tell of the shapes of their first output and of their first input.</summary>
internal static class ShapeRules
{
    private static readonly HashSet<string> EntryWise =
    [
        "Abs", "BatchNormalization", "Ceil", "Celu", "Clip", "Dropout", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid",
        "HardSwish", "Hardmax", "Identity", "InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "Log",
        "LogSoftmax", "MeanVarianceNormalization", "Mish", "Neg", "PRelu", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid",
        "Sign", "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tanh", "ThresholdedRelu",
    ];

    /// <summary>The shape of the first output.</summary>
    public static ValueShape OutputOf(NodeProto node, Func<string, ValueShape> shapeOf, ModelGraph graph)
    {
        ValueShape input = shapeOf(node.InputAt(0));
        if (node.OpType == "BatchNormalization")
            return input.Or(Normalized(input, shapeOf(node.InputAt(1))));
        if (IsEntryWise(node))
            return input;
        return node.OpType switch
        {
            "Cast" => input with { Type = (DataType)node.Int("to", 0) },
            "Gemm" => ValueShape.Vectors(
                node.Int("transA", 0) == 0 && input.Rank == 2 ? input.Dims![0] : null, GemmWeight(node, shapeOf).Rows, input.Type),
            "MatMul" when input.Rank == 2 && shapeOf(node.InputAt(1)) is { Rank: 2 } right =>
                ValueShape.Vectors(input.Dims![0], right.Dims![1], input.Type),
            "Add" or "Sub" or "Mul" or "Div" or "Max" or "Min" or "Sum" or "Pow" =>
                node.Input.Select(shapeOf).Aggregate(Broadcast),
            "Concat" => Concat(node, [.. node.Input.Select(shapeOf)]),
            // How much is added is often computed by a chain of nodes.
            "Pad" when input.Rank is { } rank => new ValueShape([.. Enumerable.Repeat((long?)null, rank)], input.Type),
            "Flatten" => Flatten(input, node.Int("axis", 1)),
            "Reshape" => Reshape(node, input, graph),
            "Conv" or "ConvTranspose" or "MaxPool" or "AveragePool" or "LpPool" or "GlobalAveragePool" or "GlobalMaxPool" =>
                WindowShapes.OutputOf(node, input, shapeOf(node.InputAt(1))),
            _ => ValueShape.Unknown,
        };
    }

    /// <summary>What a node demands of its first input.</summary>
    public static ValueShape InputOf(NodeProto node, Func<string, ValueShape> shapeOf, ModelGraph graph)
    {
        if (node.OpType == "Gemm" && node.Int("transA", 0) == 0)
            return ValueShape.Vectors(null, GemmWeight(node, shapeOf).Columns, null);
        if (node.OpType == "MatMul" && shapeOf(node.InputAt(0)).Rank == 2 && shapeOf(node.InputAt(1)) is { Rank: 2 } right)
            return ValueShape.Vectors(null, right.Dims![0], null);
        if (IsEntryWise(node))
            return shapeOf(node.Output[0]);
        if (node.OpType == "Conv" && shapeOf(node.InputAt(1)) is { Rank: >= 3 } kernel && kernel.Dims![1] is { } channels)
            return new ValueShape([null, channels * node.Int("group", 1), .. kernel.Dims.Skip(2).Select(_ => (long?)null)], null);
        return ValueShape.Unknown;
    }

    private static bool IsEntryWise(NodeProto node) =>
        EntryWise.Contains(node.OpType) || node.OpType == "Concat" && node.Input.Count == 1;

    private static ValueShape Normalized(ValueShape input, ValueShape scale) =>
        input.Dims is null || scale.Rank != 1
            ? ValueShape.Unknown
            : new ValueShape([.. input.Dims.Select((_, i) => i == 1 ? scale.Dims![0] : null)], null);

    private static (long? Rows, long? Columns) GemmWeight(NodeProto node, Func<string, ValueShape> shapeOf) =>
        shapeOf(node.InputAt(1)).Dims is not [var first, var second] ? (null, null)
        : node.Int("transB", 0) != 0 ? (first, second)
        : (second, first);

    private static ValueShape Broadcast(ValueShape a, ValueShape b)
    {
        if (a.Dims is null || b.Dims is null)
            return new ValueShape(null, a.Type ?? b.Type);
        int rank = Math.Max(a.Dims.Count, b.Dims.Count);
        long? At(ValueShape shape, int i) =>
            i < rank - shape.Dims!.Count ? 1 : shape.Dims[i - (rank - shape.Dims.Count)];
        long? Both(long? x, long? y) => x == 1 ? y : y == 1 ? x : x ?? y;
        return new ValueShape([.. Enumerable.Range(0, rank).Select(i => Both(At(a, i), At(b, i)))], a.Type ?? b.Type);
    }

    private static ValueShape Concat(NodeProto node, IReadOnlyList<ValueShape> inputs)
    {
        if (inputs.Count == 0 || inputs.Any(shape => shape.Rank is null || shape.Rank != inputs[0].Rank))
            return ValueShape.Unknown;
        int rank = inputs[0].Rank!.Value;
        long axis = node.Int("axis", 1);
        long from = axis < 0 ? axis + rank : axis;
        return new ValueShape(
            [.. Enumerable.Range(0, rank).Select(i =>
                i == from
                    ? inputs.Aggregate((long?)0, (sum, shape) => sum + shape.Dims![i])
                    : inputs.Select(shape => shape.Dims![i]).FirstOrDefault(dim => dim is not null))],
            inputs[0].Type);
    }

    private static ValueShape Flatten(ValueShape input, long axis)
    {
        if (input.Rank is not { } rank)
            return ValueShape.Vectors(null, null, input.Type);
        int from = (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
        return ValueShape.Vectors(Product(input.Dims!.Take(from)), Product(input.Dims!.Skip(from)), input.Type);
    }

    private static ValueShape Reshape(NodeProto node, ValueShape input, ModelGraph graph)
    {
        if (ReshapeTarget(node, graph) is not { } target)
            return new ValueShape(null, input.Type);
        bool zeroIsZero = node.Int("allowzero", 0) != 0;
        List<long?> dims = [.. target.Select((dim, i) =>
            dim > 0 ? dim : dim == 0 && !zeroIsZero && i < input.Rank ? input.Dims![i] : null)];
        int open = Array.IndexOf(target, -1);
        if (open >= 0 && input.Rank is not null && Product(input.Dims!) is { } all
            && Product(dims.Where((_, i) => i != open)) is { } rest and > 0)
        {
            dims[open] = all / rest;
        }

        return new ValueShape(dims, input.Type);
    }

    /// <summary>The shape that a Reshape asks for, where it is a constant of the model.</summary>
    public static long[]? ReshapeTarget(NodeProto node, ModelGraph graph) =>
        node.Ints("shape") is { } attribute ? [.. attribute]
        : graph.TryConstant(node.InputAt(1), out Constant? constant) && constant.Dims.Count == 1
            && constant.TryIntegers(out long[]? target) ? target
        : null;

    private static long? Product(IEnumerable<long?> dims)
    {
        long? product = 1;
        foreach (long? dim in dims)
            product = product is null || dim is null || dim > int.MaxValue || product > int.MaxValue ? null : product * dim;
        return product;
    }
}
