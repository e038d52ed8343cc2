using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Reads Gemm, and MatMul with the Add behind it, as linear layers.</summary>
internal sealed class DenseLayers(ModelGraph graph, Shapes shapes, Parameters parameters)
{
    /// <summary>A Gemm of a flowing value with constants; null where it is another.</summary>
    /// <exception cref="ModelFileException">Sizes contradict each other.</exception>
    public LinearOrigin? Gemm(GraphNode node)
    {
        NodeProto proto = node.Proto;
        if (!graph.Flows(proto.InputAt(0)) || proto.Int("transA", 0) != 0 || !TryWeight(proto.InputAt(1), out Constant? weight))
            return null;
        if (weight.Dims.Count != 2)
            throw graph.Fail($"{node}", $"its weight '{weight.Name}' is {Show(weight)}, not a matrix", "export the model anew");
        if (shapes.Of(proto.InputAt(0)) is { Rank: not null and not 2 } shape)
            throw graph.Fail(
                $"{node}", $"it reads a matrix, but '{proto.InputAt(0)}' is {shape}", "flatten it first or export the model anew");

        bool transposed = proto.Int("transB", 0) == 0;
        Weight read = Matrix(node, weight, transposed, proto.Float("alpha", 1));
        double beta = proto.Float("beta", 1);
        if (!double.IsFinite(beta))
            throw graph.Fail($"{node}", $"its beta is {beta}", "give it a finite factor");
        string c = proto.InputAt(2);
        // Even switched off, a value that flows in has to flow somewhere.
        if (graph.Flows(c))
            return null;
        if (c.Length == 0 || beta == 0)
            return new LinearOrigin(read, null, node, 2);
        if (!TryWeight(c, out Constant? bias))
            return null;

        int rows = read.Parameter.Rows!.Value;
        if (bias.Dims.Count > 2 || bias.Dims.Count > 0 && bias.Dims[^1] != rows && bias.Dims[^1] != 1)
            throw graph.Fail(
                $"{node}",
                $"its bias '{bias.Name}' is {Show(bias)}, but its weight '{weight.Name}' {Show(weight)} has {rows} output channels",
                "export the model anew");
        return IsBias(bias, rows) ? new LinearOrigin(read, parameters.Vector(bias, rows, beta), node, 2) : null;
    }

    /// <summary>A MatMul of a batch of vectors with a constant matrix, without bias; null where it is another.</summary>
    /// <exception cref="ModelFileException">Sizes contradict each other.</exception>
    public LinearOrigin? MatMul(GraphNode node)
    {
        NodeProto proto = node.Proto;
        bool dense = proto.IsStandard() && proto.OpType == "MatMul"
            && graph.Flows(proto.InputAt(0)) && shapes.Of(proto.InputAt(0)).Rank == 2;
        return dense && TryWeight(proto.InputAt(1), out Constant? weight) && weight.Dims.Count == 2
            ? new LinearOrigin(Matrix(node, weight, true, 1), null, node, 2)
            : null;
    }

    /// <summary>The Add that gives a MatMul its bias: the only reader of its product.</summary>
    public LinearOrigin? WithBias(LinearOrigin matMul)
    {
        string product = matMul.BiasNode.Proto.Output[0];
        if (graph.IsOutput(product) || graph.Readers(product) is not [{ Proto: { OpType: "Add" } add } node] || !add.IsStandard())
            return null;
        int slot = add.InputAt(0) == product ? 1 : 0;
        int rows = matMul.Weight.Parameter.Rows!.Value;
        return TryWeight(add.InputAt(slot), out Constant? bias) && IsBias(bias, rows)
            ? matMul with { Bias = parameters.Vector(bias, rows, 1), BiasNode = node, BiasSlot = slot }
            : null;
    }

    private static bool IsBias(Constant bias, int rows) =>
        bias.Dims.Count <= 2
        && (bias.Data.ElementCount == 1 || bias.Data.ElementCount == rows && bias.Dims[^1] == rows);

    private Weight Matrix(GraphNode node, Constant weight, bool transposed, double factor)
    {
        if (weight.Dims.Any(dim => dim is < 1 or > int.MaxValue))
            throw graph.Fail($"{node}", $"its weight '{weight.Name}' is {Show(weight)}, which no layer can be", "export the model anew");
        (int rows, int columns) = transposed
            ? ((int)weight.Dims[1], (int)weight.Dims[0])
            : ((int)weight.Dims[0], (int)weight.Dims[1]);
        string input = node.Proto.InputAt(0);
        if (shapes.Of(input).Dims?[1] is { } width && width != columns)
            throw graph.Fail(
                $"{node}",
                $"its weight '{weight.Name}' {Show(weight)} reads {columns} channels, but '{input}' has {width}",
                "export the model anew");
        if (!double.IsFinite(factor))
            throw graph.Fail($"{node}", $"its alpha is {factor}", "give it a finite factor");
        return parameters.Matrix(weight, rows, columns, transposed, factor);
    }

    private bool TryWeight(string value, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Constant? constant) =>
        graph.TryConstant(value, out constant) && constant.ElementType is not null;

    private static string Show(Constant constant) => $"[{string.Join(", ", constant.Dims)}]";
}
