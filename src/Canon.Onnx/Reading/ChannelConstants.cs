using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>Constants that an operator reads beside a value: one number for all channels, or one a channel.</summary>
internal static class ChannelConstants
{
    /// <summary>How many numbers such a constant has; null where it is laid out otherwise.</summary>
    /// <param name="constant">The constant.</param>
    /// <param name="beside">The layout of the value beside it.</param>
    /// <param name="channels">The channels of that value.</param>
    public static int? Count(Constant constant, Layout beside, int channels)
    {
        IReadOnlyList<long> dims = constant.Dims;
        if (constant.ElementType is null || dims.Count > beside.Rank)
            return null;
        if (constant.Data.ElementCount == 1)
            return 1;

        // Dimensions are matched from the last one on.
        int missing = beside.Rank - dims.Count;
        bool alongChannels = dims.Index().All(dim => dim.Item == 1 || beside.Roles[dim.Index + missing] == 'C');
        return alongChannels && constant.Data.ElementCount == channels ? channels : null;
    }
}
