using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>
/// Translates nodes to terms, one for each used output. What is not recognised exactly is opaque: correct, and a barrier.
/// </summary>
internal sealed class Operators(Scope scope)
{
    private readonly LinearOperators _linear = new(scope);
    private readonly DiagonalOperators _diagonal = new(scope);
    private readonly EntryWiseOperators _entryWise = new(scope);
    private readonly SpatialOperators _spatial = new(scope);
    private readonly RearrangingOperators _rearranging = new(scope);
    private readonly NormOperators _norms = new(scope);
    private readonly DecomposedNorms _decomposed = new(scope);
    private readonly JunctionOperators _junctions = new(scope);

    /// <summary>The terms of a node that depends on the inputs.</summary>
    /// <exception cref="ModelFileException">Sizes contradict each other.</exception>
    public IReadOnlyList<Term> Translate(GraphNode node)
    {
        IReadOnlyList<Term>? terms = node.Proto.IsStandard() ? Known(node) : null;
        // Axes that were not counted on; or an output more than the operator has, and something reads it.
        if (terms is null || terms.Any(term => term.Layout is { } layout && scope.Shapes.Of(term.Output).Rank is { } rank && layout.Rank != rank)
            || node.Proto.Output.Skip(1).Any(output => IsRead(output) && terms.All(term => term.Output != output)))
            terms = Opaque(node);
        foreach (Term term in terms)
            scope.Settle(term.Output, term.Layout);
        return terms;
    }

    private IReadOnlyList<Term>? Known(GraphNode node) =>
        _decomposed.Read(node)
        ?? _linear.Read(node)
        ?? _rearranging.Read(node)
        ?? One(_diagonal.Read(node) ?? _entryWise.Read(node) ?? _spatial.Read(node) ?? _norms.Read(node) ?? _junctions.Read(node));

    private static IReadOnlyList<Term>? One(Term? term) => term is null ? null : [term];

    private List<Term> Opaque(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string name = proto.IsStandard() ? proto.OpType : $"{proto.Domain}.{proto.OpType}";
        scope.Keep(node.Label, new NodeOrigin(node));
        IReadOnlyList<string> reads = scope.Graph.FlowReads(node);
        var terms = new List<Term>();
        foreach ((int index, string output) in proto.Output.Index())
        {
            if (!IsRead(output))
                continue;
            ValueShape shape = scope.Shapes.Of(output);
            Layout? layout = LayoutBehind(reads, output, shape);
            terms.Add(new Term(output, reads, layout, branches => Network.Opaque(
                name, branches, index, layout?.Channels(shape), layout?.Space(shape), node.Label)));
        }

        return terms;
    }

    private bool IsRead(string output) => output.Length > 0 && scope.Graph.IsUsed(output) && scope.Graph.Flows(output);

    /// <summary>What readers want; otherwise that of an input of the same sizes, or the usual one.</summary>
    private Layout? LayoutBehind(IReadOnlyList<string> reads, string output, ValueShape shape)
    {
        Layout? same = reads.Where(read => shape.Dims is { } dims && scope.Shapes.Of(read).Dims is { } own && own.SequenceEqual(dims))
            .Select(scope.LayoutOf)
            .FirstOrDefault();
        return scope.Demands.Of(output) ?? same ?? scope.Free(output);
    }
}
