using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>
/// The shapes of a graph's values: what operators tell of their outputs, completed by what the file declares, and by
/// what the readers of a value demand of it.
/// </summary>
internal sealed class Shapes
{
    private readonly ModelGraph _graph;
    private readonly Dictionary<string, ValueShape> _shapes = [];

    /// <summary>Finds the shapes of a graph's values.</summary>
    public Shapes(ModelGraph graph)
    {
        _graph = graph;
        foreach (ValueInfoProto info in graph.Proto.Input.Concat(graph.Proto.ValueInfo).Concat(graph.Proto.Output))
            Complete(info.Name, ValueShape.Declared(info));

        // What readers demand is known only when their own inputs are, and may then tell more of what follows.
        Forward();
        foreach (GraphNode node in graph.Order.Reverse())
        {
            if (node.Proto.IsStandard() && graph.Flows(node.Proto.InputAt(0)))
                Complete(node.Proto.InputAt(0), ShapeRules.InputOf(node.Proto, Of, graph));
        }

        Forward();
    }

    /// <summary>What is known of a value's shape.</summary>
    public ValueShape Of(string value) =>
        _shapes.TryGetValue(value, out ValueShape? shape) ? shape
        : _graph.TryConstant(value, out Constant? constant)
            ? new ValueShape([.. constant.Dims.Select(dim => (long?)dim)], constant.Data.ElementType)
        : ValueShape.Unknown;

    private void Forward()
    {
        foreach (GraphNode node in _graph.Order)
        {
            if (node.Proto.IsStandard() && node.Proto.Output.Count > 0 && _graph.Flows(node.Proto.Output[0]))
            {
                string output = node.Proto.Output[0];
                _shapes[output] = ShapeRules.OutputOf(node.Proto, Of, _graph).Or(Of(output));
            }
        }
    }

    private void Complete(string value, ValueShape more) =>
        _shapes[value] = _shapes.TryGetValue(value, out ValueShape? known) ? known.Or(more) : more;
}
