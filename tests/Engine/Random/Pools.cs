namespace Canon.Tests.Engine.Random;

/// <summary>Pools over windows and over the whole space.</summary>
internal static class Pools
{
    /// <summary>A pool over windows.</summary>
    public static Flow? Window(GraphWriter g, Flow x)
    {
        if (!x.IsSpatial(2))
            return null;
        int axes = x.Space.Length;
        string op = g.Pick("MaxPool", "MaxPool", "AveragePool", "AveragePool", "LpPool");
        long[] kernel = [.. x.Space.Select(size => (long)g.Int(1, (int)Math.Min(3, size)))];
        long[] strides = [.. kernel.Select(k => (long)g.Int(1, (int)Math.Min(2, k)))];
        var attributes = new List<(string, object)> { ("kernel_shape", kernel), ("strides", strides) };

        long[] reach = kernel;
        bool dilated = op == "MaxPool" && g.Opset >= 10 && g.Chance(0.2);
        if (dilated)
        {
            long[] dilations = [.. kernel.Select(_ => (long)g.Int(1, 2))];
            reach = [.. kernel.Zip(dilations, (k, d) => ((k - 1) * d) + 1)];
            attributes.Add(("dilations", dilations));
        }

        // Every window holds a place that is no padding, also the last one where sizes are rounded up.
        bool up = op != "LpPool" && g.Opset >= 10 && g.Chance(0.3);
        long[] begin = [.. kernel.Select(k => dilated ? 0 : (long)g.Int(0, (int)k - 1))];
        long[] end = [.. kernel.Select(k => dilated || up ? 0 : (long)g.Int(0, (int)k - 1))];
        if (up)
            attributes.Add(("ceil_mode", 1));
        if (!dilated)
            attributes.Add(("pads", begin.Concat(end).ToArray()));
        if (op == "AveragePool" && g.Chance(0.5))
            attributes.Add(("count_include_pad", 1));
        if (op == "LpPool")
            attributes.Add(("p", g.Int(1, 2)));

        long[] free = [.. x.Space.Select((size, i) => size + begin[i] + end[i] - reach[i])];
        if (free.Any(size => size < 0))
            return null;
        long[] space = [.. free.Zip(strides, (size, stride) => ((up ? size + stride - 1 : size) / stride) + 1)];
        return g.Node(op, x.Name, [.. x.Dims[..2], .. space], [.. attributes]);
    }

    /// <summary>A pool over the whole space, which leaves one place, or a mean or sum, which may leave none.</summary>
    public static Flow? Global(GraphWriter g, Flow x)
    {
        if (!x.IsSpatial())
            return null;
        long[] one = [.. x.Dims[..2], .. x.Space.Select(_ => 1L)];
        if (g.Chance(0.4))
            return g.Node(g.Pick("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"), x.Name, one);
        bool keep = g.Chance(0.4);
        long[] axes = [.. Enumerable.Range(2, x.Rank - 2).Select(axis => g.Opset >= 11 && g.Chance(0.3) ? axis - (long)x.Rank : axis)];
        return g.Reduce(g.Pick("ReduceMean", "ReduceMean", "ReduceSum"), x, keep ? one : x.Dims[..2], keep, axes);
    }
}
