using System.Collections.Frozen;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>What operators tell of the shapes of their outputs.</summary>
internal static class ShapeRules
{
    private static readonly FrozenSet<string> EntryWise = FrozenSet.Create(
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Bernoulli", "BitwiseNot", "Ceil", "Celu", "Clip", "Cos", "Cosh",
        "CumSum", "Elu", "Erf", "Exp", "Floor", "Gelu", "GroupNormalization", "HardSigmoid", "HardSwish", "Hardmax", "Identity",
        "ImageScaler", "InstanceNormalization", "LRN", "LeakyRelu", "Log", "LogSoftmax", "LpNormalization",
        "MeanVarianceNormalization", "Mish", "Neg", "Not", "PRelu", "ParametricSoftplus", "RMSNormalization", "Reciprocal", "Relu",
        "ReverseSequence", "Round", "ScaledTanh", "Scatter", "ScatterElements", "ScatterND", "Selu", "Shrink", "Sigmoid", "Sign",
        "Sin", "Sinh", "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "TensorScatter", "ThresholdedRelu",
        "Trilu");

    /// <summary>Whether the first output has the shape and type of the first input.</summary>
    public static bool IsEntryWise(NodeProto node) =>
        EntryWise.Contains(node.OpType)
        || node.OpType is "BatchNormalization" or "Dropout" or "LayerNormalization"
        || node.OpType is "Concat" or "Sum" or "Max" or "Min" or "Mean" && node.Input.Count == 1;

    /// <summary>The shapes of the outputs; those behind the last one given are unknown.</summary>
    public static IReadOnlyList<ValueShape> OutputsOf(NodeProto node, Shapes shapes)
    {
        ValueShape input = shapes.Of(node.InputAt(0));
        ValueShape Second() => shapes.Of(node.InputAt(1));
        return node.OpType switch
        {
            "BatchNormalization" => Normalized(input, Second()),
            "Dropout" => [input, input with { Type = DataType.Bool }],
            "LayerNormalization" => WithStatistics(input, node.Int("axis", -1)),
            _ when IsEntryWise(node) => [input],
            "Cast" => [input with { Type = (DataType)node.Int("to", 0) }],
            "CastLike" => [input with { Type = Second().Type }],
            "IsNaN" or "IsInf" => [input with { Type = DataType.Bool }],
            "DequantizeLinear" => [input with { Type = Second().Type }],
            "QuantizeLinear" => [input with { Type = Quantized(node, shapes) }],
            "DynamicQuantizeLinear" => [input with { Type = DataType.Uint8 }, new([], DataType.Float), new([], DataType.Uint8)],
            "EyeLike" or "RandomNormalLike" or "RandomUniformLike" =>
                [node.Find("dtype") is { } type ? input with { Type = (DataType)type.I } : input],
            "Gemm" or "MatMul" or "MatMulInteger" or "QLinearMatMul" => [ProductShapes.OutputOf(node, shapes)],
            "Conv" or "ConvInteger" or "ConvTranspose" or "DeformConv" => [WindowShapes.OutputOf(node, input, Second())],
            "QLinearConv" => [WindowShapes.OutputOf(node, input, shapes.Of(node.InputAt(3))) with { Type = Quantized(node, shapes, 7) }],
            "MaxPool" => WindowShapes.OutputOf(node, input, ValueShape.Unknown) is var pooled
                ? [pooled, pooled with { Type = DataType.Int64 }]
                : [],
            "AveragePool" or "LpPool" or "GlobalAveragePool" or "GlobalMaxPool" or "GlobalLpPool" =>
                [WindowShapes.OutputOf(node, input, ValueShape.Unknown)],
            "Equal" or "Greater" or "GreaterOrEqual" or "Less" or "LessOrEqual" or "And" or "Or" or "Xor" =>
                [Broadcast(node, shapes, 0) with { Type = DataType.Bool }],
            "Where" => [Broadcast(node, shapes, 0) with { Type = Second().Type ?? shapes.Of(node.InputAt(2)).Type }],
            "Add" or "Sub" or "Mul" or "Div" or "Max" or "Min" or "Mean" or "Sum" or "Pow" or "Mod" or "BitShift" or "BitwiseAnd"
                or "BitwiseOr" or "BitwiseXor" => [Broadcast(node, shapes, 0)],
            _ => ArrangementShapes.OutputsOf(node, input, shapes)
                ?? SelectionShapes.OutputsOf(node, input, shapes)
                ?? ReductionShapes.OutputsOf(node, input, shapes)
                ?? GeneratorShapes.OutputsOf(node, input, shapes)
                ?? [],
        };
    }

    /// <summary>The shape that a Reshape asks for, where it is a constant of the model.</summary>
    public static long[]? ReshapeTarget(NodeProto node, ModelGraph graph) => node.IntegersOf(graph, "shape", 1);

    /// <summary>The shape of two values' broadcast.</summary>
    public static IReadOnlyList<Dim>? Broadcast(IReadOnlyList<Dim>? a, IReadOnlyList<Dim>? b)
    {
        if (a is null || b is null)
            return null;
        int rank = Math.Max(a.Count, b.Count);
        Dim At(IReadOnlyList<Dim> dims, int i) => i < rank - dims.Count ? Dim.Of(1) : dims[i - (rank - dims.Count)];
        return [.. Enumerable.Range(0, rank).Select(i => At(a, i).Broadcast(At(b, i)))];
    }

    private static ValueShape Broadcast(NodeProto node, Shapes shapes, int first)
    {
        ValueShape result = shapes.Of(node.InputAt(first));
        // Until opset 7 only the second operand could be the smaller one, and perhaps lay at an axis.
        if (shapes.Graph.Opset < 7)
            return result;
        for (int i = first + 1; i < node.Input.Count; i++)
        {
            ValueShape next = shapes.Of(node.Input[i]);
            result = new ValueShape(Broadcast(result.Dims, next.Dims), result.Type ?? next.Type);
        }

        return result;
    }

    private static IReadOnlyList<ValueShape> Normalized(ValueShape input, ValueShape scale)
    {
        if (input.Rank >= 2 && scale.Rank == 1)
            input = input.Narrowed(ValueShape.OfRank(input.Rank, null).WithDim(1, scale.Dims![0]));
        ValueShape statistics = ValueShape.OfRank(1, scale.Type).Or(scale);
        return [input, statistics, statistics, statistics, statistics];
    }

    private static IReadOnlyList<ValueShape> WithStatistics(ValueShape input, long axis)
    {
        int from = input.Axis(axis);
        ValueShape statistics = new(from < 0 ? null : [.. input.Dims!.Select((dim, i) => i < from ? dim : Dim.Of(1))], DataType.Float);
        return [input, statistics, statistics];
    }

    private static DataType? Quantized(NodeProto node, Shapes shapes, int zeroPoint = 2) =>
        node.InputAt(zeroPoint) is { Length: > 0 } point ? shapes.Of(point).Type
        : node.Int("output_dtype", 0) is var type and not 0 ? (DataType)type
        : DataType.Uint8;
}
