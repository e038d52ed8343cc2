using Canon.Onnx.Schema;

namespace Canon.Onnx.Files;

/// <summary>Every tensor of a model, in a fixed order: initializers and attributes, in subgraphs too.</summary>
internal static class TensorTree
{
    /// <summary>The tensors with the node whose attribute each is; initializers have none.</summary>
    public static IEnumerable<(TensorProto Tensor, NodeProto? Node)> Tensors(ModelProto model) =>
        model.Graph is { } graph ? Tensors(graph) : [];

    /// <summary>The initializers of a model and its subgraphs; no parts of sparse ones.</summary>
    public static IEnumerable<TensorProto> Initializers(ModelProto model) =>
        model.Graph is { } graph ? Initializers(graph) : [];

    private static IEnumerable<TensorProto> Initializers(GraphProto graph) => graph.Initializer.Concat(
        graph.Node.SelectMany(node => node.Attribute).SelectMany(Graphs).SelectMany(Initializers));

    private static IEnumerable<(TensorProto Tensor, NodeProto? Node)> Tensors(GraphProto graph)
    {
        foreach (TensorProto tensor in graph.Initializer)
            yield return (tensor, null);
        foreach (TensorProto tensor in graph.SparseInitializer.SelectMany(Parts))
            yield return (tensor, null);
        foreach (NodeProto node in graph.Node)
        {
            foreach (AttributeProto attribute in node.Attribute)
            {
                foreach (TensorProto tensor in Own(attribute))
                    yield return (tensor, node);
                foreach (var inner in Graphs(attribute).SelectMany(Tensors))
                    yield return inner;
            }
        }
    }

    private static IEnumerable<TensorProto> Own(AttributeProto attribute) =>
        Present(attribute.T)
            .Concat(attribute.Tensors)
            .Concat(Present(attribute.SparseTensor).Concat(attribute.SparseTensors).SelectMany(Parts));

    private static IEnumerable<GraphProto> Graphs(AttributeProto attribute) =>
        Present(attribute.G).Concat(attribute.Graphs);

    private static IEnumerable<TensorProto> Parts(SparseTensorProto sparse) =>
        Present(sparse.Values).Concat(Present(sparse.Indices));

    private static IEnumerable<T> Present<T>(T? message)
        where T : class => message is null ? [] : [message];
}
