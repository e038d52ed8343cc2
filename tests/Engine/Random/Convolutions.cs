namespace Canon.Tests.Engine.Random;

/// <summary>Convolutions, transposed ones, and what pads and resizes.</summary>
internal static class Convolutions
{
    /// <summary>A convolution of any stride, pads, dilation and groups.</summary>
    public static Flow? Convolution(GraphWriter g, Flow x)
    {
        if (!x.IsSpatial())
            return null;
        long groups = g.Pick(1, 1, x.Channels, g.Divisor(x.Channels));
        return Convolution(g, x, groups * g.Int(1, groups > 2 ? 2 : 6), groups);
    }

    /// <summary>A convolution that keeps the space, of a kernel of one place or three.</summary>
    public static Flow SameSpace(GraphWriter g, Flow x, long channels)
    {
        long size = g.Pick(1, 3);
        long[] kernel = [.. x.Space.Select(_ => size)];
        string weight = g.Weight([channels, x.Channels, .. kernel], 0, "Conv1");
        string bias = g.Chance(0.7) ? g.Bias(channels) : "";
        long[] dims = [x.Rows, channels, .. x.Space];
        return size == 1 && g.Chance(0.5)
            ? g.Node("Conv", $"{x.Name} {weight} {bias}", dims)
            : g.Node("Conv", $"{x.Name} {weight} {bias}", dims, ("kernel_shape", kernel), ("pads", Twice(x, size / 2)));
    }

    /// <summary>A transposed convolution.</summary>
    public static Flow? Transposed(GraphWriter g, Flow x)
    {
        if (!x.IsSpatial() || x.Space.Any(size => size > 6))
            return null;
        int axes = x.Space.Length;
        long groups = g.Pick(1, 1, g.Divisor(x.Channels)), inGroup = g.Int(1, 3);
        long[] kernel = Each(axes, () => g.Int(1, 3)), strides = Each(axes, () => g.Int(1, 2));
        long[] dilations = g.Chance(0.2) ? Each(axes, () => g.Int(1, 2)) : Each(axes, () => 1);
        long[] extra = [.. strides.Select(stride => g.Chance(0.4) ? stride - 1 : 0)];
        long[] reach = [.. kernel.Zip(dilations, (k, d) => ((k - 1) * d) + 1)];
        long[] begin = [.. reach.Select(r => r > 1 ? (long)g.Int(0, 1) : 0)], end = [.. reach.Select(r => r > 1 ? (long)g.Int(0, 1) : 0)];
        long[] space = [.. x.Space.Select((size, i) => (strides[i] * (size - 1)) + extra[i] + reach[i] - begin[i] - end[i])];
        if (space.Any(size => size < 1))
            return null;
        string weight = g.Weight([x.Channels, inGroup, .. kernel], 1, $"ConvTranspose{groups}");
        return g.Node(
            "ConvTranspose",
            $"{x.Name} {weight} {(g.Chance(0.7) ? g.Bias(inGroup * groups) : "")}",
            [x.Rows, inGroup * groups, .. space],
            ("kernel_shape", kernel),
            ("strides", strides),
            ("dilations", dilations),
            ("output_padding", extra),
            ("pads", begin.Concat(end).ToArray()),
            ("group", (int)groups));
    }

    /// <summary>Zeros, another number, or what is there already, around the space.</summary>
    public static Flow? Padding(GraphWriter g, Flow x)
    {
        if (!x.IsSpatial())
            return null;
        string mode = g.Pick("constant", "constant", "edge", "reflect");
        long[] pads = new long[2 * x.Rank];
        for (int axis = 2; axis < x.Rank; axis++)
        {
            int most = mode == "reflect" ? (int)Math.Min(2, x.Dims[axis] - 1) : 2;
            (pads[axis], pads[axis + x.Rank]) = (g.Int(0, most), g.Int(0, most));
        }

        if (mode == "constant" && g.Chance(0.1))
            pads[1] = 1;
        return g.Pad(x, mode, g.Chance(0.7) ? 0 : g.Between(-1, 1), pads);
    }

    /// <summary>The space made larger.</summary>
    public static Flow? Resizing(GraphWriter g, Flow x) => !x.IsSpatial() || x.Space.Any(size => size > 6)
        ? null
        : g.Resize(x, x.Rank == 4 && x.IsSpatial(2) && g.Chance(0.5) ? "linear" : "nearest", 2);

    private static Flow? Convolution(GraphWriter g, Flow x, long channels, long groups)
    {
        int axes = x.Space.Length;
        long[] kernel = [.. x.Space.Select(size => (long)g.Int(1, (int)Math.Min(3, size)))];
        long[] strides = g.Chance(0.3) ? Each(axes, () => g.Int(1, 2)) : Each(axes, () => 1);
        long[] dilations = g.Chance(0.25) ? Each(axes, () => g.Int(1, 2)) : Each(axes, () => 1);
        long[] reach = [.. kernel.Zip(dilations, (k, d) => ((k - 1) * d) + 1)];
        // The engine knows no dilation where it finds the pads itself.
        string pad = g.Pick("", "", "", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID");
        if (dilations.Any(dilation => dilation > 1) && pad.StartsWith("SAME", StringComparison.Ordinal))
            pad = "VALID";
        var attributes = new List<(string, object)> { ("strides", strides), ("dilations", dilations) };
        if (g.Chance(0.8))
            attributes.Add(("kernel_shape", kernel));
        if (groups > 1 || g.Chance(0.5))
            attributes.Add(("group", (int)groups));
        if (pad.Length > 0)
            attributes.Add(("auto_pad", pad));

        long[] pads = new long[2 * axes];
        if (pad is "" or "NOTSET")
        {
            pads = [.. Enumerable.Range(0, 2 * axes).Select(i => (long)g.Int(0, (int)Math.Min(2, reach[i % axes] - 1)))];
            attributes.Add(("pads", pads));
        }

        long[] space = [.. x.Space.Select((size, i) => pad.StartsWith("SAME", StringComparison.Ordinal)
            ? (size + strides[i] - 1) / strides[i]
            : Windows(size + pads[i] + pads[i + axes] - reach[i], strides[i]))];
        if (space.Any(size => size < 1))
            return null;
        string weight = g.Weight([channels, x.Channels / groups, .. kernel], 0, $"Conv{groups}");
        return g.Node(
            "Conv", $"{x.Name} {weight} {(g.Chance(0.7) ? g.Bias(channels) : "")}", [x.Rows, channels, .. space], [.. attributes]);
    }

    private static long Windows(long free, long stride) => free < 0 ? 0 : (free / stride) + 1;

    private static long[] Each(int axes, Func<long> number) => [.. Enumerable.Range(0, axes).Select(_ => number())];

    private static long[] Twice(Flow x, long pad) => [.. Enumerable.Repeat(pad, 2 * x.Space.Length)];
}
