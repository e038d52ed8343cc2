using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>
/// The pieces that an operator moves as they are when it puts numbers into another order: axes, or factors of axes. Pieces of
/// size 1 are left out.
/// </summary>
/// <param name="Sizes">The size of each piece.</param>
/// <param name="Before">The pieces of each axis in front, the slowest first.</param>
/// <param name="After">The pieces of each axis behind.</param>
internal sealed record Atoms(
    IReadOnlyList<Dim> Sizes, IReadOnlyList<IReadOnlyList<int>> Before, IReadOnlyList<IReadOnlyList<int>> After)
{
    /// <summary>The same axes in an order of their own.</summary>
    public static Atoms Permuted(IReadOnlyList<Dim> dims, IReadOnlyList<int> order)
    {
        var sizes = new List<Dim>();
        List<IReadOnlyList<int>> before = [.. dims.Select(dim => Piece(sizes, dim))];
        return new Atoms(sizes, before, [.. order.Select(axis => before[axis])]);
    }

    /// <summary>Other axes over numbers in the same order; null where the sizes do not tell how they meet.</summary>
    public static Atoms? Reshaped(IReadOnlyList<Dim> from, IReadOnlyList<Dim> to)
    {
        List<(int Axis, Dim Size)> left = [.. from.Index().Where(dim => !dim.Item.IsOne)];
        List<(int Axis, Dim Size)> right = [.. to.Index().Where(dim => !dim.Item.IsOne)];
        var front = new List<(int From, int To, Dim Size)>();
        var back = new List<(int From, int To, Dim Size)>();
        while (left.Count > 0 && right.Count > 0 && IsSame(left[0].Size, right[0].Size))
            Move(0, 0, front);
        while (left.Count > 0 && right.Count > 0 && IsSame(left[^1].Size, right[^1].Size))
            Move(left.Count - 1, right.Count - 1, back);

        // The one axis that is left on both sides is the same whatever its size.
        if (left.Count == 1 && right.Count == 1 && !(left[0].Size.IsKnown && right[0].Size.IsKnown))
            Move(0, 0, front);
        if (!Split(left, right, front))
            return null;
        back.Reverse();

        List<(int From, int To, Dim Size)> all = [.. front, .. back];
        IReadOnlyList<IReadOnlyList<int>> Groups(int rank, Func<(int From, int To, Dim Size), int> axisOf) =>
            [.. Enumerable.Range(0, rank).Select(axis => (IReadOnlyList<int>)[.. all.Index().Where(piece => axisOf(piece.Item) == axis).Select(piece => piece.Index)])];
        return new Atoms([.. all.Select(piece => piece.Size)], Groups(from.Count, piece => piece.From), Groups(to.Count, piece => piece.To));

        void Move(int leftAt, int rightAt, List<(int From, int To, Dim Size)> pieces)
        {
            Dim size = left[leftAt].Size.IsKnown ? left[leftAt].Size : right[rightAt].Size;
            pieces.Add((left[leftAt].Axis, right[rightAt].Axis, size));
            left.RemoveAt(leftAt);
            right.RemoveAt(rightAt);
        }
    }

    /// <summary>A piece of a list that grows; none for a size of 1.</summary>
    public static IReadOnlyList<int> Piece(List<Dim> sizes, Dim size)
    {
        if (size.IsOne)
            return [];
        sizes.Add(size);
        return [sizes.Count - 1];
    }

    /// <summary>Known sizes as common factors, the slowest first.</summary>
    private static bool Split(
        List<(int Axis, Dim Size)> left, List<(int Axis, Dim Size)> right, List<(int From, int To, Dim Size)> pieces)
    {
        if (!left.Concat(right).All(dim => dim.Size.Size > 0))
            return false;
        int i = 0, j = 0;
        long a = left.Count > 0 ? left[0].Size.Size!.Value : 1;
        long b = right.Count > 0 ? right[0].Size.Size!.Value : 1;
        while (i < left.Count && j < right.Count)
        {
            long piece = Math.Min(a, b);
            if (Math.Max(a, b) % piece != 0)
                return false;
            pieces.Add((left[i].Axis, right[j].Axis, Dim.Of(piece)));
            a /= piece;
            b /= piece;
            if (a == 1 && ++i < left.Count)
                a = left[i].Size.Size!.Value;
            if (b == 1 && ++j < right.Count)
                b = right[j].Size.Size!.Value;
        }

        return i == left.Count && j == right.Count;
    }

    private static bool IsSame(Dim a, Dim b) =>
        a.IsKnown && a.Size == b.Size || a.Symbol is not null && a.Symbol == b.Symbol;
}
