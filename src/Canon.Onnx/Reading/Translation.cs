using Canon.Onnx.Files;
using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>A graph as a term, with what is needed to write rewritten terms back.</summary>
internal sealed class Translation
{
    private readonly Operators _operators;

    /// <summary>Translates the graph of an open model.</summary>
    /// <exception cref="ModelFileException">The graph is damaged.</exception>
    public Translation(ModelFile file)
    {
        Graph = new ModelGraph(file);
        Shapes = new Shapes(Graph);
        _operators = new Operators(Graph, Shapes, new Parameters());

        var terms = new List<Term>();
        foreach (GraphNode node in Graph.Order)
        {
            if (node.Reads.Any(Graph.Flows))
                terms.AddRange(_operators.Translate(node));
        }

        List<string> outputs = [.. Graph.Proto.Output.Select(output => output.Name)];
        terms.AddRange(outputs.Distinct().Where(name => !Graph.Flows(name)).Select(Constant));
        Network = TermBuilder.Build([.. Graph.Inputs.Select(input => input.Name)], terms, outputs);

        var shapes = Graph.Inputs.ToDictionary(input => input.Name, input => Signal(Shapes.Of(input.Name)));
        Options = shapes.Count == 1
            ? new CanonicalizeOptions { Input = shapes.Values.Single() }
            : new CanonicalizeOptions { NamedInputs = shapes };
    }

    /// <summary>The graph.</summary>
    public ModelGraph Graph { get; }

    /// <summary>The shapes of its values.</summary>
    public Shapes Shapes { get; }

    /// <summary>The term.</summary>
    public Network Network { get; }

    /// <summary>The shapes of the inputs.</summary>
    public CanonicalizeOptions Options { get; }

    /// <summary>Where each labelled term comes from.</summary>
    public IReadOnlyDictionary<string, Origin> Origins => _operators.Origins;

    /// <summary>The multiplications read as scales, by the value that they scale.</summary>
    public IReadOnlyDictionary<string, ScaleOrigin> Scales => _operators.Scales;

    /// <summary>The label of the term for an output that depends on no input.</summary>
    public static string ConstantLabel(string output) => $"constant '{output}'";

    private Term Constant(string output)
    {
        ValueShape shape = Shapes.Of(output);
        return new Term(output, [], _ => Network.Opaque(
            Graph.Producer(output)?.Proto.OpType ?? "Constant",
            [],
            channels: shape.Channels,
            space: shape.Space,
            label: ConstantLabel(output)));
    }

    /// <summary>A size that the file leaves open matters to no layer that reads it, and so counts as 1.</summary>
    private static SignalShape Signal(ValueShape shape) => new(shape.Channels ?? 1, [.. (shape.Space ?? []).Select(size => size ?? 1)]);
}
