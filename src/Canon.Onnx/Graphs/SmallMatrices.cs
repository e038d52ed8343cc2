using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>The rearrangements of small matrices that paddings are computed by.</summary>
internal static class SmallMatrices
{
    /// <summary>The elements of a matrix in another order; null where nothing is known of them.</summary>
    public static SmallTensor? OutputOf(NodeProto node, Shapes shapes)
    {
        if (shapes.Small(node.InputAt(0)) is not { } input
            || shapes.Of(node.InputAt(0)).Dims is not [{ Size: { } rows and > 0 and <= SmallTensor.MostEntries }, _]
            || input.Entries.Count % rows != 0)
        {
            return null;
        }

        List<Entry[]> matrix = [.. input.Entries.Chunk(Math.Max(1, input.Entries.Count / (int)rows))];
        switch (node.OpType)
        {
            case "Transpose" when node.Ints("perm") is null or [1, 0] && matrix.Count > 0:
                return input with { Entries = [.. Enumerable.Range(0, matrix[0].Length).SelectMany(i => matrix.Select(row => row[i]))] };
            case "Slice" when Slices.Of(node, 2, shapes) is [{ Axis: 0 } slice] && Slices.Selected(matrix.Count, slice) is { } selected:
                return input with { Entries = [.. Slices.Take(matrix, selected, slice.Step.Size!.Value).SelectMany(row => row)] };
            default:
                return null;
        }
    }
}
