using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Constants that an entry-wise operator reads beside a value: one number for all channels, or one a channel.</summary>
internal sealed class ChannelConstants(ModelGraph graph, Shapes shapes)
{
    /// <summary>How many numbers such a constant has; null where it is laid out otherwise.</summary>
    public static int? Count(Constant constant, ValueShape shape)
    {
        IReadOnlyList<long> dims = constant.Dims;
        if (constant.ElementType is null || shape.Rank < dims.Count)
            return null;
        if (constant.Data.ElementCount == 1)
            return 1;
        if (shape.Rank is not { } rank || rank < 2 || shape.Channels is not { } channels)
            return null;

        // Dimensions are matched from the last one on.
        int channelAxis = dims.Count - (rank - 1);
        bool oneAChannel = channelAxis >= 0 && dims.Index().All(dim => dim.Item == (dim.Index == channelAxis ? channels : 1));
        return oneAChannel ? channels : null;
    }

    /// <summary>Finite constants beside a flowing value whose channels are known: one for each channel.</summary>
    /// <param name="node">A node of two inputs.</param>
    /// <param name="slot">Which of them the constants are.</param>
    /// <param name="constant">The tensor; null on failure.</param>
    /// <param name="numbers">The numbers; null on failure.</param>
    public bool TryRead(
        NodeProto node,
        int slot,
        [NotNullWhen(true)] out Constant? constant,
        [NotNullWhen(true)] out double[]? numbers)
    {
        ValueShape shape = shapes.Of(node.InputAt(1 - slot));
        numbers = null;
        if (!graph.TryConstant(node.InputAt(slot), out constant)
            || Count(constant, shape) is not { } count
            || shape.Rank is null or < 2
            || shape.Channels is not { } channels
            || !constant.TryFloats(out numbers)
            || !numbers.All(double.IsFinite))
        {
            return false;
        }

        numbers = count == 1 ? [.. Enumerable.Repeat(numbers[0], channels)] : numbers;
        return true;
    }
}
