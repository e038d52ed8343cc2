using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>The output shapes of operators that lay the same entries out otherwise, or repeat them.</summary>
internal static class ArrangementShapes
{
    /// <summary>The shapes of the outputs; null where the operator is another.</summary>
    public static IReadOnlyList<ValueShape>? OutputsOf(NodeProto node, ValueShape input, Shapes shapes) => node.OpType switch
    {
        "Flatten" => [Flatten(input, node.Int("axis", 1))],
        "Reshape" => [ReshapeShapes.OutputOf(node, input, shapes)],
        "Transpose" => [input with { Dims = Transposed(input.Dims, node.Ints("perm")) }],
        "Squeeze" => [Squeeze(node, input, shapes)],
        "Unsqueeze" => [Unsqueeze(node, input, shapes)],
        "Expand" => [Expand(node, input, shapes)],
        "Tile" => [Tile(node, input, shapes)],
        "Concat" => [Concat(node, shapes)],
        "DepthToSpace" => [Blocks(node, input, true)],
        "SpaceToDepth" => [Blocks(node, input, false)],
        "Pad" => [ResizeShapes.Pad(node, input, shapes)],
        "Resize" or "Upsample" => [ResizeShapes.Resize(node, input, shapes)],
        _ => null,
    };

    /// <summary>Entries in the order of a permutation, or reversed without one; null where it is no permutation.</summary>
    public static IReadOnlyList<T>? Transposed<T>(IReadOnlyList<T>? dims, IReadOnlyList<long>? permutation) =>
        dims is null ? null
        : permutation is null ? [.. dims.Reverse()]
        : permutation.Count == dims.Count && permutation.Distinct().Count() == dims.Count
            && permutation.All(axis => axis >= 0 && axis < dims.Count) ? [.. permutation.Select(axis => dims[(int)axis])]
        : null;

    /// <summary>The axes that a Squeeze drops; null where they are not known.</summary>
    public static IReadOnlyList<int>? Squeezed(IReadOnlyList<Dim> dims, IReadOnlyList<long>? axes)
    {
        if (axes is null)
            return dims.All(dim => dim.IsKnown) ? [.. Enumerable.Range(0, dims.Count).Where(i => dims[i].IsOne)] : null;
        return Within(axes, dims.Count);
    }

    /// <summary>Dimensions with new ones of size 1; null where the axes are not sound.</summary>
    public static IReadOnlyList<Dim>? Unsqueezed(IReadOnlyList<Dim>? dims, IReadOnlyList<long>? axes)
    {
        if (dims is null || axes is null || axes.Count > SmallTensor.MostEntries
            || Within(axes, dims.Count + axes.Count) is not { } places || places.Distinct().Count() < places.Count)
        {
            return null;
        }

        var result = new List<Dim>(dims);
        foreach (int place in places.Order())
            result.Insert(place, Dim.Of(1));
        return result;
    }

    /// <summary>The sizes before and behind an axis, each multiplied.</summary>
    public static ValueShape Flatten(ValueShape input, long axis)
    {
        if (input.Rank is not { } rank)
            return ValueShape.Vectors(Dim.Unknown, Dim.Unknown, input.Type);
        if (axis < -rank || axis > rank)
            return ValueShape.OfRank(2, input.Type);
        int from = (int)(axis < 0 ? axis + rank : axis);
        return ValueShape.Vectors(Product(input.Dims!.Take(from)), Product(input.Dims!.Skip(from)), input.Type);
    }

    /// <summary>The product of sizes.</summary>
    public static Dim Product(IEnumerable<Dim> dims) => dims.Aggregate(Dim.Of(1), (product, dim) => product.Times(dim));

    /// <summary>An axis counted from the front; -1 where it does not exist.</summary>
    public static int Axis(long axis, int rank) => axis < -rank || axis >= rank ? -1 : (int)(axis < 0 ? axis + rank : axis);

    /// <summary>Axes counted from the front; null where one does not exist.</summary>
    public static IReadOnlyList<int>? Within(IEnumerable<long> axes, int rank)
    {
        List<int> places = [.. axes.Select(axis => Axis(axis, rank))];
        return places.Contains(-1) ? null : places;
    }

    private static ValueShape Squeeze(NodeProto node, ValueShape input, Shapes shapes)
    {
        long[]? axes = node.AxesOf(shapes.Graph, 1);
        bool given = axes is not null || node.InputAt(1).Length > 0;
        if (input.Dims is null || given && axes is null || Squeezed(input.Dims, axes) is not { } dropped)
        {
            long? rank = input.Rank - shapes.Of(node.InputAt(1)).SizeOf(0);
            return ValueShape.OfRank(rank is >= 0 ? (int)rank : null, input.Type);
        }

        return input with { Dims = [.. input.Dims.Where((_, i) => !dropped.Contains(i))] };
    }

    private static ValueShape Unsqueeze(NodeProto node, ValueShape input, Shapes shapes) =>
        input with { Dims = Unsqueezed(input.Dims, node.AxesOf(shapes.Graph, 1)) };

    private static ValueShape Expand(NodeProto node, ValueShape input, Shapes shapes)
    {
        IReadOnlyList<Dim>? target = shapes.Integers(node.InputAt(1));
        if (target is not null)
            return input with { Dims = ShapeRules.Broadcast(input.Dims, [.. target.Select(dim => dim.AsSize)]) };
        bool counted = shapes.Of(node.InputAt(1)).SizeOf(0) is <= ValueShape.MostDims && input.Rank is not null;
        return ValueShape.OfRank(
            counted ? Math.Max((int)shapes.Of(node.InputAt(1)).SizeOf(0)!.Value, input.Rank!.Value) : null, input.Type);
    }

    private static ValueShape Tile(NodeProto node, ValueShape input, Shapes shapes) =>
        shapes.Integers(node.InputAt(1)) is { } repeats && repeats.Count == input.Rank
            ? input with { Dims = [.. input.Dims!.Zip(repeats, (dim, repeat) => dim.Times(repeat.AsSize))] }
            : ValueShape.OfRank(input.Rank, input.Type);

    private static ValueShape Concat(NodeProto node, Shapes shapes)
    {
        List<ValueShape> inputs = [.. node.Input.Select(shapes.Of)];
        ValueShape? first = inputs.Find(shape => shape.Rank is not null);
        int axis = first?.Axis(node.Int("axis", 1)) ?? -1;
        if (first is null || axis < 0)
            return ValueShape.Unknown with { Type = inputs.Find(shape => shape.Type is not null)?.Type };
        if (inputs.Any(shape => shape.Rank is not null && shape.Rank != first.Rank))
            return first with { Dims = null };

        // Beside the axis all agree, so that what one of them tells holds for all.
        ValueShape agreed = inputs.Aggregate(first.WithDim(axis, Dim.Unknown), (all, next) => all.Narrowed(next));
        return agreed.WithDim(axis, inputs.Aggregate(Dim.Of(0), (sum, shape) => sum.Plus(shape.DimAt(axis))));
    }

    private static ValueShape Blocks(NodeProto node, ValueShape input, bool toSpace)
    {
        long size = node.Int("blocksize", 0);
        if (input.Rank != 4 || size is < 1 or > int.MaxValue)
            return ValueShape.OfRank(4, input.Type);
        Dim Divided(Dim dim, long by) => by == 1 || dim.Size % by == 0 ? dim.Over(Dim.Of(by)) : Dim.Unknown;
        Dim block = Dim.Of(size);
        IReadOnlyList<Dim> dims = input.Dims!;
        return input with
        {
            Dims = toSpace
                ? [dims[0], Divided(dims[1], size * size), dims[2].Times(block), dims[3].Times(block)]
                : [dims[0], dims[1].Times(Dim.Of(size * size)), Divided(dims[2], size), Divided(dims[3], size)],
        };
    }
}
