using Canon.Onnx.Schema;

namespace Canon.Tests.Engine.Random;

/// <summary>A well-shaped model drawn by chance.</summary>
/// <param name="Seed">What it was drawn from: the same seed gives the same model.</param>
/// <param name="Model">The model.</param>
/// <param name="Outputs">The shapes of its outputs for the rows that <see cref="Rows"/> says.</param>
/// <param name="Rows">The number of rows of its inputs.</param>
internal sealed record RandomGraph(int Seed, ModelProto Model, IReadOnlyList<long[]> Outputs, int Rows)
{
    private static readonly (int Weight, Func<GraphWriter, Flow, Flow?> Make)[] _steps =
    [
        (10, Convolutions.Convolution),
        (10, Dense.Layer),
        (3, Convolutions.Transposed),
        (3, Convolutions.Padding),
        (3, Convolutions.Resizing),
        (5, Pools.Window),
        (3, Pools.Global),
        (14, Pointwise.Activation),
        (7, Pointwise.Constant),
        (6, Norms.Batch),
        (2, Norms.Instance),
        (4, Norms.Layer),
        (4, Arranging.Concat),
        (4, Arranging.Part),
        (2, Arranging.Shuffle),
        (3, Arranging.ChannelsLast),
        (3, Arranging.Flatten),
        (5, Blocks.Meeting),
        (5, Blocks.Residual),
        (2, Blocks.Excitation),
    ];

    /// <summary>The operators in order, and what is special of the model.</summary>
    public string Description =>
        $"opset {Model.OpsetImport[0].Version}, {Model.Graph.Input.Count} inputs, {Model.Graph.Output.Count} outputs: "
        + string.Join(", ", Model.Graph.Node.Select(node => node.OpType));

    /// <summary>Draws a model.</summary>
    public static RandomGraph Make(int seed)
    {
        var choices = new System.Random(seed);
        int rows = choices.Next(1, 4);
        var g = new GraphWriter(choices.Next(), new long[] { 9, 11, 13, 17 }[choices.Next(4)]) { OpenRows = choices.Next(2) == 0 };
        for (int i = g.Pick(1, 1, 1, 2, 3); i > 0; i--)
            g.Values.Add(g.Input(g.Fresh("x"), [rows, g.Int(1, 6), .. Space(g)]));

        Flow last = g.Pick(g.Values);
        for (int i = g.Int(3, 12); i > 0; i--)
            last = Step(g, g.Chance(0.75) ? last : g.Pick(g.Values));
        if (last.Rank > 2 && g.Chance(0.5))
            last = Arranging.Flatten(g, last) is { } vectors ? Dense.Vectors(g, vectors, g.Int(2, 6)) : last;
        if (g.Model.Graph.Input.Any(input => input.Name == last.Name))
            last = Pointwise.Activation(g, last);

        Flow[] outputs = [.. Others(g).Prepend(last).DistinctBy(value => value.Name)];
        foreach (Flow output in outputs)
            g.Output(output);
        if (g.Chance(0.3))
            Step(g, g.Pick(g.Values));
        if (g.Chance(0.1))
            g.Shuffle();
        return new RandomGraph(seed, g.Model, [.. outputs.Select(output => output.Dims)], rows);
    }

    private static Flow Step(GraphWriter g, Flow x)
    {
        int choice = g.Int(0, _steps.Sum(step => step.Weight) - 1), place = 0;
        while (choice >= _steps[place].Weight)
            choice -= _steps[place++].Weight;
        return _steps[place].Make(g, x) ?? Pointwise.Activation(g, x);
    }

    // Values that the graph reads as well, or that nothing reads.
    private static IEnumerable<Flow> Others(GraphWriter g)
    {
        Flow[] made = [.. g.Values.Where(value => g.Model.Graph.Input.All(input => input.Name != value.Name))];
        return made.Length == 0 ? [] : Enumerable.Range(0, g.Pick(0, 0, 0, 1, 1, 2)).Select(_ => g.Pick(made));
    }

    private static long[] Space(GraphWriter g) => g.Pick(0, 1, 2, 2, 2, 3) switch
    {
        0 => [],
        1 => [g.Int(3, 12)],
        2 => [g.Int(3, 9), g.Int(3, 9)],
        _ => [g.Int(2, 5), g.Int(2, 5), g.Int(2, 5)],
    };
}
