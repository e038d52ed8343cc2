using Canon.Onnx;
using Canon.Tests.Files;

namespace Canon.Tests.Onnx;

/// <summary>What operators on images and sequences are read as.</summary>
public sealed class SpatialOperatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Image(Func<ModelBuilder, ModelBuilder> parts, long opset = 17) => ModelBuilder.Text(_folder, parts, opset, 1, 4, 6, 8);

    private string Tokens(Func<ModelBuilder, ModelBuilder> parts, long opset = 17) => ModelBuilder.Text(_folder, parts, opset, 0, 5, 4);

    [Fact]
    public void Convolutions()
    {
        string Conv(string op, long[] weight, params (string, object)[] attributes) =>
            Image(m => m.Weight("W", weight).Weight("b", 6).Node(op, "x W b", "y", attributes));

        Assert.Equal("conv(W, b, 3x3)", Conv("Conv", [6, 4, 3, 3]));
        Assert.Equal(
            "conv(W, b, 3x2, stride 2x1, dilation 1x2, pad 1x0:0x2)",
            Conv("Conv", [6, 4, 3, 2], ("strides", new long[] { 2, 1 }), ("dilations", new long[] { 1, 2 }), ("pads", new long[] { 1, 0, 0, 2 })));
        Assert.Equal("conv(W, b, 3x3, groups 2)", Conv("Conv", [6, 2, 3, 3], ("group", 2)));
        Assert.Equal("conv(W, b, 3x3, same)", Conv("Conv", [6, 4, 3, 3], ("auto_pad", "SAME_UPPER")));
        Assert.Equal("conv(W, b, 3x3, same_early)", Conv("Conv", [6, 4, 3, 3], ("auto_pad", "SAME_LOWER")));
        Assert.Equal(
            "conv_transpose(W, b, 3x3, stride 2x2, output_pad 1x1)",
            Conv("ConvTranspose", [4, 6, 3, 3], ("strides", new long[] { 2, 2 }), ("output_padding", new long[] { 1, 1 })));
        Assert.Equal("opaque(Conv)", Conv("Conv", [6, 4, 3, 3], ("pads", new long[] { -1, 0, 0, 0 })));
        Assert.Equal("opaque(ConvTranspose)", Conv("ConvTranspose", [4, 6, 3, 3], ("output_shape", new long[] { 9, 9 })));
    }

    [Fact]
    public void Batch_norm_has_one_vector_for_each_of_four_parts()
    {
        string Norm(long channels, params (string, object)[] attributes) => Image(m => m.Weight("g", channels).Weight("b", channels)
            .Weight("m", channels).Weight("v", channels).Node("BatchNormalization", "x g b m v", "y", attributes));

        Assert.Equal("batch_norm(g, b, m, v, 1E-05f)", Norm(4));
        Assert.Equal("opaque(BatchNormalization)", Norm(4, ("training_mode", 1)));
    }

    [Theory]
    [InlineData("MaxPool", "max_pool(2x2)")]
    [InlineData("AveragePool", "avg_pool(2x2)")]
    [InlineData("LpPool", "norm_pool(p 2, 2x2)")]
    public void Pools(string op, string term) =>
        Assert.Equal(term, Image(m => m.Node(op, "x", "y", ("kernel_shape", new long[] { 2, 2 }))));

    [Theory]
    [InlineData("GlobalMaxPool", "max_pool(all)")]
    [InlineData("GlobalAveragePool", "avg_pool(all)")]
    [InlineData("GlobalLpPool", "norm_pool(p 2, all)")]
    public void Global_pools(string op, string term) => Assert.Equal(term, Image(m => m.Node(op, "x", "y")));

    [Fact]
    public void A_pool_that_counts_its_padding()
    {
        Assert.Equal(
            "avg_pool(2x2, pad 1x1, ceil, count_pad)",
            Image(m => m.Node(
                "AveragePool", "x", "y", ("kernel_shape", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }), ("count_include_pad", 1), ("ceil_mode", 1))));
        Assert.Equal(
            "opaque(MaxPool, output 1)",
            Image(m => m.Node("MaxPool", "x", "z y", ("kernel_shape", new long[] { 2, 2 })), 12));
    }

    [Fact]
    public void Reductions_over_space_alone()
    {
        Assert.Equal("avg_pool(axes [0, 1])", Image(m => m.Node("ReduceMean", "x", "y", ("axes", new long[] { 2, 3 }))));
        Assert.Equal("sum_pool(axes [1], drop)", Image(m => m.Node("ReduceSum", "x", "y", ("axes", new long[] { -1 }), ("keepdims", 0)), 11));
        Assert.Equal("opaque(ReduceMean)", Image(m => m.Node("ReduceMean", "x", "y", ("axes", new long[] { 1 }))));
        Assert.Equal("opaque(ReduceMean)", Image(m => m.Node("ReduceMean", "x", "y")));
    }

    [Fact]
    public void Pads_of_space_by_nothing_but_constants()
    {
        string Pad(string mode, params long[] pads) => Image(m => m.Integers("p", pads).Node("Pad", "x p", "y", ("mode", mode)));

        Assert.Equal("pad(1x0:0x2)", Pad("constant", 0, 0, 1, 0, 0, 0, 0, 2));
        Assert.Equal("pad(1x1, mirrored)", Pad("reflect", 0, 0, 1, 1, 0, 0, 1, 1));
        Assert.Equal("pad(1x1, nearest)", Pad("edge", 0, 0, 1, 1, 0, 0, 1, 1));
        Assert.Equal("opaque(Pad)", Pad("constant", 0, 1, 0, 0, 0, 0, 0, 0));
        Assert.Equal(
            "opaque(Pad)",
            Image(m => m.Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Floats("c", [], 1).Node("Pad", "x p c", "y")));
    }

    [Fact]
    public void Resizes()
    {
        Assert.Equal(
            "resize(linear, half_pixel, by [2, 2])",
            Image(m => m.Floats("s", [4], 1, 1, 2, 2).Node("Resize", "x - s", "y", ("mode", "linear"))));
        Assert.Equal(
            "resize(nearest_before, origin, to 12x4)",
            Image(m => m.Integers("s", 1, 4, 12, 4).Node(
                "Resize", "x - - s", "y", ("nearest_mode", "floor"), ("coordinate_transformation_mode", "asymmetric"))));
        Assert.Equal(
            "opaque(Resize)",
            Image(m => m.Floats("s", [4], 1, 2, 2, 2).Node("Resize", "x - s", "y")));
    }

    [Fact]
    public void Slices_and_splits_of_channels_and_of_space()
    {
        Assert.Equal("channels(1+2)", Image(m => m.Integers("a", 1).Integers("b", 3).Node("Slice", "x a b a", "y")));
        Assert.Equal("crop(0+6, 7+3/-2)", Image(m => m.Integers("a", 100).Integers("b", 2).Integers("c", 3).Integers("d", -2).Node("Slice", "x a b c d", "y")));
        Assert.Equal("id", Image(m => m.Integers("a", 0).Integers("b", 100).Integers("c", 2).Node("Slice", "x a b c", "y")));
        Assert.Equal(
            "sum[channels(0+2) -> relu, channels(2+2)]",
            Image(m => m.Node("Split", "x", "a b", ("axis", 1)).Node("Relu", "a", "r").Node("Add", "r b", "y")));
    }

    [Theory]
    [InlineData("zero many n one", "axes")]
    [InlineData("zero many two n", "steps")]
    [InlineData("n many two one", "starts")]
    public void A_slice_that_depends_on_the_size_of_the_input_is_no_term(string numbers, string what)
    {
        string text = Tokens(m => m.Integers("zero", 0).Integers("many", 100).Integers("two", 2).Integers("one", 1)
            .Node("Shape", "x", "n", ("end", 1)).Node("Slice", $"x {numbers}", "y"));
        Assert.True(text == "opaque(Slice)", $"{what}: {text}");
    }

    [Fact]
    public void Reshapes_and_transposes_are_terms_only_where_the_signal_changes()
    {
        Assert.Equal("flatten(48)", Image(m => m.Node("Flatten", "x", "y")));
        // Channels last: the same signal, the tensor alone is another.
        Assert.Equal(
            "relu",
            Image(m => m.Node("Transpose", "x", "t", ("perm", new long[] { 0, 2, 3, 1 })).Node("Relu", "t", "y")));
        Assert.Equal(
            "rearrange((a b) c d -> (b a) c d, a = 2, b = 2, c = 6, d = 8)",
            Image(m => m.Integers("s", 1, 2, 2, 6, 8).Integers("t", 1, 4, 6, 8).Node("Reshape", "x s", "a")
                .Node("Transpose", "a", "b", ("perm", new long[] { 0, 2, 1, 3, 4 })).Node("Reshape", "b t", "y")));
        Assert.Equal(
            "rearrange((a b) c d -> () (c a) (d b), a = 2, b = 2, c = 6, d = 8)",
            Image(m => m.Node("DepthToSpace", "x", "y", ("blocksize", 2))));
    }

    [Fact]
    public void Matrix_products_sum_over_the_last_axis_or_the_one_before()
    {
        Assert.Equal("linear(W, b)", Tokens(m => m.Weight("W", 4, 3).Weight("b", 3).Node("MatMul", "x W", "p").Node("Add", "p b", "y")));
        Assert.Equal("linear(W)", Tokens(m => m.Weight("W", 3, 5).Node("MatMul", "W x", "y")));
        Assert.Equal("opaque(MatMul)", Tokens(m => m.Weight("W", 2, 4, 3).Node("MatMul", "x W", "y")));
        Assert.Equal(
            "opaque(MatMul)[id, id]",
            Tokens(m => m.Node("Transpose", "x", "t", ("perm", new long[] { 0, 2, 1 })).Node("MatMul", "x t", "y")));
    }

    [Fact]
    public void Norms_are_a_norm_and_a_diagonal_layer()
    {
        Assert.Equal(
            "layer_norm(1E-05f) -> linear(diagonal(g), b)",
            Tokens(m => m.Weight("g", 4).Weight("b", 4).Node("LayerNormalization", "x g b", "y")));
        Assert.Equal(
            "instance_norm(1E-05f) -> linear(diagonal(g), b)",
            Image(m => m.Weight("g", 4).Weight("b", 4).Node("InstanceNormalization", "x g b", "y")));
    }

    [Fact]
    public void Norms_that_were_written_as_means_and_roots()
    {
        ModelBuilder Squared(ModelBuilder m, string of) => m.Floats("two", [], 2).Floats("e", [], 1e-3f).Node("Pow", $"{of} two", "p")
            .Node("ReduceMean", "p", "v", ("axes", new long[] { -1 })).Node("Add", "v e", "a").Node("Sqrt", "a", "r");

        Assert.Equal(
            "layer_norm(0.001f)",
            Tokens(m => Squared(m.Node("ReduceMean", "x", "mean", ("axes", new long[] { -1 })).Node("Sub", "x mean", "d"), "d").Node("Div", "d r", "y")));
        Assert.Equal("rms_norm(0.001f)", Tokens(m => Squared(m, "x").Node("Div", "x r", "y")));
        Assert.Equal("rms_norm(0.001f)", Tokens(m => Squared(m, "x").Node("Reciprocal", "r", "i").Node("Mul", "i x", "y")));
        // Something else reads the variance.
        Assert.StartsWith("as x -> square", Tokens(m => Squared(m, "x").Node("Div", "x r", "n").Node("Add", "n v", "y")), StringComparison.Ordinal);
    }

    [Fact]
    public void Constants_beside_values()
    {
        Assert.Equal("shift(c)", Image(m => m.Weight("c", 4, 1, 1).Node("Add", "x c", "y")));
        Assert.Equal("linear(diagonal(c))", Image(m => m.Floats("c", [4, 1, 1], 1, -2, 3, 4).Node("Mul", "x c", "y")));
        Assert.Equal("scale([1, 2, 3, 4])", Image(m => m.Floats("c", [4, 1, 1], 1, 2, 3, 4).Node("Mul", "x c", "y")));
        Assert.Equal("linear(diagonal(\"1 / c\"))", Image(m => m.Floats("c", [], 2).Node("Div", "x c", "y")));
        Assert.Equal("sum[id, opaque(Constant)[]]", Image(m => m.Weight("c", 4, 6, 8).Node("Add", "x c", "y")));
        Assert.Equal("opaque(Add)", Image(m => m.Weight("c", 6, 8).Node("Add", "x c", "y")));
        Assert.Equal("linear(diagonal(\"minus y\"), c)", Image(m => m.Floats("c", [], 1).Node("Sub", "c x", "y")));
        Assert.Equal("sum[id, relu -> neg]", Image(m => m.Node("Relu", "x", "r").Node("Sub", "x r", "y")));
    }

    [Fact]
    public void A_gate_of_one_position_counts_for_all()
    {
        Assert.Equal(
            "product[id, avg_pool(all) -> conv(W, 1x1) -> sigmoid]",
            Image(m => m.Weight("W", 4, 4, 1, 1).Node("GlobalAveragePool", "x", "p").Node("Conv", "p W", "c").Node("Sigmoid", "c", "s")
                .Node("Mul", "x s", "y")));
    }

    [Fact]
    public void The_hard_swish_is_no_gate_that_scales_pass()
    {
        string text = Image(m => m.Floats("three", [], 3).Floats("zero", [], 0).Floats("six", [], 6)
            .Node("Add", "x three", "a").Node("Clip", "a zero six", "c").Node("Mul", "x c", "m").Node("Div", "m six", "y"));
        Assert.Equal("product[id, shift(three) -> opaque(HardSigmoid)] -> linear(diagonal(\"1 / six\"))", text);
    }
}
