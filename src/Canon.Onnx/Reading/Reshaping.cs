using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Recognises a Reshape that keeps the batch and makes one vector of everything else.</summary>
internal static class Reshaping
{
    /// <summary>Whether the result is [N, everything else] for every batch size N that the input can have.</summary>
    public static bool KeepsBatch(NodeProto node, ValueShape input, ModelGraph graph)
    {
        if (input.Rank is null or < 2 || node.Int("allowzero", 0) != 0
            || ShapeRules.ReshapeTarget(node, graph) is not [var first, var second])
        {
            return false;
        }

        bool keepsFirst = first == 0 || first > 0 && first == input.Dims![0];
        long? width = (long?)input.Channels * input.Positions;
        bool fillsSecond = second > 0 && second == width || second == 0 && input.Rank == 2;
        return keepsFirst && (fillsSecond || second == -1) || first == -1 && fillsSecond;
    }
}
