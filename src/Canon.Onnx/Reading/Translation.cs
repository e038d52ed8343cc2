using Canon.Onnx.Files;
using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>A graph as a term, with what is needed to write rewritten terms back.</summary>
internal sealed class Translation
{
    private readonly Scope _scope;
    private readonly HashSet<string> _views = [];

    /// <summary>Translates the graph of an open model.</summary>
    /// <param name="file">The model.</param>
    /// <param name="splitShared">Whether layers that share a weight get one each.</param>
    /// <exception cref="ModelFileException">The graph is damaged.</exception>
    public Translation(ModelFile file, bool splitShared)
    {
        Graph = new ModelGraph(file);
        Shapes = new Shapes(Graph);
        _scope = new Scope(Graph, Shapes, new Demands(Graph, Shapes), new Parameters(Graph, splitShared));
        foreach (ValueInfoProto input in Graph.Inputs)
            _scope.Settle(input.Name, _scope.Free(input.Name));

        var operators = new Operators(_scope);
        var terms = new List<Term>();
        foreach (GraphNode node in Graph.Order)
        {
            if (node.Proto.Output.Any(Graph.Flows))
                terms.AddRange(operators.Translate(node));
        }

        _views = [.. terms.Where(term => term.Make is null).Select(term => term.Output)];
        List<string> outputs = [.. Graph.Proto.Output.Select(output => output.Name)];
        terms.AddRange(outputs.Distinct().Where(name => !Graph.Flows(name)).Select(Constant));
        Network = TermBuilder.Build([.. Graph.Inputs.Select(input => input.Name)], terms, outputs);
    }

    /// <summary>The graph.</summary>
    public ModelGraph Graph { get; }

    /// <summary>The shapes of its values.</summary>
    public Shapes Shapes { get; }

    /// <summary>The term.</summary>
    public Network Network { get; }

    /// <summary>The shapes of the inputs.</summary>
    public CanonicalizeOptions Options => field ??= InputSizes.Of(_scope, Network);

    /// <summary>Where each labelled term comes from.</summary>
    public IReadOnlyDictionary<string, Origin> Origins => _scope.Origins;

    /// <summary>The multiplications of a value that were read as scales.</summary>
    public IReadOnlyList<ScaleOrigin> ScalesOf(string value) => _scope.ScalesOf(value);

    /// <summary>The layout of a value; null where not even its rank is known.</summary>
    public Layout? LayoutOf(string value) => _scope.LayoutOf(value);

    /// <summary>Whether a value is, as a signal, the one that its node reads: there is no term for the node.</summary>
    public bool IsView(string value) => _views.Contains(value);

    /// <summary>The label of the term for a constant part of the model.</summary>
    public static string ConstantLabel(string value) => $"constant '{value}'";

    private Term Constant(string output)
    {
        ValueShape shape = Shapes.Of(output);
        Layout? layout = _scope.Free(output);
        string label = ConstantLabel(output);
        _scope.Keep(label, new ValueOrigin(output, layout));
        return new Term(output, [], layout, _ => Network.Opaque(
            Graph.Producer(output)?.Proto.OpType ?? "Constant",
            [],
            channels: layout?.Channels(shape),
            space: layout?.Space(shape),
            label: label));
    }
}
