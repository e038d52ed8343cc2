using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>A value of the graph to be written.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Original">The value of the original graph that has its shape and type.</param>
internal sealed record Value(string Name, string Original);

/// <summary>Collects the nodes of the graph to be written, the constant parts that they need before them.</summary>
internal sealed class NodeEmitter
{
    private readonly ModelGraph _graph;
    private readonly HashSet<GraphNode> _emitted = [];
    private readonly Dictionary<GraphNode, int> _places;
    private readonly Dictionary<string, int> _produced = [];
    private readonly List<(NodeProto Node, int Place)> _nodes = [];

    /// <summary>Begins an empty graph.</summary>
    public NodeEmitter(ModelGraph graph)
    {
        _graph = graph;
        _places = graph.Order.Index().ToDictionary(node => node.Item, node => node.Index);
        Names = new Names(
            graph.Nodes.SelectMany(node => node.Proto.Output.Concat(node.Reads).Append(node.Proto.Name))
                .Concat(graph.Proto.Initializer.Select(tensor => tensor.Name))
                .Concat(graph.Proto.Input.Concat(graph.Proto.Output).Select(info => info.Name)));
    }

    /// <summary>The nodes so far.</summary>
    public IEnumerable<NodeProto> Nodes => _nodes.Select(node => node.Node);

    /// <summary>The names that are free.</summary>
    public Names Names { get; }

    /// <summary>Whether a node of the original stands in the new graph.</summary>
    public bool Has(GraphNode node) => _emitted.Contains(node);

    /// <summary>Whether a node of the new graph yields a value.</summary>
    public bool Produces(string value) => _produced.ContainsKey(value);

    /// <summary>
    /// Writes a node of the original, reading other values. Its outputs keep their names the first time it is written.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="flows">What it reads in place of the values that depend on the inputs.</param>
    /// <param name="replaced">Inputs that will be given other constants.</param>
    public NodeProto Emit(GraphNode node, IReadOnlyList<Value> flows, params IReadOnlyList<int> replaced)
    {
        NodeProto copy = node.Proto.Clone();
        int next = 0;
        for (int i = 0; i < copy.Input.Count; i++)
        {
            if (_graph.Flows(copy.Input[i]))
                copy.Input[i] = flows[next++].Name;
            else if (replaced.Contains(i))
                copy.Input[i] = "";
            else
                Require(copy.Input[i]);
        }

        var captured = new Dictionary<string, string>();
        foreach (string name in node.Captured)
        {
            if (_graph.Flows(name))
                captured.Add(name, flows[next++].Name);
            else
                Require(name);
        }

        Subgraphs.Rename(copy, captured);
        bool again = !_emitted.Add(node);
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

    /// <summary>Adds a node of no original, behind the node whose value it reads.</summary>
    public void Add(NodeProto node) => Add(node, _produced.GetValueOrDefault(node.Input[0]));

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
            if (_emitted.Add(node))
                Add(node.Proto.Clone(), Place(node));
        }
    }

    /// <summary>
    /// Writes the nodes of the original that no output ever needed, as far as what they read is still there.
    /// </summary>
    public void KeepUnneeded()
    {
        HashSet<GraphNode> needed = [.. _graph.Order];
        IReadOnlyList<GraphNode> unneeded = NodeOrder.Sort(
            _graph.Nodes.Where(node => !needed.Contains(node)), Missing, _ => { });
        foreach (GraphNode node in unneeded.Where(node => !needed.Contains(node)))
        {
            bool hasAll = node.Reads.All(name =>
                _produced.ContainsKey(name)
                || _graph.IsInitializer(name)
                || _graph.Inputs.Any(input => input.Name == name)
                || _graph.Producer(name) is { } producer && needed.Contains(producer) && !_graph.Flows(name));
            if (!hasAll)
                continue;
            foreach (string name in node.Reads.Where(name => !_graph.Flows(name)))
                Require(name);
            if (_emitted.Add(node))
                Add(node.Proto.Clone(), Place(node));
        }
    }

    private GraphNode? Missing(string value) =>
        _graph.Producer(value) is { } producer && !_emitted.Contains(producer) ? producer : null;
}
