using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>The output shapes of operators that make values of shapes and numbers.</summary>
internal static class GeneratorShapes
{
    /// <summary>The shapes of the outputs; null where the operator is another.</summary>
    public static IReadOnlyList<ValueShape>? OutputsOf(NodeProto node, ValueShape input, Shapes shapes) => node.OpType switch
    {
        "Shape" => [new([ShapeRange(node, input) is { } range ? Dim.Of(range.Count) : Dim.Unknown], DataType.Int64)],
        "Size" => [new([], DataType.Int64)],
        "ConstantOfShape" => [ConstantOfShape(node, input, shapes)],
        "Range" => [new([RangeLength(node, shapes)], input.Type)],
        "OneHot" => [OneHot(node, input, shapes)],
        "RandomNormal" or "RandomUniform" => [new(
            node.Ints("shape")?.Select(size => Dim.Of(size).AsSize).ToList(), (DataType)node.Int("dtype", (long)DataType.Float))],
        "Multinomial" => [new(
            [input.DimAt(0), Dim.Of(node.Int("sample_size", 1)).AsSize], (DataType)node.Int("dtype", (long)DataType.Int32))],
        _ => null,
    };

    /// <summary>The dimensions that a Shape tells; null where their number is not known.</summary>
    public static (int Start, int Count)? ShapeRange(NodeProto node, ValueShape input)
    {
        if (input.Rank is not { } rank)
            return null;
        int Place(long place) => (int)Math.Clamp(place < 0 ? place + rank : place, 0, rank);
        int start = Place(node.Int("start", 0));
        return (start, Math.Max(0, Place(node.Int("end", rank)) - start));
    }

    /// <summary>How many numbers a Range of known numbers has.</summary>
    private static Dim RangeLength(NodeProto node, Shapes shapes)
    {
        if (shapes.Small(node.InputAt(0))?.Entries is not [var start] || shapes.Small(node.InputAt(1))?.Entries is not [var limit]
            || shapes.Small(node.InputAt(2))?.Entries is not [var step])
        {
            return Dim.Unknown;
        }

        if ((start.Real, limit.Real, step.Real) is ({ } from, { } to, { } by))
        {
            return by != 0 && Math.Ceiling((to - from) / by) is var steps and <= int.MaxValue
                ? Dim.Of(Math.Max(0, (long)steps))
                : Dim.Unknown;
        }

        if ((start.Whole.Size, limit.Whole.Size, step.Whole.Size) is not ({ } first, { } end, { } each) || each == 0)
            return start.Whole.Size == 0 && step.Whole.IsOne ? limit.Whole.AsSize : Dim.Unknown;
        Int128 distance = (Int128)end - first;
        Int128 count = (distance + each - Math.Sign(each)) / each;
        return count <= 0 ? Dim.Of(0) : count <= long.MaxValue ? Dim.Of((long)count) : Dim.Unknown;
    }

    private static ValueShape ConstantOfShape(NodeProto node, ValueShape input, Shapes shapes)
    {
        DataType type = node.Find("value")?.T is { } value ? (DataType)value.DataType : DataType.Float;
        return shapes.Integers(node.InputAt(0)) is { } target
            ? new ValueShape([.. target.Select(dim => dim.AsSize)], type)
            : ValueShape.OfRank(input.SizeOf(0) is { } rank and <= int.MaxValue ? (int)rank : null, type);
    }

    private static ValueShape OneHot(NodeProto node, ValueShape indices, Shapes shapes)
    {
        DataType? type = shapes.Of(node.InputAt(2)).Type;
        if (indices.Dims is not { } dims || ArrangementShapes.Within([node.Int("axis", -1)], dims.Count + 1) is not [var axis])
            return new ValueShape(null, type);
        Dim depth = shapes.Small(node.InputAt(1))?.Entries is [var entry] ? entry.Whole.AsSize : Dim.Unknown;
        return new ValueShape([.. dims.Take(axis), depth, .. dims.Skip(axis)], type);
    }
}
