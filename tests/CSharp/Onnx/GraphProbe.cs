using Canon.Onnx.Files;
using Canon.Onnx.Graphs;
using Canon.Tests.Files;
using Google.Protobuf;

namespace Canon.Tests.Onnx;

/// <summary>The graph layer of a small model.</summary>
internal sealed class GraphProbe : IDisposable
{
    private readonly ModelFile _file;

    public GraphProbe(TemporaryFolder folder, ModelBuilder builder)
    {
        _file = ModelFile.Open(folder.Put($"{Guid.NewGuid():N}.onnx", builder.Model.ToByteArray()));
        Graph = new ModelGraph(_file);
        Shapes = new Shapes(Graph);
    }

    public ModelGraph Graph { get; }

    public Shapes Shapes { get; }

    public void Dispose() => _file.Dispose();

    /// <summary>Sizes, names, and "?"; "…" where the number of dimensions is not known.</summary>
    public string Shape(string value) => Shapes.Of(value).Dims is { } dims ? string.Join(' ', dims) : "…";

    /// <summary>Elements, names, and "?"; "none" for values that are not small integers.</summary>
    public string Integers(string value) => Shapes.Integers(value) is { } elements ? string.Join(' ', elements) : "none";

    /// <summary>The shapes of all outputs of a model with an input x of [n, 6, 7, 9] or other sizes; 0 is open.</summary>
    public static string Outputs(TemporaryFolder folder, Func<ModelBuilder, ModelBuilder> parts, long opset, long[] input)
    {
        ModelBuilder builder = parts(new ModelBuilder(opset).Input("x", input.Length > 0 ? input : [0, 6, 7, 9]));
        List<string> outputs = [.. builder.Model.Graph.Node[^1].Output];
        foreach (string output in outputs)
            builder.Output(output);
        using var probe = new GraphProbe(folder, builder);
        return string.Join(", ", outputs.Select(probe.Shape));
    }
}
