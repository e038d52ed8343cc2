using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>The output shapes of operators that slide a window over positions.</summary>
internal static class WindowShapes
{
    /// <summary>The shape of the output of a convolution or a pool.</summary>
    public static ValueShape OutputOf(NodeProto node, ValueShape input, ValueShape kernel)
    {
        bool transposed = node.OpType == "ConvTranspose";
        int? rank = input.Rank ?? (node.OpType.StartsWith("Conv", StringComparison.Ordinal) ? kernel.Rank : null);
        if (rank is not { } dims || dims < 3)
            return new ValueShape(null, input.Type);
        long? batch = input.Dims?[0];
        long? channels = !node.OpType.StartsWith("Conv", StringComparison.Ordinal) ? input.Dims?[1]
            : kernel.Rank != dims ? null
            : transposed ? kernel.Dims![1] * node.Int("group", 1)
            : kernel.Dims![0];
        return new ValueShape(
            [batch, channels, .. Enumerable.Range(0, dims - 2).Select(i => Size(node, i, dims - 2, input, kernel))],
            input.Type);
    }

    private static long? Size(NodeProto node, int axis, int axes, ValueShape input, ValueShape kernel)
    {
        if (node.OpType.StartsWith("Global", StringComparison.Ordinal))
            return 1;
        long? window = node.Ints("kernel_shape") is { } given ? At(given, axis) : kernel.Rank == axes + 2 ? kernel.Dims![axis + 2] : null;
        if (input.Dims?[axis + 2] is not { } size || window is not { } taps || node.OpType == "ConvTranspose")
            return null;

        long stride = At(node.Ints("strides"), axis) ?? 1;
        long dilation = At(node.Ints("dilations"), axis) ?? 1;
        IReadOnlyList<long>? pads = node.Ints("pads");
        long padding = (At(pads, axis) ?? 0) + (At(pads, axis + axes) ?? 0);
        if (stride <= 0 || new[] { size, taps, dilation, stride, Math.Abs(padding) }.Max() > int.MaxValue)
            return null;
        switch (node.Text("auto_pad"))
        {
            case "SAME_UPPER" or "SAME_LOWER":
                return (size + stride - 1) / stride;
            case "VALID":
                padding = 0;
                break;
        }

        long room = size + padding - ((taps - 1) * dilation + 1);
        // A pool that rounds up may drop a last window that lies in the padding alone: engines differ there.
        if (room < 0 || node.Int("ceil_mode", 0) != 0 && room % stride != 0)
            return null;
        return room / stride + 1;
    }

    private static long? At(IReadOnlyList<long>? numbers, int index) =>
        numbers is not null && index < numbers.Count ? numbers[index] : null;
}
