using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>The shapes that a check needs: those of the inputs, and of what opaque terms yield, with sizes for those left open.</summary>
internal static class InputSizes
{
    private static readonly int[] Tried =
        [1, .. Enumerable.Range(2, 15), 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 416, 512, 640];

    /// <summary>
    /// The smallest sizes, equal for all open ones, that every layer can take; 1 where none are found.
    /// </summary>
    public static CanonicalizeOptions Of(Scope scope, Network network)
    {
        ModelGraph graph = scope.Graph;
        bool isOpen = graph.Inputs.Any(input => scope.Shapes.Of(input.Name).Dims?.Skip(1).Any(dim => !dim.IsKnown) == true);
        if (!isOpen)
            return With(scope, scope.Shapes, 1);
        foreach (int size in Tried)
        {
            var shapes = new Shapes(graph, size);
            CanonicalizeOptions options = With(scope, shapes, size);
            if (graph.Order.All(node => Fits(node, scope, shapes)) && network.Accepts(options))
                return options;
        }

        return With(scope, scope.Shapes, 1);
    }

    private static CanonicalizeOptions With(Scope scope, Shapes shapes, int open)
    {
        var inputs = scope.Graph.Inputs.ToDictionary(
            input => input.Name, input => Signal(scope.LayoutOf(input.Name), shapes.Of(input.Name), open));
        var opaque = new Dictionary<(string, int), SignalShape>();
        foreach (GraphNode node in scope.Graph.Order.Where(node => scope.Origins.GetValueOrDefault(node.Label) is NodeOrigin { Term: null }))
        {
            foreach ((int index, string output) in node.Proto.Output.Index().Where(output => scope.LayoutOf(output.Item) is not null))
                opaque.Add((node.Label, index), Signal(scope.LayoutOf(output), shapes.Of(output), open));
        }

        var options = new CanonicalizeOptions { OpaqueShapes = opaque };
        return inputs.Count == 1 ? options with { Input = inputs.Values.Single() } : options with { NamedInputs = inputs };
    }

    /// <summary>Whether a node of windows yields anything, as far as that can be said of the sizes in front of it.</summary>
    private static bool Fits(GraphNode node, Scope scope, Shapes shapes)
    {
        if (!scope.Graph.Flows(node.Proto.InputAt(0)) || scope.Origins.GetValueOrDefault(node.Label) is not (LinearOrigin or NodeOrigin { Term.Kind: NetworkKind.Spatial }))
            return true;
        bool IsKnown(string value) => shapes.Of(value).Dims?.Skip(1).All(dim => dim.Size > 0) == true;
        return !IsKnown(node.Proto.InputAt(0)) || IsKnown(node.Proto.Output[0]);
    }

    private static SignalShape Signal(Layout? layout, ValueShape shape, int open) => layout is null
        ? new SignalShape(1, [])
        : new SignalShape(layout.Channels(shape) ?? open, [.. layout.Space(shape).Select(size => size ?? open)]);
}
