using Canon.Tests.Files;

namespace Canon.Tests.Onnx;

/// <summary>The shapes that convolutions, pools and matrix products yield, of an input x of [n, 6, 7, 9].</summary>
public sealed class WindowShapeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Is(string expected, Func<ModelBuilder, ModelBuilder> parts, long opset = 17, params long[] input) =>
        Assert.Equal(expected, GraphProbe.Outputs(_folder, parts, opset, input));

    [Theory]
    [InlineData("", 1, "n 4 5 7")]
    [InlineData("NOTSET", 2, "n 4 3 4")]
    [InlineData("VALID", 3, "n 4 2 3")]
    [InlineData("SAME_UPPER", 1, "n 4 7 9")]
    [InlineData("SAME_LOWER", 2, "n 4 4 5")]
    public void Convolutions(string autoPad, int stride, string expected) => Is(
        expected,
        m => m.Weight("W", 4, 6, 3, 3).Node("Conv", "x W", "y", ("auto_pad", autoPad), ("strides", new long[] { stride, stride })));

    [Fact]
    public void Windows_that_keep_a_size_keep_its_name()
    {
        Is("n 4 x#2 x#3", m => m.Weight("W", 4, 6, 3, 3).Node("Conv", "x W", "y", ("pads", new long[] { 1, 1, 1, 1 })), 17, 0, 6, 0, 0);
        Is("n 4 x#2 ?", m => m.Weight("W", 4, 6, 1, 3).Node("Conv", "x W", "y"), 17, 0, 6, 0, 0);
        Is("n 6 x#2 x#3", m => m.Node("MaxPool", "x", "y", ("kernel_shape", new long[] { 3, 3 }), ("auto_pad", "SAME_UPPER")), 17, 0, 6, 0, 0);
        Is("n 6 ? ?", m => m.Node("MaxPool", "x", "y", ("kernel_shape", new long[] { 1, 1 }), ("strides", new long[] { 2, 2 })), 17, 0, 6, 0, 0);
    }

    [Fact]
    public void Dilated_and_grouped_convolutions()
    {
        Is("n 4 7 9", m => m.Weight("W", 4, 6, 3, 3).Node("Conv", "x W", "y", ("pads", new long[] { 2, 2, 2, 2 }), ("dilations", new long[] { 2, 2 })));
        Is("n 6 5 7", m => m.Weight("W", 6, 1, 3, 3).Node("Conv", "x W", "y", ("group", 6)));
        Is("n 5 11", m => m.Weight("W", 5, 3, 4).Node("Conv", "x W", "y", ("strides", new long[] { 2 }), ("pads", new long[] { 1, 3 })), 17, 0, 3, 20);
    }

    [Fact]
    public void Transposed_convolutions()
    {
        Func<ModelBuilder, ModelBuilder> With(params (string, object)[] attributes) =>
            m => m.Weight("W", 6, 2, 4, 4).Node("ConvTranspose", "x W", "y", [.. attributes, ("strides", new long[] { 2, 2 })]);
        Is("n 4 14 18", With(("pads", new long[] { 1, 1, 1, 1 }), ("group", 2)));
        Is("n 2 17 20", With(("output_padding", new long[] { 1, 0 })));
        Is("n 2 15 18", With(("output_shape", new long[] { 15, 18 })));
        Is("n 2 14 18", With(("auto_pad", "SAME_UPPER")));
        Is("n 2 16 20", With(("auto_pad", "VALID")));
    }

    /// <summary>The sizes that ONNX Runtime computes, which drops a last window in the padding.</summary>
    [Theory]
    [InlineData(2, 2, 0, "n 6 4 5")]
    [InlineData(2, 3, 0, "n 6 3 3")]
    [InlineData(2, 4, 0, "n 6 2 3")]
    [InlineData(3, 2, 1, "n 6 4 5")]
    [InlineData(2, 2, 1, "n 6 4 5")]
    [InlineData(3, 4, 0, "n 6 2 3")]
    [InlineData(2, 3, 1, "n 6 3 4")]
    [InlineData(2, 4, 1, "n 6 2 3")]
    public void Pools_that_round_up(int kernel, int stride, int pad, string expected) => Is(
        $"{expected}, {expected}",
        m => m.Node(
            "MaxPool", "x", "y indices", ("kernel_shape", new long[] { kernel, kernel }), ("strides", new long[] { stride, stride }),
            ("pads", new long[] { pad, pad, pad, pad }), ("ceil_mode", 1)));

    [Fact]
    public void Global_pools() =>
        Assert.All(["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"], op => Is("n 6 1 1", m => m.Node(op, "x", "y")));

    [Fact]
    public void Matrix_products()
    {
        Is("n 5", m => m.Weight("W", 4, 5).Node("Gemm", "x W", "y"), 17, 0, 4);
        Is("n 4", m => m.Weight("W", 4, 5).Node("Gemm", "x W", "y", ("transA", 1), ("transB", 1)), 17, 5, 0);
        Is("n 3 5", m => m.Weight("W", 4, 5).Node("MatMul", "x W", "y"), 17, 0, 3, 4);
        Is("n 2 3 5", m => m.Weight("W", 2, 4, 5).Node("MatMul", "x W", "y"), 17, 0, 1, 3, 4);
        Is("5", m => m.Weight("W", 4, 5).Node("MatMul", "x W", "y"), 17, 4);
        Is("n", m => m.Weight("W", 4).Node("MatMul", "x W", "y"), 17, 0, 4);
        Is("", m => m.Weight("W", 4).Node("MatMul", "x W", "y"), 17, 4);
        Is("…", m => m.Floats("W", [], 1).Node("MatMul", "x W", "y"), 17, 4);
    }

    [Theory]
    [InlineData("strides", 0L)]
    [InlineData("strides", long.MinValue)]
    [InlineData("dilations", -1L)]
    [InlineData("pads", long.MaxValue)]
    [InlineData("pads", long.MinValue)]
    [InlineData("pads", -100L)]
    [InlineData("kernel_shape", 1L << 40)]
    [InlineData("kernel_shape", 0L)]
    public void Sizes_that_make_no_sense_leave_the_result_open(string attribute, long number)
    {
        Is("n 4 ? ?", m => m.Weight("W", 4, 6, 3, 3).Node("Conv", "x W", "y", (attribute, new long[] { number, number, number, number })));
        Is("n 6 ? ?", m => m.Node("MaxPool", "x", "y", (attribute, new long[] { number, number, number, number }), ("kernel_shape", new long[] { 3, 3 })));
    }

    [Fact]
    public void Layers_tell_the_channels_of_what_they_read()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 0, 0).Weight("W", 5, 2, 3).Weight("s", 5).Node("Mystery", "x", "a")
            .Node("Conv", "a W", "b", ("group", 2)).Node("Mystery", "b", "c").Node("BatchNormalization", "c s s s s", "y").Output("y");
        using var probe = new GraphProbe(_folder, builder);
        Assert.Equal("? 4 ?", probe.Shape("a"));
        Assert.Equal("… …", $"{probe.Shape("c")} {probe.Shape("y")}");
    }
}
