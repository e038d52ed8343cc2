namespace Canon.Tests.Engine.Random;

/// <summary>Normalisations.</summary>
internal static class Norms
{
    /// <summary>A batch norm, some of whose factors are negative.</summary>
    public static Flow Batch(GraphWriter g, Flow x)
    {
        long[] channels = [x.Channels];
        string factors = g.Factors(channels, 0.4, 1.6, signed: g.Chance(0.5));
        string inputs = $"{x.Name} {factors} {g.Bias(x.Channels)} {g.Bias(x.Channels)} {g.Factors(channels, 0.3, 2)}";
        return g.Chance(0.3)
            ? g.Node("BatchNormalization", inputs, x.Dims)
            : g.Node("BatchNormalization", inputs, x.Dims, ("epsilon", g.Pick(1e-5f, 1e-3f)));
    }

    /// <summary>A norm over the space of each channel.</summary>
    public static Flow? Instance(GraphWriter g, Flow x) =>
        !x.IsSpatial() || x.Space.Aggregate(1L, (product, size) => product * size) < 6
            ? null
            : g.Node(
                "InstanceNormalization",
                $"{x.Name} {g.Factors([x.Channels], 0.4, 1.6, signed: g.Chance(0.3))} {g.Bias(x.Channels)}",
                x.Dims,
                ("epsilon", 1e-3f));

    /// <summary>A norm over the last axis, as one operator or as the chain that it stands for.</summary>
    public static Flow? Layer(GraphWriter g, Flow x)
    {
        long size = x.Dims[^1];
        if (size < 4)
            return null;
        string factors = g.Factors([size], 0.4, 1.6), bias = g.Bias(size);
        if (g.Opset >= 17 && g.Chance(0.6))
            return g.Node("LayerNormalization", $"{x.Name} {factors} {bias}", x.Dims, ("axis", -1), ("epsilon", 1e-3f));

        string centred = g.Name("Sub", $"{x.Name} {Mean(x.Name)}");
        string squares = g.Chance(0.5) ? g.Name("Pow", $"{centred} {g.Scalar(2)}") : g.Name("Mul", $"{centred} {centred}");
        string deviation = g.Name("Sqrt", g.Name("Add", $"{Mean(squares)} {g.Scalar(1e-3f)}"));
        string scaled = g.Name("Mul", $"{g.Name("Div", $"{centred} {deviation}")} {factors}");
        return g.Node("Add", $"{scaled} {bias}", x.Dims);

        string Mean(string value) => g.Name("ReduceMean", value, ("axes", new[] { g.Opset >= 11 ? -1L : x.Rank - 1 }), ("keepdims", 1));
    }
}
