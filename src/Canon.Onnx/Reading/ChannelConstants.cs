using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>Constants that an entry-wise operator reads beside a value: one number for all channels, or one a channel.</summary>
internal static class ChannelConstants
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
}
