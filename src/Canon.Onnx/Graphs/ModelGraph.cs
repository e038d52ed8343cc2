using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>
/// The graph of a model with its names resolved: where each value comes from, who reads it, and whether it depends on the
/// inputs at all.
/// </summary>
internal sealed class ModelGraph
{
    private readonly Dictionary<string, GraphNode> _producers = [];
    private readonly Dictionary<string, TensorProto?> _initializers = [];
    private readonly Dictionary<string, List<GraphNode>> _readers = [];
    private readonly HashSet<string> _flowing;
    private readonly HashSet<string> _shaped = [];
    private readonly ConstantFolder _constants;

    /// <summary>Resolves the names of an open model.</summary>
    /// <exception cref="ModelFileException">
    /// There is no output, a value comes from nowhere or from two places, or from itself, or a tensor has no data.
    /// </exception>
    public ModelGraph(ModelFile file)
    {
        File = file;
        _constants = new ConstantFolder(this);
        Proto = file.Model.Graph;
        Opset = file.Model.OpsetImport.LastOrDefault(import => import.Domain is "" or "ai.onnx")?.Version ?? 1;
        if (Proto.Output.Count == 0)
            throw Fail("the graph", "it has no outputs, and so computes nothing", "export the model with an output");

        ReadInitializers();
        Inputs = [.. Proto.Input.Where(input => !_initializers.ContainsKey(input.Name))];
        _flowing = [.. Inputs.Select(input => input.Name)];
        if (_flowing.Count < Inputs.Count)
            throw Fail("the graph", "two of its inputs have one name", "rename one of them");
        Nodes = GraphNode.All(Proto);
        ReadProducers();

        HashSet<GraphNode> needed = Needed();
        Order = NodeOrder.Sort(Nodes.Where(needed.Contains), name => _producers.GetValueOrDefault(name), node =>
            throw Fail($"{node}", "it needs its own output: the graph has a cycle", "export the model anew"));
        foreach (GraphNode node in Order)
        {
            foreach (string name in node.Reads.Distinct())
            {
                if (!_readers.TryGetValue(name, out List<GraphNode>? readers))
                    _readers.Add(name, readers = []);
                readers.Add(node);
            }

            bool flows = node.Reads.Any(_flowing.Contains);
            bool tellsShape = node.Proto.OpType is "Shape" or "Size" && node.Proto.IsStandard();
            if (flows || node.Reads.Any(_shaped.Contains))
                (flows && !tellsShape ? _flowing : _shaped).UnionWith(node.Proto.Output.Where(name => name.Length > 0));
        }
    }

    /// <summary>The file.</summary>
    public ModelFile File { get; }

    /// <summary>The graph as it stands in the file; never changed.</summary>
    public GraphProto Proto { get; }

    /// <summary>The version of the standard operators.</summary>
    public long Opset { get; }

    /// <summary>The inputs that the model does not carry with it as initializers.</summary>
    public IReadOnlyList<ValueInfoProto> Inputs { get; }

    /// <summary>All nodes in the order of the file.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>The nodes that the outputs need, each behind those that it reads.</summary>
    public IReadOnlyList<GraphNode> Order { get; }

    /// <summary>The node that a value comes from; null for inputs and initializers.</summary>
    public GraphNode? Producer(string value) => _producers.GetValueOrDefault(value);

    /// <summary>The nodes that read a value and that an output needs.</summary>
    public IReadOnlyList<GraphNode> Readers(string value) => _readers.GetValueOrDefault(value) ?? [];

    /// <summary>Whether something needs a value.</summary>
    public bool IsUsed(string value) => _readers.ContainsKey(value) || IsOutput(value);

    /// <summary>Whether a value is an output of the graph.</summary>
    public bool IsOutput(string value) => Proto.Output.Any(output => output.Name == value);

    /// <summary>
    /// Whether a value depends on the numbers in the inputs. What does not is a constant part of the model, or depends on
    /// their shapes alone.
    /// </summary>
    public bool Flows(string value) => _flowing.Contains(value);

    /// <summary>Whether a value depends on the inputs, but through nothing but the shapes of values.</summary>
    public bool DependsOnShapes(string value) => _shaped.Contains(value);

    /// <summary>Whether a value is an initializer.</summary>
    public bool IsInitializer(string value) => _initializers.ContainsKey(value);

    /// <summary>What a node reads of the values that depend on the inputs: its inputs, then those of its inner graphs.</summary>
    public IReadOnlyList<string> FlowReads(GraphNode node) => [.. node.Reads.Where(Flows)];

    /// <summary>The tensor of an initializer of numbers; null where a value is none.</summary>
    public TensorProto? Initializer(string value) => _initializers.GetValueOrDefault(value);

    /// <summary>
    /// The tensor behind a value: an initializer or what a node makes without any input, perhaps through nodes that lay it
    /// out otherwise or change its type.
    /// </summary>
    /// <exception cref="ModelFileException">The tensor is damaged.</exception>
    public bool TryConstant(string value, [NotNullWhen(true)] out Constant? constant)
    {
        constant = value.Length == 0 || Flows(value) || DependsOnShapes(value) ? null : _constants.Find(value);
        return constant is not null;
    }

    /// <summary>An exception that says what is wrong where.</summary>
    public ModelFileException Fail(string where, string problem, string remedy) =>
        new($"{File.Path}: {where}: {problem}; {remedy}");

    private void ReadInitializers()
    {
        foreach (TensorProto tensor in Proto.Initializer)
        {
            bool readable = TensorLayout.Bits((DataType)tensor.DataType) > 0;
            if (readable)
                File.Data(tensor);
            // An empty name stands for an input that is left out: nothing reads such a tensor.
            if (!_initializers.TryAdd(tensor.Name, readable && tensor.Name.Length > 0 ? tensor : null))
                throw Fail($"tensor '{tensor.Name}'", "two initializers have this name", "rename one of them");
        }

        foreach (SparseTensorProto tensor in Proto.SparseInitializer)
            _initializers.TryAdd(tensor.Values?.Name ?? "", null);
    }

    private void ReadProducers()
    {
        foreach (GraphNode node in Nodes)
        {
            if (node.Proto.OpType.Length == 0)
                throw Fail($"node '{node.Label}'", "it has no operator", "export the model anew");
            foreach (string output in node.Proto.Output.Where(name => name.Length > 0))
            {
                string? other = _producers.TryGetValue(output, out GraphNode? first) ? $"{first}"
                    : _flowing.Contains(output) ? "an input of the graph"
                    : _initializers.ContainsKey(output) ? "an initializer"
                    : null;
                if (other is not null)
                    throw Fail($"{node}", $"its output '{output}' is also that of {other}", "rename one of them");
                _producers.Add(output, node);
            }
        }
    }

    private HashSet<GraphNode> Needed()
    {
        var needed = new HashSet<GraphNode>();
        var pending = new Stack<(string Value, string Reader)>(
            Proto.Output.Select(output => (output.Name, "the outputs of the graph")));
        while (pending.TryPop(out (string Value, string Reader) read))
        {
            if (Producer(read.Value) is { } producer)
            {
                if (!needed.Add(producer))
                    continue;
                foreach (string name in producer.Reads)
                    pending.Push((name, $"{producer}"));
            }
            else if (!_flowing.Contains(read.Value) && !_initializers.ContainsKey(read.Value))
            {
                throw Fail(
                    read.Reader,
                    $"'{read.Value}' is read, but no node, initializer or input provides it",
                    "check that the file is complete or export the model anew");
            }
        }

        return needed;
    }
}
