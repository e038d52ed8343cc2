namespace Canon.Tests.Engine.Random;

/// <summary>What moves, selects and joins entries.</summary>
internal static class Arranging
{
    /// <summary>Values that agree but for their channels, one after the other.</summary>
    public static Flow? Concat(GraphWriter g, Flow x)
    {
        Flow[] fitting = [.. g.Values.Where(value => value.Rank == x.Rank && value.Rows == x.Rows && value.Space.SequenceEqual(x.Space))];
        Flow[] parts = [x, .. Enumerable.Range(0, g.Int(1, 2)).Select(_ => g.Pick(fitting))];
        if (g.Chance(0.5))
            Array.Reverse(parts);
        long channels = parts.Sum(part => part.Channels);
        return channels > 24
            ? null
            : g.Node("Concat", string.Join(' ', parts.Select(part => part.Name)), [x.Rows, channels, .. x.Space],
                ("axis", g.Opset >= 11 && g.Chance(0.2) ? 1 - x.Rank : 1));
    }

    /// <summary>Some of the channels, or several parts of them.</summary>
    public static Flow? Part(GraphWriter g, Flow x)
    {
        if (x.Channels < 2)
            return null;
        if (g.Chance(0.5))
        {
            long first = x.Channels % 2 == 0 && g.Chance(0.5) ? x.Channels / 2 : g.Int(1, (int)x.Channels - 1);
            return g.Pick(g.Split(x, 1, first, x.Channels - first));
        }

        int axis = x.IsSpatial(3) && g.Chance(0.3) ? 2 : 1;
        int start = g.Int(0, (int)x.Dims[axis] - 1);
        long step = g.Opset >= 10 && g.Chance(0.2) ? 2 : 1;
        return g.Slice(x, axis, start, g.Int(start + 1, (int)x.Dims[axis]), step);
    }

    /// <summary>The channels of groups, mixed.</summary>
    public static Flow? Shuffle(GraphWriter g, Flow x)
    {
        long groups = g.Divisor(x.Channels);
        if (groups == 1 || groups == x.Channels || x.Rank > 4)
            return null;
        long rows = g.Pick(0, g.OpenRows ? -1 : x.Rows);
        string apart = g.Name("Reshape", $"{x.Name} {g.Integers([rows, groups, x.Channels / groups, .. x.Space])}");
        long[] swap = [0, 2, 1, .. Enumerable.Range(3, x.Space.Length).Select(axis => (long)axis)];
        string swapped = g.Name("Transpose", apart, ("perm", swap));
        return g.Node("Reshape", $"{swapped} {g.Integers([rows, g.Pick(x.Channels, rows == -1 ? x.Channels : -1), .. x.Space])}", x.Dims);
    }

    /// <summary>Something done while the channels stand last.</summary>
    public static Flow? ChannelsLast(GraphWriter g, Flow x)
    {
        if (!x.IsSpatial())
            return null;
        long[] there = [0, .. Enumerable.Range(2, x.Rank - 2).Select(axis => (long)axis), 1];
        long[] back = [0, x.Rank - 1, .. Enumerable.Range(1, x.Rank - 2).Select(axis => (long)axis)];
        string last = g.Name("Transpose", x.Name, ("perm", there));
        long channels = x.Channels;
        for (int i = g.Int(0, 3); i > 0; i--)
        {
            switch (g.Int(0, 3))
            {
                case 0:
                    last = g.Name(g.Pick("Relu", "Tanh", "LeakyRelu"), last);
                    break;
                case 1:
                    last = g.Name(g.Pick("Mul", "Div"), $"{last} {g.Factors([channels], 0.5, 2, signed: g.Chance(0.3))}");
                    break;
                case 2:
                    long to = g.Int(1, 6);
                    last = g.Name("MatMul", $"{last} {g.Weight([channels, to], 1, "MatMul")}");
                    channels = to;
                    break;
                default:
                    last = g.Name("Add", $"{last} {g.Bias(channels)}");
                    break;
            }
        }

        if (channels >= 4 && g.Chance(0.3))
            last = Norms.Layer(g, new Flow(last, [x.Rows, .. x.Space, channels]))!.Name;
        g.Values.RemoveAll(value => value.Name == last);
        return g.Node("Transpose", last, [x.Rows, channels, .. x.Space], ("perm", back));
    }

    /// <summary>All entries of a row as channels.</summary>
    public static Flow? Flatten(GraphWriter g, Flow x)
    {
        long count = x.Dims[1..].Aggregate(1L, (product, size) => product * size);
        if (!x.IsSpatial() || count > 400)
            return null;
        return g.Chance(0.5)
            ? g.Node("Flatten", x.Name, [x.Rows, count], g.Chance(0.5) ? [("axis", 1)] : [])
            : g.Node("Reshape", $"{x.Name} {g.Integers(g.Chance(0.5) ? [0, -1] : [g.OpenRows ? -1 : x.Rows, count])}", [x.Rows, count]);
    }
}
