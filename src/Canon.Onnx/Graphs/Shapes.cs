using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>
/// The shapes of a graph's values: what operators tell of their outputs, completed by what the file declares, and by
/// what the readers of a value demand of it.
/// </summary>
internal sealed class Shapes
{
    private readonly Dictionary<string, ValueShape> _declared = [];
    private readonly Dictionary<string, ValueShape> _demanded = [];
    private readonly Dictionary<string, ValueShape> _shapes = [];
    private readonly Dictionary<string, SmallTensor> _small = [];

    /// <summary>Finds the shapes of a graph's values.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="open">The size of axes that the inputs leave open, but the first, which is 1; null to leave them open.</param>
    public Shapes(ModelGraph graph, int? open = null)
    {
        Graph = graph;
        foreach (ValueInfoProto info in graph.Proto.ValueInfo.Concat(graph.Proto.Output))
            _declared[info.Name] = ValueShape.Declared(info);
        foreach (ValueInfoProto info in graph.Inputs)
        {
            ValueShape declared = ValueShape.DeclaredInput(info);
            _declared[info.Name] = open is null
                ? declared
                : declared with { Dims = declared.Dims?.Select((dim, axis) => dim.IsKnown ? dim : Dim.Of(axis == 0 ? 1 : open.Value)).ToList() };
        }

        // What readers demand is known only when their own inputs are, and may then tell more of what follows.
        Forward();
        foreach (GraphNode node in graph.Order.Reverse())
        {
            if (node.Proto.IsStandard() && node.Proto.InputAt(0) is { Length: > 0 } input && !graph.TryConstant(input, out _))
            {
                ValueShape demand = InputRules.InputOf(node.Proto, this);
                _demanded[input] = _demanded.TryGetValue(input, out ValueShape? known) ? known.Narrowed(demand) : demand;
                _shapes[input] = Of(input).Narrowed(demand);
            }
        }

        Forward();
    }

    /// <summary>The graph.</summary>
    public ModelGraph Graph { get; }

    /// <summary>What is known of a value's shape.</summary>
    public ValueShape Of(string value) =>
        Graph.TryConstant(value, out Constant? constant)
            ? new ValueShape(
                constant.Dims.Count > ValueShape.MostDims ? null : [.. constant.Dims.Select(Dim.Of)], constant.Data.ElementType)
        : _shapes.TryGetValue(value, out ValueShape? shape) ? shape
        : _declared.GetValueOrDefault(value) ?? ValueShape.Unknown;

    /// <summary>
    /// The elements of a small tensor of integers without or with one dimension, constant or computed from shapes; null
    /// where a value is none such.
    /// </summary>
    public IReadOnlyList<Dim>? Integers(string value) =>
        Of(value).Rank is null or 0 or 1 && Small(value) is { IsReal: false } tensor
            ? [.. tensor.Entries.Select(entry => entry.Whole)]
            : null;

    /// <summary>The integers of an attribute, or those of the input that took its place; null where there is neither.</summary>
    public IReadOnlyList<Dim>? Integers(NodeProto node, string attribute, int slot) =>
        node.Ints(attribute) is { } given ? [.. given.Select(Dim.Of)] : Integers(node.InputAt(slot));

    /// <summary>The elements of a small tensor of at most two dimensions, where something is known of them.</summary>
    internal SmallTensor? Small(string value)
    {
        if (value.Length == 0 || _small.TryGetValue(value, out SmallTensor? tensor))
            return _small.GetValueOrDefault(value);
        tensor = Graph.TryConstant(value, out Constant? constant) ? SmallTensor.Of(constant) : null;
        if (tensor is not null)
            _small.Add(value, tensor);
        return tensor;
    }

    private void Forward()
    {
        foreach (NodeProto node in Graph.Order.Select(node => node.Proto))
        {
            if (!node.IsStandard())
                continue;
            IReadOnlyList<ValueShape> shapes = ShapeRules.OutputsOf(node, this);
            for (int i = 0; i < node.Output.Count; i++)
            {
                if (node.Output[i].Length > 0)
                    Learn(node.Output[i], i < shapes.Count ? shapes[i] : ValueShape.Unknown);
            }

            for (int i = 0; i < node.Output.Count; i++)
            {
                if (node.Output[i].Length > 0 && Of(node.Output[i]).Rank is null or <= 2
                    && SmallTensorRules.OutputOf(node, i, this) is { } tensor)
                {
                    _small[node.Output[i]] = tensor;
                }
            }
        }
    }

    private void Learn(string output, ValueShape computed)
    {
        if (computed.Rank > ValueShape.MostDims)
            computed = computed with { Dims = null };
        if (_demanded.TryGetValue(output, out ValueShape? demand))
            computed = computed.Narrowed(demand);
        _shapes[output] = _declared.TryGetValue(output, out ValueShape? declared) ? computed.Or(declared) : computed;
    }
}
