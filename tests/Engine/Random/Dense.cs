namespace Canon.Tests.Engine.Random;

/// <summary>Dense layers.</summary>
internal static class Dense
{
    /// <summary>A dense layer of vectors, or of each place, in one of the ways to write it.</summary>
    public static Flow? Layer(GraphWriter g, Flow x) => x.Rank switch
    {
        2 => Vectors(g, x, g.Int(2, 9)),
        3 => g.Chance(0.5) ? OnTheLeft(g, x) : OverSpace(g, x),
        _ => null,
    };

    /// <summary>A dense layer to so many channels.</summary>
    public static Flow Vectors(GraphWriter g, Flow x, long channels) => g.Int(0, 5) switch
    {
        < 3 => Gemm(g, x, channels),
        3 when !g.OpenRows => Turned(g, x, channels),
        _ => MatMul(g, x, channels),
    };

    private static Flow Gemm(GraphWriter g, Flow x, long channels)
    {
        bool turned = g.Chance(0.7);
        string weight = turned ? g.Weight([channels, x.Channels], 0, "Gemm") : g.Weight([x.Channels, channels], 1, "MatMul");
        string bias = g.Opset >= 11 && g.Chance(0.2) ? "" : g.Int(0, 4) switch
        {
            0 => g.Factors([1, channels], 0.1, 0.5, signed: true),
            1 => g.Factors([], 0.1, 0.5, signed: true),
            _ => g.Bias(channels),
        };
        var attributes = new List<(string, object)>();
        if (turned || g.Chance(0.3))
            attributes.Add(("transB", turned ? 1 : 0));
        if (g.Chance(0.2))
            attributes.Add(("alpha", g.Between(0.5, 1.5)));
        if (g.Chance(0.2))
            attributes.Add(("beta", g.Between(0.5, 1.5)));
        return g.Node("Gemm", $"{x.Name} {weight} {bias}", [x.Rows, channels], [.. attributes]);
    }

    private static Flow MatMul(GraphWriter g, Flow x, long channels)
    {
        string product = g.Name("MatMul", $"{x.Name} {g.Weight([x.Channels, channels], 1, "MatMul")}");
        return Shifted(g, product, [x.Rows, channels], [channels]);
    }

    // The weight on the left of the rows, turned into columns and back.
    private static Flow Turned(GraphWriter g, Flow x, long channels)
    {
        string columns = g.Name("Transpose", x.Name, ("perm", new long[] { 1, 0 }));
        string product = g.Name("MatMul", $"{g.Weight([channels, x.Channels], 0, "Gemm")} {columns}");
        return g.Node("Transpose", product, [x.Rows, channels]);
    }

    private static Flow OnTheLeft(GraphWriter g, Flow x)
    {
        long channels = g.Int(1, 6);
        string product = g.Name("MatMul", $"{g.Weight([channels, x.Channels], 0, "Gemm")} {x.Name}");
        return Shifted(g, product, [x.Rows, channels, x.Dims[2]], [channels, 1]);
    }

    private static Flow OverSpace(GraphWriter g, Flow x)
    {
        long places = g.Int(1, 6);
        string product = g.Name("MatMul", $"{x.Name} {g.Weight([x.Dims[2], places], 1, "MatMul")}");
        return Shifted(g, product, [x.Rows, x.Channels, places], [places]);
    }

    private static Flow Shifted(GraphWriter g, string product, long[] dims, long[] bias) => g.Int(0, 2) switch
    {
        0 => g.Node("Identity", product, dims),
        1 => g.Node("Add", $"{product} {g.Factors(bias, 0.05, 0.5, signed: true)}", dims),
        _ => g.Node("Add", $"{g.Factors(bias, 0.05, 0.5, signed: true)} {product}", dims),
    };
}
