using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Reads matrix products and convolutions with constant weights, and the Add behind that gives them a bias.</summary>
internal sealed class LinearOperators(Scope scope)
{
    private readonly Dictionary<GraphNode, Func<Term?>> _fused = [];

    /// <summary>The term of a node; null where it is another.</summary>
    /// <exception cref="ModelFileException">Sizes contradict each other.</exception>
    public IReadOnlyList<Term>? Read(GraphNode node)
    {
        if (_fused.TryGetValue(node, out Func<Term?>? fused))
            return fused() is { } behind ? [behind] : null;
        if (!scope.HasOneOutput(node))
            return null;
        Layer? layer = node.Proto.OpType switch
        {
            "Gemm" => Gemm(node),
            "MatMul" => MatMul(node),
            "Conv" => Conv(node),
            "ConvTranspose" => ConvTranspose(node),
            _ => null,
        };
        if (layer is null)
            return null;
        if (layer.Origin.Bias is null && layer.MayHaveBias && WithBias(layer) is { } biased)
        {
            // The term stands where the Add is.
            _fused.Add(biased.Origin.BiasNode, () => ToTerm(biased, biased.Origin.BiasNode));
            return [];
        }

        return ToTerm(layer, node) is { } term ? [term] : null;
    }

    private sealed record Layer(LinearOrigin Origin, string Input, Layout Layout, Kernel? Kernel, bool MayHaveBias);

    private Term? ToTerm(Layer layer, GraphNode last)
    {
        LinearOrigin origin = layer.Origin;
        string label = origin.Node.Label;
        scope.Keep(label, origin);
        Network term = layer.Kernel is { } kernel
            ? Network.Convolution(origin.Weight.Parameter, kernel, origin.Bias?.Parameter, label)
            : Network.Linear(origin.Weight.Parameter, origin.Bias?.Parameter, label);
        return scope.Unary(last, layer.Input, layer.Layout, term);
    }

    private Layer? Gemm(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string input = proto.InputAt(0);
        if (!scope.Graph.Flows(input) || proto.Int("transA", 0) != 0 || !scope.TryWeight(proto.InputAt(1), out Constant? weight))
            return null;
        if (weight.Dims.Count != 2)
            throw Wrong(node, $"its weight '{weight.Name}' is {Show(weight)}, not a matrix", "export the model anew");
        if (scope.Shapes.Of(input) is { Rank: not null and not 2 } shape)
            throw Wrong(node, $"it reads a matrix, but '{input}' is {shape}", "flatten it first or export the model anew");

        double beta = proto.Float("beta", 1);
        if (!double.IsFinite(beta))
            throw Wrong(node, $"its beta is {beta}", "give it a finite factor");
        Weight read = Matrix(node, input, weight, proto.Int("transB", 0) == 0, proto.Float("alpha", 1), 1);
        string c = proto.InputAt(2);
        // Even switched off, a value that flows in has to flow somewhere.
        if (scope.Graph.Flows(c))
            return null;
        var origin = new LinearOrigin(node, read, 1, null, node, 2);
        var layer = new Layer(origin, input, Layout.Usual(2), null, c.Length == 0);
        if (c.Length == 0 || beta == 0)
            return CanBe(layer) ? layer : null;
        if (!scope.TryWeight(c, out Constant? bias))
            return null;

        int rows = read.Parameter.Rows!.Value;
        if (bias.Dims.Count > 2 || bias.Dims.Count > 0 && bias.Dims[^1] != rows && bias.Dims[^1] != 1)
            throw Wrong(
                node,
                $"its bias '{bias.Name}' is {Show(bias)}, but its weight '{weight.Name}' {Show(weight)} has {rows} output channels",
                "export the model anew");
        bool isVector = bias.Data.ElementCount == 1 || bias.Data.ElementCount == rows && bias.Dims[^1] == rows;
        return isVector && CanBe(layer)
            ? layer with { Origin = origin with { Bias = scope.Parameters.Vector(bias, rows, beta) } }
            : null;
    }

    private Layer? MatMul(GraphNode node)
    {
        NodeProto proto = node.Proto;
        bool onRight = scope.Graph.Flows(proto.InputAt(0));
        string input = proto.InputAt(onRight ? 0 : 1);
        if (!scope.Graph.Flows(input) || scope.Shapes.Of(input).Rank is not { } rank || rank < (onRight ? 1 : 2)
            || !scope.TryWeight(proto.InputAt(onRight ? 1 : 0), out Constant? weight)
            || weight.Dims.Count < 2 || weight.Dims.Count > Math.Max(2, rank) || weight.Dims.SkipLast(2).Any(dim => dim != 1))
        {
            return null;
        }

        Weight read = Matrix(node, input, weight, onRight, 1, onRight ? rank - 1 : rank - 2);
        var origin = new LinearOrigin(node, read, onRight ? 1 : 0, null, node, -1);
        var layer = new Layer(origin, input, Layout.WithChannels(rank, onRight ? rank - 1 : rank - 2), null, true);
        return CanBe(layer) ? layer : null;
    }

    private Layer? Conv(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string input = proto.InputAt(0);
        if (!IsConvolution(node, out Constant? weight, out int groups))
            return null;
        long rows = weight.Dims[0];
        long columns = weight.Dims[1] * groups;
        Check(node, input, weight, columns, 1);
        if (!Kernel(proto, weight, rows, columns, out int taps) || rows % groups != 0
            || Windows.Of(proto, [.. weight.Dims.Skip(2)]) is not { } window)
        {
            return null;
        }

        Weight read = scope.Parameters.Kernel(weight, (int)rows, (int)columns, taps, groups, false);
        return Convolution(node, read, Canon.Kernel.Convolution(window));
    }

    private Layer? ConvTranspose(GraphNode node)
    {
        NodeProto proto = node.Proto;
        string input = proto.InputAt(0);
        if (!IsConvolution(node, out Constant? weight, out int groups))
            return null;
        long columns = weight.Dims[0];
        long rows = weight.Dims[1] * groups;
        Check(node, input, weight, columns, 1);
        int axes = weight.Dims.Count - 2;
        // Sizes that the node asks for, or that follow from its strides, settle the padding another way.
        if (proto.Find("output_shape") is not null || proto.Text("auto_pad").StartsWith("SAME", StringComparison.Ordinal)
            || !Kernel(proto, weight, rows, columns, out int taps) || columns % groups != 0
            || Windows.Of(proto, [.. weight.Dims.Skip(2)]) is not { } window
            || Windows.Sizes(proto.Ints("output_padding"), axes, 0, 0) is not { } more)
        {
            return null;
        }

        Weight read = scope.Parameters.Kernel(weight, (int)rows, (int)columns, taps, groups, true);
        try
        {
            return Convolution(node, read, Canon.Kernel.TransposedConvolution(window, more));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private Layer? Convolution(GraphNode node, Weight weight, Kernel kernel)
    {
        NodeProto proto = node.Proto;
        string input = proto.InputAt(0);
        int rows = weight.Parameter.Rows!.Value;
        Weight? bias = null;
        if (proto.InputAt(2).Length > 0)
        {
            if (!scope.TryWeight(proto.InputAt(2), out Constant? constant))
                return null;
            if (constant.Data.ElementCount != rows)
                throw Wrong(
                    node,
                    $"its bias '{constant.Name}' is {Show(constant)}, but its weight '{weight.Constant.Name}' has {rows} output channels",
                    "export the model anew");
            bias = scope.Parameters.Vector(constant, rows);
        }

        var layer = new Layer(
            new LinearOrigin(node, weight, 1, bias, node, 2), input, Layout.Usual(scope.Shapes.Of(input).Rank!.Value), kernel, true);
        return CanBe(layer) ? layer : null;
    }

    private bool IsConvolution(GraphNode node, [NotNullWhen(true)] out Constant? weight, out int groups)
    {
        NodeProto proto = node.Proto;
        long given = proto.Int("group", 1);
        groups = given is > 0 and <= int.MaxValue ? (int)given : 0;
        weight = null;
        return groups > 0 && scope.IsUnary(node) && scope.TryWeight(proto.InputAt(1), out weight)
            && weight.Dims.Count >= 3 && scope.Shapes.Of(proto.InputAt(0)).Rank == weight.Dims.Count
            && weight.Dims.All(dim => dim > 0);
    }

    private static bool Kernel(NodeProto proto, Constant weight, long rows, long columns, out int taps)
    {
        taps = 0;
        if (rows > int.MaxValue || columns > int.MaxValue
            || proto.Ints("kernel_shape") is { } shape && !shape.SequenceEqual(weight.Dims.Skip(2)))
        {
            return false;
        }

        taps = (int)weight.Dims.Skip(2).Aggregate(1L, (product, dim) => Math.Min(product * dim, int.MaxValue));
        return true;
    }

    /// <summary>The Add that gives a layer its bias: the only reader of its product.</summary>
    private Layer? WithBias(Layer layer)
    {
        string product = layer.Origin.Node.Proto.Output[0];
        if (scope.Graph.IsOutput(product) || scope.Graph.Readers(product) is not [{ Proto: { OpType: "Add" } add } node]
            || !add.IsStandard() || !scope.HasOneOutput(node) || add.Input.Count != 2 || add.Int("broadcast", 0) != 0)
        {
            return null;
        }

        int slot = add.InputAt(0) == product ? 1 : 0;
        int rows = layer.Origin.Weight.Parameter.Rows!.Value;
        return (scope.Shapes.Of(add.Output[0]).Rank ?? layer.Layout.Rank) == layer.Layout.Rank
            && scope.TryWeight(add.InputAt(slot), out Constant? bias)
            && ChannelConstants.Count(bias, layer.Layout, rows) is not null
            ? layer with
            {
                Origin = layer.Origin with { Bias = scope.Parameters.Vector(bias, rows), BiasNode = node, BiasSlot = slot },
            }
            : null;
    }

    private bool CanBe(Layer layer) => scope.Adaptor(layer.Input, layer.Layout) is not null;

    private Weight Matrix(GraphNode node, string input, Constant weight, bool transposed, double factor, int axis)
    {
        if (weight.Dims.Any(dim => dim is < 1 or > int.MaxValue))
            throw Wrong(node, $"its weight '{weight.Name}' is {Show(weight)}, which no layer can be", "export the model anew");
        (int rows, int columns) = transposed
            ? ((int)weight.Dims[^1], (int)weight.Dims[^2])
            : ((int)weight.Dims[^2], (int)weight.Dims[^1]);
        Check(node, input, weight, columns, axis);
        if (!double.IsFinite(factor))
            throw Wrong(node, $"its alpha is {factor}", "give it a finite factor");
        return scope.Parameters.Matrix(weight, rows, columns, transposed, factor);
    }

    private void Check(GraphNode node, string input, Constant weight, long columns, int axis)
    {
        if (scope.Shapes.Of(input).SizeOf(axis) is { } width && width != columns)
            throw Wrong(
                node,
                $"its weight '{weight.Name}' {Show(weight)} reads {columns} channels, but '{input}' has {width}",
                "export the model anew");
    }

    private ModelFileException Wrong(GraphNode node, string problem, string remedy) =>
        scope.Graph.Fail($"{node}", problem, remedy);

    private static string Show(Constant constant) => $"[{string.Join(", ", constant.Dims)}]";
}
