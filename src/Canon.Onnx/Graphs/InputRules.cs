using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>What operators demand of their first input.</summary>
internal static class InputRules
{
    /// <summary>What a node demands of its first input.</summary>
    public static ValueShape InputOf(NodeProto node, Shapes shapes)
    {
        ValueShape Second() => shapes.Of(node.InputAt(1));
        if (node.Output.Count == 0)
            return ValueShape.Unknown;
        ValueShape output = shapes.Of(node.Output[0]) with { Type = null };
        switch (node.OpType)
        {
            case "Gemm" when node.Int("transA", 0) == 0:
                return ValueShape.Vectors(
                    output.Rank == 2 ? output.Dims![0] : Dim.Unknown, ProductShapes.GemmWeight(node, Second()).Columns, null);
            case "MatMul" when shapes.Of(node.InputAt(0)).Rank is { } rank and >= 2 && Second() is { Rank: 2 } right:
                return ValueShape.OfRank(rank, null).WithDim(rank - 1, right.Dims![0]);
            case "Conv" when Second() is { Rank: >= 3 } kernel:
                return Channels(kernel.Rank, kernel.Dims![1].Times(Dim.Of(node.Int("group", 1))));
            case "ConvTranspose" when Second() is { Rank: >= 3 } kernel:
                return Channels(kernel.Rank, kernel.Dims![0]);
            case "BatchNormalization" or "InstanceNormalization" when Second() is { Rank: 1 } scale && output.Rank is { } rank and >= 2:
                return output.Narrowed(Channels(rank, scale.Dims![0]));
            case "MaxPool" or "AveragePool" or "LpPool" or "GlobalAveragePool" or "GlobalMaxPool" when output.Rank >= 3:
                return Channels(output.Rank, output.Dims![1]).WithDim(0, output.Dims[0]);
            default:
                return ShapeRules.IsEntryWise(node) ? output : ValueShape.Unknown;
        }
    }

    private static ValueShape Channels(int? rank, Dim channels) => ValueShape.OfRank(rank, null).WithDim(1, channels.AsSize);
}
