using Canon.Onnx.Schema;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>What a case is drawn from.</summary>
internal sealed class Draw(int seed)
{
    private static readonly long[] _absurd =
    [
        0, 1, -1, 2, -2, 3, 4, 7, 8, 16, 64, 255, 1000, 65_536, 1 << 20, 1 << 28, int.MaxValue, int.MinValue, 1L << 31, 1L << 32, 1L << 40,
        1L << 62, long.MaxValue, long.MinValue, long.MaxValue / 2, -1L << 40,
    ];

    private static readonly float[] _strange =
    [
        0, -0f, 1, -1, 0.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, 1e-38f,
        1e30f, -1e-30f, 3,
    ];

    private static readonly string[] _texts =
    [
        "", " ", "x", "W", "y", "\n", "a\r\nb", "\0", "relu", "-> relu", "linear(W)", "g_0", "'", "\"", "a b", "ä", "\u2028", "\u202e", "𝔸", "1",
        "-", ",", "where", "x' ", new string('n', 5000), new string('(', 300),
    ];

    private readonly System.Random _random = new(seed);

    /// <summary>A whole number from a range, both ends included.</summary>
    public int Int(int low, int high) => _random.Next(low, high + 1);

    /// <summary>True so often.</summary>
    public bool Chance(double share) => _random.NextDouble() < share;

    /// <summary>One of several.</summary>
    public T Pick<T>(IReadOnlyList<T> options) => options[_random.Next(options.Count)];

    /// <summary>A size, an index or a count that is more often wrong than right.</summary>
    public long Number() => Chance(0.5) ? Pick(_absurd) : Int(-3, 12);

    /// <summary>A coefficient that is no ordinary one.</summary>
    public float Real() => Pick(_strange);

    /// <summary>A text that some reader could stumble over.</summary>
    public string Text() => Pick(_texts);

    /// <summary>Random bytes.</summary>
    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A type of elements.</summary>
    public int ElementType() => Chance(0.7)
        ? Pick([1, 2, 3, 6, 7, 9, 10, 11, 13, 16, 22])
        : Pick([0, -1, 8, 14, 15, 17, 21, 23, 24, 25, 99, int.MaxValue]);

    /// <summary>A graph of a model: the outer one, or one in an attribute.</summary>
    public GraphProto Graph(ModelProto model)
    {
        GraphProto graph = model.Graph;
        while (Chance(0.5))
        {
            GraphProto[] inner = [.. graph.Node.SelectMany(node => node.Attribute).Select(attribute => attribute.G).OfType<GraphProto>()];
            if (inner.Length == 0)
                break;
            graph = Pick(inner);
        }

        return graph;
    }

    /// <summary>The name of a value of a graph, mostly one that there is.</summary>
    public string Value(GraphProto graph)
    {
        string[] names =
        [
            .. graph.Node.SelectMany(node => node.Output), .. graph.Initializer.Select(tensor => tensor.Name),
            .. graph.Input.Select(input => input.Name),
        ];
        return names.Length == 0 || Chance(0.05) ? Text() : Pick(names);
    }
}
