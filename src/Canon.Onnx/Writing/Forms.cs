using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>
/// Brings values into the form in which a node of the original reads them. Reshapes and transposes that leave the signal as it is
/// are no terms; they are written where a reader needs them.
/// </summary>
internal sealed class Forms(Translation original, NodeEmitter emitter)
{
    private static readonly HashSet<string> Moving =
        ["Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "DepthToSpace", "SpaceToDepth"];

    private readonly ModelGraph _graph = original.Graph;
    private readonly Dictionary<(string View, string Value), string> _written = [];
    private readonly Dictionary<string, string> _named = [];

    /// <summary>The value in the form of a value of the original, without a sign left over.</summary>
    public Value As(string wanted, Value value)
    {
        var views = new Stack<(GraphNode Node, string Output)>();
        string from = wanted;
        while (from != value.Original && Step(from) is { } step)
        {
            if (original.IsView(from))
                views.Push((step.Node, from));
            from = step.Input;
        }

        Value plain = Plain(value);
        if (from != value.Original)
            return views.Count == 0 ? plain : throw new InvalidOperationException($"'{value.Original}' does not lead to '{wanted}'");
        foreach ((GraphNode node, string output) in views)
            plain = new Value(View(node, output, plain.Name), output, original.LayoutOf(output));
        return plain;
    }

    /// <summary>The value without a sign left over.</summary>
    public Value Plain(Value value)
    {
        if (!value.IsNegated)
            return value;
        if (!_written.TryGetValue(("", value.Name), out string? name))
        {
            name = emitter.Names.Fresh($"{value.Name}_negated");
            emitter.Add(new NodeProto { OpType = "Neg", Name = name, Input = { value.Name }, Output = { name } });
            _written.Add(("", value.Name), name);
        }

        return value with { Name = name, IsNegated = false };
    }

    /// <summary>Remembers what a value of the original is now.</summary>
    public Value Named(Value value)
    {
        _named.TryAdd(value.Original, value.Name);
        return value;
    }

    /// <summary>Gives nodes that read only shapes values of the same shapes.</summary>
    public void SettleShapes()
    {
        // Writing one may ask for another.
        for (int i = 0; i < emitter.ReadingShapes.Count; i++)
        {
            NodeProto node = emitter.ReadingShapes[i];
            for (int slot = 0; slot < node.Input.Count; slot++)
            {
                if (_graph.Flows(node.Input[slot]))
                    node.Input[slot] = SameShape(node.Input[slot]);
            }
        }
    }

    private string SameShape(string value)
    {
        if (_named.TryGetValue(value, out string? name))
            return name;
        if (_graph.Producer(value) is not { } node)
            return value;
        if (Step(value) is { } step)
        {
            string input = SameShape(step.Input);
            return _named[value] = original.IsView(value) ? View(node, value, input) : input;
        }

        // Nothing else needs it: it is computed for the sake of its shape.
        var inputs = new Dictionary<int, string>();
        foreach ((int slot, string read) in node.Proto.Input.Index().Where(read => _graph.Flows(read.Item)))
            inputs.Add(slot, SameShape(read));
        NodeProto written = emitter.Emit(node, inputs, node.Captured.Where(_graph.Flows).ToDictionary(read => read, SameShape));
        foreach ((string before, string now) in node.Proto.Output.Zip(written.Output))
            _named.TryAdd(before, now);
        return _named[value];
    }

    /// <summary>What a value of the original is made of where its node may be gone: a view, a scale, or a diagonal layer.</summary>
    private (GraphNode Node, string Input)? Step(string value)
    {
        if (_graph.Producer(value) is not { } node || _graph.FlowReads(node) is not [var input])
            return null;
        bool mayBeGone = original.IsView(value)
            || original.ScalesOf(input).Any(scale => scale.Node == node)
            || original.Origins.GetValueOrDefault(node.Label) is ConstantOrigin or BatchNormOrigin
            || IsBias(node, input);
        return mayBeGone ? (node, input) : null;
    }

    private bool IsBias(GraphNode node, string input) =>
        _graph.Producer(input) is { } producer
        && original.Origins.GetValueOrDefault(producer.Label) is LinearOrigin linear && linear.BiasNode == node && linear.Node != node;

    private string View(GraphNode node, string output, string input)
    {
        if (!Moves(node, output))
            return input;
        if (_written.TryGetValue((output, input), out string? known))
            return known;
        NodeProto written = emitter.Emit(node, new Dictionary<int, string> { [0] = input });
        string name = written.Output[0];
        _written.Add((output, input), name);
        _named.TryAdd(output, name);
        return name;
    }

    /// <summary>Whether the tensor behind a view looks different.</summary>
    private bool Moves(GraphNode node, string output)
    {
        if (!Moving.Contains(node.Proto.OpType))
            return false;
        IReadOnlyList<Dim>? before = original.Shapes.Of(node.Proto.InputAt(0)).Dims;
        IReadOnlyList<Dim>? after = original.Shapes.Of(output).Dims;
        bool isSame = node.Proto.OpType != "Transpose" && before is not null && after is not null
            && before.SequenceEqual(after) && before.All(dim => dim.IsKnown || dim.Symbol is not null);
        return !isSame;
    }
}
