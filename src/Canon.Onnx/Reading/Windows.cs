using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>The windows of convolutions and pools.</summary>
internal static class Windows
{
    /// <summary>The window of a node; null where its attributes are none that the calculus has.</summary>
    /// <param name="node">The node.</param>
    /// <param name="kernel">How many positions the window sees, an axis.</param>
    public static Window? Of(NodeProto node, IReadOnlyList<long>? kernel)
    {
        if (kernel is not { Count: > 0 } || Sizes(kernel, kernel.Count, 1, 1) is not { } sizes
            || Sizes(node.Ints("strides"), sizes.Length, 1, 1) is not { } strides
            || Sizes(node.Ints("dilations"), sizes.Length, 1, 1) is not { } dilations
            || Sizes(node.Ints("pads"), 2 * sizes.Length, 0, 0) is not { } pads)
        {
            return null;
        }

        switch (node.Text("auto_pad"))
        {
            case "" or "NOTSET":
                return new Window(sizes, strides, pads[..sizes.Length], pads[sizes.Length..], dilations);
            case "VALID":
                return new Window(sizes, strides, dilations: dilations);
            case "SAME_UPPER":
                return Window.Same(sizes, true, strides, dilations);
            case "SAME_LOWER":
                return Window.Same(sizes, false, strides, dilations);
            default:
                return null;
        }
    }

    /// <summary>Numbers of an attribute; null where there are others than expected, or one is too small or large.</summary>
    public static int[]? Sizes(IReadOnlyList<long>? numbers, int count, int absent, int least) =>
        numbers is not { Count: > 0 } ? [.. Enumerable.Repeat(absent, count)]
        : numbers.Count == count && numbers.All(number => number >= least && number <= short.MaxValue)
            ? [.. numbers.Select(number => (int)number)]
        : null;
}
