using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>How the operators that put numbers into another order, and compute none, move the axes of their input.</summary>
internal static class Reshaping
{
    /// <summary>What a node moves; null where it is no such operator, or the sizes do not tell.</summary>
    public static Atoms? Atoms(NodeProto node, Shapes shapes)
    {
        if (node.Output.Count == 0 || shapes.Of(node.InputAt(0)).Dims is not { } before
            || shapes.Of(node.Output[0]).Dims is not { } after)
        {
            return null;
        }

        return node.OpType switch
        {
            "Transpose" => Order(node, before.Count) is { } order ? Reading.Atoms.Permuted(before, order) : null,
            "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" => Reading.Atoms.Reshaped(before, after),
            "DepthToSpace" => before.Count == 4 ? DepthToSpace(node, before) : null,
            "SpaceToDepth" => before.Count == 4 ? SpaceToDepth(node, before) : null,
            _ => null,
        };
    }

    /// <summary>The order in which a Transpose takes the axes; null where it is none.</summary>
    private static List<int>? Order(NodeProto node, int rank)
    {
        List<int> order = node.Ints("perm") is { Count: > 0 } given
            ? [.. given.Select(axis => axis is >= 0 and < int.MaxValue ? (int)axis : -1)]
            : [.. Enumerable.Range(0, rank).Reverse()];
        return order.Order().SequenceEqual(Enumerable.Range(0, rank)) ? order : null;
    }

    private static Atoms? DepthToSpace(NodeProto node, IReadOnlyList<Dim> dims)
    {
        long block = node.Int("blocksize", 0);
        if (block is < 1 or > short.MaxValue || dims[1].Size is not { } channels || channels % (block * block) != 0)
            return null;
        var sizes = new List<Dim>();
        var batch = Reading.Atoms.Piece(sizes, dims[0]);
        var depth = Reading.Atoms.Piece(sizes, Dim.Of(channels / (block * block)));
        var down = Reading.Atoms.Piece(sizes, Dim.Of(block));
        var right = Reading.Atoms.Piece(sizes, Dim.Of(block));
        var height = Reading.Atoms.Piece(sizes, dims[2]);
        var width = Reading.Atoms.Piece(sizes, dims[3]);
        bool depthFirst = node.Text("mode") == "CRD";
        return new Atoms(
            sizes,
            [batch, depthFirst ? [.. depth, .. down, .. right] : [.. down, .. right, .. depth], height, width],
            [batch, depth, [.. height, .. down], [.. width, .. right]]);
    }

    private static Atoms? SpaceToDepth(NodeProto node, IReadOnlyList<Dim> dims)
    {
        long block = node.Int("blocksize", 0);
        if (block is < 1 or > short.MaxValue || dims[2].Size is not { } rows || dims[3].Size is not { } columns
            || rows % block != 0 || columns % block != 0)
        {
            return null;
        }

        var sizes = new List<Dim>();
        var batch = Reading.Atoms.Piece(sizes, dims[0]);
        var depth = Reading.Atoms.Piece(sizes, dims[1]);
        var height = Reading.Atoms.Piece(sizes, Dim.Of(rows / block));
        var down = Reading.Atoms.Piece(sizes, Dim.Of(block));
        var width = Reading.Atoms.Piece(sizes, Dim.Of(columns / block));
        var right = Reading.Atoms.Piece(sizes, Dim.Of(block));
        return new Atoms(
            sizes,
            [batch, depth, [.. height, .. down], [.. width, .. right]],
            [batch, [.. down, .. right, .. depth], height, width]);
    }
}
