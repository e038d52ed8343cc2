using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>What is known of a graph while its nodes become terms.</summary>
internal sealed class Scope(ModelGraph graph, Shapes shapes, Demands demands, Parameters parameters)
{
    private readonly Dictionary<string, Layout?> _layouts = [];
    private readonly Dictionary<string, Origin> _origins = [];
    private readonly Dictionary<string, List<ScaleOrigin>> _scales = [];
    private readonly HashSet<string> _labels = [.. graph.Nodes.Select(node => node.Label)];

    /// <summary>The graph.</summary>
    public ModelGraph Graph => graph;

    /// <summary>The shapes of its values.</summary>
    public Shapes Shapes => shapes;

    /// <summary>The layouts that readers want.</summary>
    public Demands Demands => demands;

    /// <summary>The parameters of its layers.</summary>
    public Parameters Parameters => parameters;

    /// <summary>Where each labelled term comes from.</summary>
    public IReadOnlyDictionary<string, Origin> Origins => _origins;

    /// <summary>The multiplications of a value that were read as scales.</summary>
    public IReadOnlyList<ScaleOrigin> ScalesOf(string value) => _scales.GetValueOrDefault(value) ?? [];

    /// <summary>The layout of a value; null where not even its rank is known.</summary>
    public Layout? LayoutOf(string value) => _layouts.GetValueOrDefault(value);

    /// <summary>The layout of a value that nothing else determines: what readers want, or the usual one.</summary>
    public Layout? Free(string value) =>
        demands.Of(value) ?? (shapes.Of(value).Rank is { } rank ? Layout.Usual(rank) : null);

    /// <summary>Settles the layout of a value.</summary>
    public void Settle(string value, Layout? layout) => _layouts[value] = layout;

    /// <summary>Keeps where a labelled term comes from.</summary>
    public void Keep(string label, Origin origin) => _origins[label] = origin;

    /// <summary>Keeps where a scale comes from.</summary>
    public void KeepScale(string value, ScaleOrigin origin)
    {
        if (!_scales.TryGetValue(value, out List<ScaleOrigin>? scales))
            _scales.Add(value, scales = []);
        scales.Add(origin);
    }

    /// <summary>A label for a part of a node, which no node and no other part has.</summary>
    public string Fresh(string label)
    {
        while (!_labels.Add(label))
            label += "'";
        return label;
    }

    /// <summary>The channels of a value, where known.</summary>
    public int? Channels(string value) => LayoutOf(value)?.Channels(shapes.Of(value));

    /// <summary>Whether a node has one output that is used, reads one value that flows, and that as its first input.</summary>
    public bool IsUnary(GraphNode node) =>
        HasOneOutput(node) && graph.Flows(node.Proto.InputAt(0)) && graph.FlowReads(node).Count == 1;

    /// <summary>
    /// Whether no further output is used, such as the mask of a Dropout, and no inner graph reads anything.
    /// </summary>
    public bool HasOneOutput(GraphNode node) =>
        node.Captured.Count == 0 && node.Proto.Output.Count > 0 && !node.Proto.Output.Skip(1).Any(graph.IsUsed);

    /// <summary>A tensor of weights.</summary>
    public bool TryWeight(string value, [NotNullWhen(true)] out Constant? constant) =>
        graph.TryConstant(value, out constant) && constant.ElementType is not null;

    /// <summary>Whether a value is the number 2, alone and of no more dimensions.</summary>
    public bool IsTwo(string value, int mostDims) =>
        graph.TryConstant(value, out Constant? constant) && constant.Data.ElementCount == 1 && constant.Dims.Count <= mostDims
        && (constant.TryFloats(out double[]? real) && real[0] == 2 || constant.TryIntegers(out long[]? whole) && whole[0] == 2);

    /// <summary>A term of one value; null where that value cannot be read in the layout that the term needs.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="needs">The layout that the term needs.</param>
    /// <param name="term">The term.</param>
    /// <param name="behind">The layout behind it; null for the same.</param>
    /// <param name="output">Which output it is.</param>
    public Term? Unary(GraphNode node, string input, Layout needs, Network term, Layout? behind = null, int output = 0)
    {
        if (Adaptor(input, needs) is not { } adaptor)
            return null;
        Network both = Network.Compose(adaptor, term);
        return new Term(node.Proto.Output[output], [input], behind ?? needs, _ => both);
    }

    /// <summary>A value in another layout; the identity where it has it; null where that cannot be said.</summary>
    public Network? Adaptor(string value, Layout needs)
    {
        if (LayoutOf(value) is not { } layout || layout.Rank != needs.Rank)
            return null;
        if (layout == needs)
            return Network.Identity;
        if (Reordering.OfLayouts(shapes.Of(value), layout, needs) is not { } reordering)
            return null;
        if (reordering.Term is not { } term)
            return Network.Identity;
        string label = $"{value} as {needs}";
        Keep(label, new LayoutOrigin(term, needs));
        return Network.Rearrange(term, label);
    }

    /// <summary>A constant part of the model as a branch beside a value; null where it does not have the channels.</summary>
    /// <param name="value">The constant.</param>
    /// <param name="beside">The layout of the value beside it.</param>
    /// <param name="channels">The channels of the value beside it; null for any number.</param>
    public Network? ConstantBranch(string value, Layout beside, int? channels)
    {
        if (graph.Flows(value) || graph.DependsOnShapes(value) || shapes.Of(value) is not { Rank: { } rank } shape || rank > beside.Rank)
            return null;
        var layout = new Layout(beside.Roles[^rank..]);
        int missing = beside.Axes('S').Count() - layout.Axes('S').Count();
        // What differs from sample to sample is no part of a function of one.
        if (layout.Axes('B').Any(axis => !shape.DimAt(axis).IsOne)
            || layout.Channels(shape) is not { } own || channels is not null && own != channels)
        {
            return null;
        }

        string label = Translation.ConstantLabel(value);
        Keep(label, new ValueOrigin(value, layout));
        return Network.Opaque(
            graph.Producer(value)?.Proto.OpType ?? "Constant",
            [],
            channels: own,
            space: [.. Enumerable.Repeat((int?)1, missing), .. layout.Space(shape)],
            label: label);
    }
}
