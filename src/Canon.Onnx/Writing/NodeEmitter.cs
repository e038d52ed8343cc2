using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>Collects the nodes of the graph to be written, the constant parts that they need before them.</summary>
internal sealed class NodeEmitter
{
    private readonly ModelGraph _graph;
    private readonly HashSet<GraphNode> _emitted = [];
    private readonly Dictionary<GraphNode, int> _places;
    private readonly Dictionary<string, int> _produced = [];
    private readonly List<(NodeProto Node, int Place)> _nodes = [];
    private readonly List<NodeProto> _readingShapes = [];
    private readonly List<(NodeProto, IReadOnlyList<string>)> _added = [];

    /// <summary>Begins an empty graph.</summary>
    public NodeEmitter(ModelGraph graph)
    {
        _graph = graph;
        _places = graph.Order.Index().ToDictionary(node => node.Item, node => node.Index);
        Names = new Names(
            graph.Nodes.SelectMany(node => node.Proto.Output.Concat(node.Reads).Append(node.Proto.Name))
                .Concat(graph.Proto.Initializer.Select(tensor => tensor.Name))
                .Concat(graph.Proto.Input.Concat(graph.Proto.Output).Concat(graph.Proto.ValueInfo).Select(info => info.Name))
                .Concat(graph.Nodes.SelectMany(node => Subgraphs.Names(node.Proto))));
    }

    /// <summary>The nodes so far.</summary>
    public IEnumerable<NodeProto> Nodes => _nodes.Select(node => node.Node);

    /// <summary>Nodes that read only the shapes of values, and those still by their names in the original.</summary>
    public IReadOnlyList<NodeProto> ReadingShapes => _readingShapes;

    /// <summary>The names that are free.</summary>
    public Names Names { get; }

    /// <summary>Whether a node of the original stands in the new graph.</summary>
    public bool Has(GraphNode node) => _emitted.Contains(node);

    /// <summary>Takes the place of a node of the original, and with it the names of its outputs, unless they are taken.</summary>
    public bool Claim(GraphNode node) => _emitted.Add(node);

    /// <summary>Whether a node of the new graph yields a value.</summary>
    public bool Produces(string value) => _produced.ContainsKey(value);

    /// <summary>
    /// Writes a node of the original, reading other values. Its outputs keep their names the first time it is written.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="inputs">What it reads in place of its own inputs, by their number.</param>
    /// <param name="captured">What its inner graphs read from outside in place of the values of those names.</param>
    public NodeProto Emit(
        GraphNode node, IReadOnlyDictionary<int, string> inputs, IReadOnlyDictionary<string, string>? captured = null)
    {
        NodeProto copy = node.Proto.Clone();
        for (int i = 0; i < copy.Input.Count; i++)
        {
            if (inputs.TryGetValue(i, out string? other))
                copy.Input[i] = other;
            else if (!_graph.Flows(copy.Input[i]))
                Require(copy.Input[i]);
            // An input that the operator does not have: nothing reads it, and it may be gone.
            else if (!Produces(copy.Input[i]) && _graph.Producer(copy.Input[i]) is not null)
                copy.Input[i] = "";
        }

        foreach (string name in node.Captured.Where(name => captured?.ContainsKey(name) != true))
            Require(name);
        if (captured is not null)
            Subgraphs.Rename(copy, captured);
        bool again = !Claim(node);
        if (again && copy.Name.Length > 0)
            copy.Name = Names.Fresh(copy.Name);
        for (int i = 0; i < copy.Output.Count; i++)
        {
            if (again && copy.Output[i].Length > 0)
                copy.Output[i] = Names.Fresh(copy.Output[i]);
        }

        Add(copy, Place(node));
        return copy;
    }

    /// <summary>The nodes of no original, so far, and the layers whose scales they are for.</summary>
    public IReadOnlyList<(NodeProto Node, IReadOnlyList<string> Layers)> Added => _added;

    /// <summary>Adds a node of no original, behind the node whose value it reads.</summary>
    /// <param name="node">The node.</param>
    /// <param name="layers">The layers whose scales it is for, by their weights.</param>
    public void Add(NodeProto node, params IReadOnlyList<string> layers)
    {
        _added.Add((node, layers));
        Add(node, _produced.GetValueOrDefault(node.Input[0]));
    }

    /// <summary>The nodes in the order of the original, as far as what each now reads allows it.</summary>
    public IReadOnlyList<NodeProto> Sorted() => WrittenOrder.Sort(_nodes);

    private int Place(GraphNode node) => _places.GetValueOrDefault(node, _places.Count);

    private void Add(NodeProto node, int place)
    {
        _nodes.Add((node, place));
        foreach (string output in node.Output.Where(output => output.Length > 0))
            _produced[output] = place;
    }

    /// <summary>Writes what a constant value of the original is computed by, unless it stands there already.</summary>
    public void Require(string value)
    {
        if (_graph.Producer(value) is not { } producer)
            return;
        foreach (GraphNode node in NodeOrder.Sort([producer], Missing, _ => { }))
        {
            if (!_emitted.Add(node))
                continue;
            NodeProto copy = node.Proto.Clone();
            Add(copy, Place(node));
            if (node.Reads.Any(_graph.Flows))
                _readingShapes.Add(copy);
        }
    }

    /// <summary>
    /// Writes the nodes of the original that no output ever needed, as far as what they read is still there.
    /// </summary>
    /// <param name="renamed">The new names of values that were renamed.</param>
    public void KeepUnneeded(IReadOnlyDictionary<string, string> renamed)
    {
        HashSet<GraphNode> needed = [.. _graph.Order];
        IReadOnlyList<GraphNode> unneeded = NodeOrder.Sort(
            _graph.Nodes.Where(node => !needed.Contains(node)),
            value => _graph.Producer(value) is { } producer && !_emitted.Contains(producer) ? producer : null,
            _ => { });
        HashSet<string> produced = [.. Nodes.SelectMany(node => node.Output)];
        bool IsThere(string name) =>
            produced.Contains(renamed.GetValueOrDefault(name, name)) || _graph.IsInitializer(name)
            || _graph.Inputs.Any(input => input.Name == name);
        foreach (GraphNode node in unneeded.Where(node => !needed.Contains(node)))
        {
            bool IsConstant(string name) => _graph.Producer(name) is { } producer && needed.Contains(producer) && !_graph.Flows(name);
            if (!node.Reads.All(name => IsThere(name) || IsConstant(name)) || !_emitted.Add(node))
                continue;
            foreach (string name in node.Reads.Where(name => !IsThere(name)))
                Require(name);
            NodeProto copy = node.Proto.Clone();
            for (int i = 0; i < copy.Input.Count; i++)
                copy.Input[i] = renamed.GetValueOrDefault(copy.Input[i], copy.Input[i]);
            Subgraphs.Rename(copy, renamed);
            Add(copy, Place(node));
            produced.UnionWith(copy.Output);
        }
    }

    private GraphNode? Missing(string value) =>
        !_graph.Flows(value) && _graph.Producer(value) is { } producer && !_emitted.Contains(producer) ? producer : null;
}
