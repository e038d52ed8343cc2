using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>The output shapes of operators that slide a window over positions.</summary>
internal static class WindowShapes
{
    /// <summary>The shape of the output of a convolution or a pool.</summary>
    public static ValueShape OutputOf(NodeProto node, ValueShape input, ValueShape kernel)
    {
        bool pool = node.OpType.EndsWith("Pool", StringComparison.Ordinal);
        int? rank = input.Rank ?? (pool ? null : kernel.Rank);
        if (rank is not { } dims || dims < 3)
            return new ValueShape(null, input.Type);
        Dim channels = pool ? input.DimAt(1)
            : kernel.Rank != dims ? Dim.Unknown
            : node.OpType == "ConvTranspose" ? kernel.Dims![1].Times(Dim.Of(node.Int("group", 1))).AsSize
            : kernel.Dims![0];
        var type = node.OpType == "ConvInteger" ? TensorProto.Types.DataType.Int32 : input.Type;
        IEnumerable<Dim> space = Enumerable.Range(0, dims - 2).Select(i => Size(node, i, dims - 2, input, kernel));
        return new ValueShape([input.DimAt(0), channels, .. space], type);
    }

    private static Dim Size(NodeProto node, int axis, int axes, ValueShape input, ValueShape kernel)
    {
        if (node.OpType.StartsWith("Global", StringComparison.Ordinal))
            return Dim.Of(1);
        bool transposed = node.OpType == "ConvTranspose";
        if (transposed && node.Ints("output_shape") is { Count: > 0 } fixedShape)
            return At(fixedShape, fixedShape.Count - axes + axis) is { } given ? Dim.Of(given).AsSize : Dim.Unknown;

        long? window = node.Ints("kernel_shape") is { Count: > 0 } shape ? At(shape, axis)
            : kernel.Rank == axes + 2 ? kernel.SizeOf(axis + 2)
            : null;
        long stride = At(node.Ints("strides"), axis) ?? 1;
        long dilation = At(node.Ints("dilations"), axis) ?? 1;
        IReadOnlyList<long>? pads = node.Ints("pads");
        long before = At(pads, axis) ?? 0;
        long after = At(pads, axis + axes) ?? 0;
        long extra = transposed ? At(node.Ints("output_padding"), axis) ?? 0 : 0;
        Dim dim = input.DimAt(axis + 2);
        long[] numbers = [dim.Size ?? 0, window ?? 0, dilation, stride, before, after, extra];
        if (window is not >= 1 || stride < 1 || dilation < 1 || numbers.Max() > int.MaxValue || numbers.Min() < -int.MaxValue)
            return Dim.Unknown;

        switch (node.Text("auto_pad"))
        {
            case "SAME_UPPER" or "SAME_LOWER":
                return stride == 1 ? dim
                    : dim.Size is not { } length ? Dim.Unknown
                    : Dim.Of(transposed ? length * stride : (length + stride - 1) / stride);
            case "VALID":
                before = after = 0;
                break;
        }

        long reach = (window.Value - 1) * dilation;
        if (stride == 1 && before + after == reach + extra)
            return dim;
        if (dim.Size is not { } size)
            return Dim.Unknown;
        if (transposed)
            return size == 0 ? Dim.Unknown : Positive(stride * (size - 1) + extra + reach + 1 - before - after);
        long room = size + before + after - reach - 1;
        if (room < 0)
            return Dim.Unknown;
        if (node.Int("ceil_mode", 0) == 0)
            return Dim.Of(room / stride + 1);
        // A window that would start in the padding behind the end is dropped.
        long windows = (room + stride - 1) / stride + 1;
        return Dim.Of((windows - 1) * stride >= size + before ? windows - 1 : windows);
    }

    private static Dim Positive(long size) => size > 0 ? Dim.Of(size) : Dim.Unknown;

    private static long? At(IReadOnlyList<long>? numbers, int index) =>
        numbers is not null && index >= 0 && index < numbers.Count ? numbers[index] : null;
}
