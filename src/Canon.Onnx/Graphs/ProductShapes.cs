using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>The output shapes of matrix products.</summary>
internal static class ProductShapes
{
    /// <summary>The shape of the output of a Gemm or a MatMul.</summary>
    public static ValueShape OutputOf(NodeProto node, Shapes shapes)
    {
        ValueShape left = shapes.Of(node.InputAt(0));
        ValueShape right = shapes.Of(node.InputAt(node.OpType == "QLinearMatMul" ? 3 : 1));
        DataType? type = node.OpType switch
        {
            "MatMulInteger" => DataType.Int32,
            "QLinearMatMul" => shapes.Of(node.InputAt(7)).Type,
            _ => left.Type ?? right.Type,
        };
        if (node.OpType != "Gemm")
            return new ValueShape(MatMul(left.Dims, right.Dims), type);
        Dim rows = left.Rank == 2 ? left.Dims![node.Int("transA", 0) != 0 ? 1 : 0] : Dim.Unknown;
        return ValueShape.Vectors(rows, GemmWeight(node, right).Rows, type);
    }

    /// <summary>What a Gemm makes and what it reads of each vector.</summary>
    public static (Dim Rows, Dim Columns) GemmWeight(NodeProto node, ValueShape weight) =>
        weight.Dims is not [var first, var second] ? default
        : node.Int("transB", 0) != 0 ? (first, second)
        : (second, first);

    private static IReadOnlyList<Dim>? MatMul(IReadOnlyList<Dim>? left, IReadOnlyList<Dim>? right)
    {
        if (left is null or [] || right is null or [])
            return null;
        IEnumerable<Dim> batch = ShapeRules.Broadcast([.. left.SkipLast(2)], [.. right.SkipLast(2)])!;
        return [.. batch, .. left.SkipLast(1).TakeLast(1), .. right.Count > 1 ? right.TakeLast(1) : []];
    }
}
