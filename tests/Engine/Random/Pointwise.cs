namespace Canon.Tests.Engine.Random;

/// <summary>Activations, and arithmetic with constants.</summary>
internal static class Pointwise
{
    /// <summary>An activation.</summary>
    public static Flow Activation(GraphWriter g, Flow x)
    {
        switch (g.Int(0, 14))
        {
            case < 4:
                return g.Node("Relu", x.Name, x.Dims);
            case 4:
                return g.Node("LeakyRelu", x.Name, x.Dims, g.Chance(0.3) ? [] : [("alpha", g.Between(0.05, 0.5))]);
            case 5 or 6:
                return g.Node("PRelu", $"{x.Name} {g.Factors(Slopes(g, x), 0.1, 0.9, g.Chance(0.3))}", x.Dims);
            case 7:
                return g.Clip(x, 0, 6);
            case 8:
                return g.Clip(x, g.Chance(0.8) ? g.Between(-2, 0) : null, g.Chance(0.8) ? g.Between(0.5, 2) : null);
            case 9:
                return HardSwish(g, x);
            case 10:
                return g.Node(g.Pick("Sigmoid", "HardSigmoid"), x.Name, x.Dims);
            case 11:
                return g.Node("Tanh", x.Name, x.Dims);
            case 12:
                return g.Node("Mul", $"{x.Name} {g.Name("Sigmoid", x.Name)}", x.Dims);
            case 13:
                return g.Node("Softmax", x.Name, x.Dims, g.Chance(0.5) ? [("axis", 1)] : []);
            default:
                return g.Node(g.Pick("Elu", "Abs", "Identity", "Dropout"), x.Name, x.Dims);
        }
    }

    /// <summary>A sum, difference, product or quotient with numbers of the model.</summary>
    public static Flow Constant(GraphWriter g, Flow x)
    {
        long[] dims = Shape(g, x);
        string op = g.Pick("Add", "Sub", "Mul", "Mul", "Div");
        string constant = op is "Add" or "Sub"
            ? g.Factors(dims, 0.05, 0.8, signed: true)
            : g.Factors(dims, 0.4, 2.2, signed: g.Chance(0.4));
        return g.Node(op, op != "Div" && g.Chance(0.3) ? $"{constant} {x.Name}" : $"{x.Name} {constant}", x.Dims);
    }

    private static Flow HardSwish(GraphWriter g, Flow x)
    {
        if (g.Opset >= 14 && g.Chance(0.6))
            return g.Node("HardSwish", x.Name, x.Dims);
        string gate = g.Name("HardSigmoid", x.Name, ("alpha", 1 / 6f), ("beta", 0.5f));
        return g.Node("Mul", g.Chance(0.5) ? $"{x.Name} {gate}" : $"{gate} {x.Name}", x.Dims);
    }

    private static long[] Slopes(GraphWriter g, Flow x) => g.Int(0, 3) switch
    {
        0 => [1],
        1 => [.. x.Dims[1..].Select(_ => 1L)],
        _ => [x.Channels, .. x.Space.Select(_ => 1L)],
    };

    // One number, one a channel, one a place, or one an entry.
    private static long[] Shape(GraphWriter g, Flow x) => g.Int(0, 9) switch
    {
        0 => [],
        1 => [1],
        2 => [.. x.Dims[1..]],
        3 => [.. x.Dims[1..].Select((size, axis) => axis == 0 ? 1 : size)],
        4 or 5 => [1, x.Channels, .. x.Space.Select(_ => 1L)],
        _ => [x.Channels, .. x.Space.Select(_ => 1L)],
    };
}
