using Canon.Onnx;
using Canon.Onnx.Schema;
using Canon.Tests.Files;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Onnx;

/// <summary>Each operator and its attributes as a term.</summary>
public sealed class OperatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Text(Func<ModelBuilder, ModelBuilder> parts, long opset = 17, params long[] input) =>
        ModelBuilder.Text(_folder, parts, opset, input);

    [Theory]
    [InlineData("Relu", "relu")]
    [InlineData("Abs", "abs")]
    [InlineData("Sigmoid", "sigmoid")]
    [InlineData("Tanh", "tanh")]
    [InlineData("Softmax", "softmax")]
    [InlineData("Identity", "id")]
    [InlineData("Dropout", "id")]
    [InlineData("Clip", "id")]
    [InlineData("Flatten", "id")]
    [InlineData("LeakyRelu", "leaky_relu(0.01f)")]
    [InlineData("Erf", "opaque(Erf)")]
    public void Operators_of_one_input(string op, string term) => Assert.Equal(term, Text(m => m.Node(op, "x", "y")));

    [Fact]
    public void An_operator_of_another_domain_is_opaque()
    {
        string text = Text(m =>
        {
            m.Node("Relu", "x", "y").Model.Graph.Node[0].Domain = "com.example";
            return m;
        });
        Assert.Equal("opaque(com.example.Relu)", text);
    }

    [Theory]
    [InlineData(13, 2, "opaque(Softmax)")]
    [InlineData(13, 1, "softmax")]
    [InlineData(13, -1, "softmax")]
    [InlineData(13, 0, "opaque(Softmax)")]
    [InlineData(9, 1, "softmax")]
    public void Softmax_is_known_over_the_channels(long opset, int axis, string term) =>
        Assert.Equal(term, Text(m => m.Node("Softmax", "x", "y", ("axis", axis)), opset));

    [Fact]
    public void Softmax_has_another_default_before_opset_13()
    {
        Assert.Equal("softmax", Text(m => m.Node("Softmax", "x", "y"), 12));
        Assert.Equal("opaque(Softmax)", Text(m => m.Node("Softmax", "x", "y"), 13, 0, 4, 5));
    }

    [Fact]
    public void Gemm_in_all_its_forms()
    {
        string Gemm(string inputs, long[] weight, long[] bias, params (string, object)[] attributes) => Text(m =>
            m.Weight("W", weight).Weight("b", bias).Node("Gemm", inputs, "y", attributes));

        Assert.Equal("linear(W, b)", Gemm("x W b", [3, 4], [3], ("transB", 1)));
        Assert.Equal("linear(W, b)", Gemm("x W b", [4, 3], [1, 3]));
        Assert.Equal("linear(W, b)", Gemm("x W b", [4, 3], []));
        Assert.Equal("linear(W, b)", Gemm("x W b", [4, 3], [1]));
        Assert.Equal("linear(W)", Gemm("x W", [4, 3], [3]));
        Assert.Equal("linear(W)", Gemm("x W b", [4, 3], [3], ("beta", 0f)));
        Assert.Equal("opaque(Gemm)", Gemm("x W b", [4, 3], [5, 3]));
        Assert.Equal("opaque(Gemm)[id, id]", Gemm("x W x", [4, 4], [3], ("beta", 0f)));
        Assert.Equal("opaque(Gemm)", Gemm("x W b", [4, 3], [3], ("transA", 1)));
        Assert.Equal("opaque(Gemm)", Gemm("W x", [3, 7], [3]));
    }

    [Fact]
    public void Alpha_and_beta_multiply_the_numbers()
    {
        using OnnxModel model = new ModelBuilder().Input("x", 0, 2).Floats("W", [2, 2], 1, 2, 3, 4).Floats("b", [1], 10)
            .Node("Gemm", "x W b", "y", ("alpha", 2f), ("beta", 0.5f)).Output("y").Open(_folder);
        // 2 · Wᵀ(1, 1) + 0.5 · 10.
        Assert.Equal([13, 17], model.Network.Evaluate(1, 1));
    }

    [Fact]
    public void MatMul_takes_the_Add_behind_it_for_its_bias()
    {
        Assert.Equal("linear(W)", Text(m => m.Weight("W", 4, 3).Node("MatMul", "x W", "y")));
        Assert.Equal("linear(W, b)", Text(m => m.Weight("W", 4, 3).Weight("b", 3).Node("MatMul", "x W", "p").Node("Add", "p b", "y")));
        Assert.Equal("linear(W, b)", Text(m => m.Weight("W", 4, 3).Weight("b", 1, 3).Node("MatMul", "x W", "p").Node("Add", "b p", "y")));
        Assert.Equal(
            "linear(W) -> sum[shift(b), id]",
            Text(m => m.Weight("W", 4, 3).Weight("b", 3).Node("MatMul", "x W", "p").Node("Add", "p b", "q").Node("Add", "q p", "y")));
        Assert.Equal("linear(W)", Text(m => m.Weight("W", 4, 3).Node("MatMul", "x W", "y"), 17, 0, 5, 4));
        Assert.Equal("opaque(MatMul)", Text(m => m.Weight("W", 2, 4, 3).Node("MatMul", "x W", "y")));
    }

    [Theory]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Float64)]
    public void Weights_of_every_floating_point_type(ElementType type)
    {
        // 1.5 and -2 in each of them.
        TensorProto tensor = type switch
        {
            ElementType.Float16 => new TensorProto { DataType = (int)DataType.Float16, Int32Data = { 0x3E00, 0xC000 } },
            ElementType.BFloat16 => new TensorProto { DataType = (int)DataType.Bfloat16, Int32Data = { 0x3FC0, 0xC000 } },
            _ => new TensorProto { DataType = (int)DataType.Double, DoubleData = { 1.5, -2 } },
        };
        tensor.Name = "W";
        tensor.Dims.Add([1, 2]);

        using OnnxModel model = new ModelBuilder().Input("x", 0, 2).Tensor(tensor)
            .Node("Gemm", "x W", "y", ("transB", 1)).Output("y").Open(_folder);
        Assert.Equal([-0.5], model.Network.Evaluate(1, 1));
        Assert.Equal(type, Assert.Single(model.Network.Parameters).ElementType);
    }

    [Fact]
    public void Weights_of_whole_numbers_are_opaque() =>
        Assert.Equal("opaque(Gemm)", Text(m => m.Tensor(new TensorProto
        {
            Name = "W", DataType = (int)DataType.Int32, Dims = { 4, 1 }, Int32Data = { 1, 2, 3, 4 },
        }).Node("Gemm", "x W", "y")));

    [Fact]
    public void Constants_come_from_Constant_nodes_and_through_Identity()
    {
        var w = new TensorProto { DataType = (int)DataType.Float, Dims = { 4, 1 }, FloatData = { 1, 2, 3, 4 } };
        Assert.Equal("linear(c, b)", Text(m => m.Node("Constant", "", "c", ("value", w)).Node("Identity", "c", "d")
            .Node("Constant", "", "b", ("value_floats", new[] { 1f })).Node("Gemm", "x d b", "y")));
        Assert.Equal("clip(-1, 2)", Text(m => m.Node("Constant", "", "lo", ("value_float", -1f))
            .Node("Constant", "", "hi", ("value_float", 2f)).Node("Clip", "x lo hi", "y")));
        Assert.Equal("id", Text(m => m.Node("Constant", "", "s", ("value_ints", new long[] { 0, 4 })).Node("Reshape", "x s", "y")));
    }

    [Fact]
    public void Clip_reads_inputs_from_opset_11_on_and_attributes_before()
    {
        Assert.Equal("clip(0, 6)", Text(m => m.Node("Clip", "x", "y", ("min", 0f), ("max", 6f)), 10));
        Assert.Equal("relu", Text(m => m.Node("Clip", "x", "y", ("min", 0f)), 6));
        Assert.Equal("relu", Text(m => m.Floats("z", [], 0).Node("Clip", "x z", "y")));
        Assert.Equal("clip(-Infinity, 6)", Text(m => m.Floats("z", [], 6).Node("Clip", "x - z", "y")));
        Assert.Equal("opaque(Clip)", Text(m => m.Floats("z", [], 6).Floats("w", [], 7).Node("Clip", "x w z", "y")));
    }

    [Fact]
    public void Max_and_Min_with_constants_of_one_sign_are_clips()
    {
        Assert.Equal("relu", Text(m => m.Floats("c", [4], 0, 0, 0, 0).Node("Max", "x c", "y")));
        Assert.Equal("clip(-Infinity, 1, [1, 2, 3, 4])", Text(m => m.Floats("c", [4], 1, 2, 3, 4).Node("Min", "x c", "y")));
        Assert.Equal("clip(-1, Infinity, [2, 2, 2, 2])", Text(m => m.Floats("c", [], -2).Node("Max", "x c", "y")));
        Assert.Equal("opaque(Max)", Text(m => m.Floats("c", [4], -1, 2, 3, 4).Node("Max", "x c", "y")));
    }

    [Fact]
    public void PRelu_has_one_slope_or_one_a_channel()
    {
        Assert.Equal("prelu(s)", Text(m => m.Weight("s", 1).Node("PRelu", "x s", "y")));
        Assert.Equal("prelu(s)", Text(m => m.Weight("s", 4).Node("PRelu", "x s", "y")));
        Assert.Equal("prelu(s)", Text(m => m.Weight("s", 3, 1, 1).Node("PRelu", "x s", "y"), 17, 0, 3, 5, 5));
        Assert.Equal("prelu(s)", Text(m => m.Weight("s", 5).Node("PRelu", "x s", "y"), 17, 0, 3, 4, 5));
        Assert.Equal("opaque(PRelu)", Text(m => m.Weight("s", 4, 5).Node("PRelu", "x s", "y"), 17, 0, 3, 4, 5));
    }

    [Fact]
    public void Dropout_drops_only_in_training()
    {
        string Dropout(bool training) => Text(m => m.Floats("r", [], 0.5f).Tensor(new TensorProto
        {
            Name = "t", DataType = (int)DataType.Bool, Int32Data = { training ? 1 : 0 },
        }).Node("Dropout", "x r t", "y"));

        Assert.Equal("id", Dropout(false));
        Assert.Equal("opaque(Dropout)", Dropout(true));
        Assert.Equal("opaque(Dropout)", Text(m => m.Node("Dropout", "x", "y"), 6));
        Assert.Equal("id", Text(m => m.Node("Dropout", "x", "y", ("is_test", 1)), 6));
    }

    [Theory]
    [InlineData("0 12", "flatten(4)")]
    [InlineData("-1 12", "flatten(4)")]
    [InlineData("0 -1", "flatten(4)")]
    [InlineData("1 -1", "opaque(Reshape)")]
    [InlineData("-1 6", "opaque(Reshape)")]
    [InlineData("0 4 3", "opaque(Reshape)")]
    public void Reshape_that_keeps_the_batch_flattens(string target, string term) => Assert.Equal(term, Text(
        m => m.Integers("s", [.. target.Split(' ').Select(long.Parse)]).Node("Reshape", "x s", "y"), 17, 0, 3, 2, 2));

    [Fact]
    public void Flatten_needs_known_positions()
    {
        Assert.Equal("flatten(4)", Text(m => m.Node("Flatten", "x", "y"), 17, 0, 3, 2, 2));
        Assert.Equal("opaque(Flatten)", Text(m => m.Node("Flatten", "x", "y", ("axis", 2)), 17, 0, 3, 2, 2));
        Assert.Equal("opaque(Flatten)", Text(m => m.Node("Flatten", "x", "y"), 17, 0, 3, 0, 2));
        Assert.Equal("opaque(Flatten)", Text(m => m.Node("Flatten", "x", "y", ("axis", 0))));
    }

    [Fact]
    public void Flatten_makes_a_batch_of_numbers_of_one_vector()
    {
        // [5] becomes [5, 1], which a weight of one column reads.
        using OnnxModel model = new ModelBuilder().Input("x", 5).Weight("W", 1, 3)
            .Node("Flatten", "x", "f", ("axis", 1)).Node("Gemm", "f W", "y").Output("y", 5, 3).Open(_folder);
        Assert.Equal("linear(W)", model.Network.ToString());
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        model.Save(_folder["out.onnx"], form.Network);
        using OnnxModel reopened = OnnxModel.Open(_folder["out.onnx"]);
        Assert.InRange(form.Check(reopened.Network).MaxRelativeError, 0, 1e-5);
    }

    [Fact]
    public void Multiplication_by_non_negative_constants_is_a_scale()
    {
        Assert.Equal("scale([1, 2, 3, 4])", Text(m => m.Floats("g", [4], 1, 2, 3, 4).Node("Mul", "x g", "y")));
        Assert.Equal("scale([1, 2, 3, 4])", Text(m => m.Floats("g", [1, 4], 1, 2, 3, 4).Node("Mul", "g x", "y")));
        Assert.Equal("scale([2, 2, 2, 2])", Text(m => m.Floats("g", [], 2).Node("Mul", "x g", "y")));
        Assert.Equal("linear(diagonal(g))", Text(m => m.Floats("g", [4], 1, -2, 3, 4).Node("Mul", "x g", "y")));
        Assert.Equal("opaque(Mul)", Text(m => m.Floats("g", [4, 4], new float[16]).Node("Mul", "x g", "y")));
    }

    [Fact]
    public void Junctions_of_vectors()
    {
        Assert.Equal("sum[id, relu]", Text(m => m.Node("Relu", "x", "r").Node("Add", "x r", "y")));
        Assert.Equal("product[relu, id]", Text(m => m.Node("Relu", "x", "r").Node("Mul", "r x", "y")));
        Assert.Equal("concat[id, relu]", Text(m => m.Node("Relu", "x", "r").Node("Concat", "x r", "y", ("axis", -1))));
        Assert.Equal("opaque(Concat)[id, relu]", Text(m => m.Node("Relu", "x", "r").Node("Concat", "x r", "y", ("axis", 0))));
        Assert.Equal("sum[id, relu]", Text(m => m.Node("Relu", "x", "r").Node("Add", "x r", "y"), 17, 0, 3, 5, 5));
    }
}
