using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>The output shape of a Reshape.</summary>
internal static class ReshapeShapes
{
    /// <summary>The shape that a Reshape yields, as far as what it asks for is known.</summary>
    public static ValueShape OutputOf(NodeProto node, ValueShape input, Shapes shapes)
    {
        IReadOnlyList<Dim>? target = shapes.Integers(node, "shape", 1);
        return target is not null && target.Count <= SmallTensor.MostEntries
            ? input with { Dims = Resolve(input.Dims, target, node.Int("allowzero", 0) != 0) }
            : ValueShape.OfRank(shapes.Of(node.InputAt(1)).SizeOf(0) is { } rank and <= int.MaxValue ? (int)rank : null, input.Type);
    }

    /// <summary>The dimensions that a target asks of an input: 0 copies, and one size may follow from the others.</summary>
    public static IReadOnlyList<Dim> Resolve(IReadOnlyList<Dim>? input, IReadOnlyList<Dim> target, bool allowZero)
    {
        bool Copies(int i) => target[i].Size == 0 && !allowZero;
        List<Dim> dims = [.. target.Select((dim, i) => !Copies(i) ? dim.AsSize : i < input?.Count ? input[i] : Dim.Unknown)];
        List<int> open = [.. Enumerable.Range(0, dims.Count).Where(i => dims[i] == Dim.Unknown && !(Copies(i) && i < input?.Count))];
        if (input is null || open.Count != 1 || target.Any(dim => dim.Size < -1))
            return dims;

        // What is copied counts on both sides, known or not.
        List<Dim> whole = [.. input.Where((_, i) => i >= target.Count || !Copies(i))];
        List<Dim> rest = [.. dims.Where((_, i) => i != open[0] && !(Copies(i) && i < input.Count))];
        dims[open[0]] = Quotient(whole, rest);
        return dims;
    }

    /// <summary>The quotient of two products of sizes, in which names cancel.</summary>
    private static Dim Quotient(List<Dim> whole, List<Dim> rest)
    {
        foreach (Dim symbol in rest.Where(dim => !dim.IsKnown).ToList())
        {
            if (symbol == Dim.Unknown || !whole.Remove(symbol))
                return Dim.Unknown;
            rest.Remove(symbol);
        }

        List<Dim> names = [.. whole.Where(dim => !dim.IsKnown)];
        Dim known = ArrangementShapes.Product(whole.Where(dim => dim.IsKnown));
        if (ArrangementShapes.Product(rest).Size is not { } divisor || divisor <= 0
            || known.Size is not { } product || product % divisor != 0)
        {
            return Dim.Unknown;
        }

        return names.Count == 0 ? Dim.Of(product / divisor)
            : names.Count == 1 && product == divisor ? names[0]
            : Dim.Unknown;
    }
}
