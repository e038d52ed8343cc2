namespace Canon.Tests.Engine.Random;

/// <summary>Branches and where they meet.</summary>
internal static class Blocks
{
    /// <summary>Two values of one shape, added, subtracted or multiplied.</summary>
    public static Flow? Meeting(GraphWriter g, Flow x)
    {
        Flow[] fitting = [.. g.Values.Where(value => value != x && value.Dims.SequenceEqual(x.Dims))];
        if (fitting.Length == 0)
            return null;

        // Differences of a value with itself would be nothing but rounding: a layer stands between.
        Flow y = g.Pick(fitting);
        return g.Int(0, 5) switch
        {
            < 3 => g.Node("Add", g.Chance(0.5) ? $"{x.Name} {y.Name}" : $"{y.Name} {x.Name}", x.Dims),
            3 => g.Node("Sub", $"{x.Name} {Linear(g, y, y.Channels).Name}", x.Dims),
            4 => g.Node("Mul", $"{x.Name} {g.Node("Sigmoid", Linear(g, y, y.Channels).Name, y.Dims).Name}", x.Dims),
            _ => g.Node("Div", $"{x.Name} {g.Name("Add", $"{g.Name("Sigmoid", y.Name)} {g.Scalar(1)}")}", x.Dims),
        };
    }

    /// <summary>A branch around what keeps the shape; branches may hold branches.</summary>
    public static Flow Residual(GraphWriter g, Flow x) => Residual(g, x, 0);

    /// <summary>Channels weighed by what the whole space says of them.</summary>
    public static Flow? Excitation(GraphWriter g, Flow x)
    {
        if (!x.IsSpatial())
            return null;
        long[] one = [.. x.Dims[..2], .. x.Space.Select(_ => 1L)];
        long[] axes = [.. Enumerable.Range(2, x.Rank - 2).Select(axis => (long)axis)];
        Flow mean = g.Chance(0.7) ? g.Node("GlobalAveragePool", x.Name, one) : g.Reduce("ReduceMean", x, one, true, axes);
        Flow few = Convolutions.SameSpace(g, mean, g.Int(1, 4));
        Flow squeezed = g.Node("Relu", few.Name, few.Dims);
        Flow gate = g.Node(g.Pick("Sigmoid", "HardSigmoid"), Convolutions.SameSpace(g, squeezed, x.Channels).Name, one);
        return g.Node("Mul", g.Chance(0.5) ? $"{x.Name} {gate.Name}" : $"{gate.Name} {x.Name}", x.Dims);
    }

    /// <summary>A layer that changes nothing but the channels.</summary>
    public static Flow Linear(GraphWriter g, Flow x, long channels) =>
        x.Rank == 2 ? Dense.Vectors(g, x, channels) : Convolutions.SameSpace(g, x, channels);

    private static Flow Residual(GraphWriter g, Flow x, int depth)
    {
        Flow end = Linear(g, x, x.Channels);
        for (int i = g.Int(0, 3); i > 0; i--)
        {
            end = g.Int(0, depth < 2 ? 4 : 3) switch
            {
                0 => Norms.Batch(g, end),
                1 => Linear(g, end, x.Channels),
                4 => Residual(g, end, depth + 1),
                _ => Pointwise.Activation(g, end),
            };
        }

        Flow start = g.Chance(0.2) ? Linear(g, x, x.Channels) : x;
        return g.Node("Add", g.Chance(0.5) ? $"{start.Name} {end.Name}" : $"{end.Name} {start.Name}", x.Dims);
    }
}
