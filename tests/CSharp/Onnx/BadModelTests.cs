using Canon.Onnx;
using Canon.Onnx.Schema;
using Canon.Tests.Files;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Onnx;

/// <summary>Models that cannot be read are refused in one line that says what, where and what to do.</summary>
public sealed class BadModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Refused(Func<ModelBuilder, ModelBuilder> parts, params string[] told)
    {
        ModelBuilder builder = parts(new ModelBuilder().Input("x", 0, 4)).Output("y");
        string message = Assert.Throws<ModelFileException>(() => builder.Open(_folder)).Message;
        Assert.All(told, part => Assert.Contains(part, message));
        Assert.DoesNotContain('\n', message);
        Assert.Contains("; ", message);
    }

    [Fact]
    public void A_file_that_is_no_model()
    {
        string path = _folder.Put("text.onnx", "This is a text, not a model."u8.ToArray());
        Assert.Contains("text.onnx", Assert.Throws<ModelFileException>(() => OnnxModel.Open(path)).Message);
        Assert.Throws<ModelFileException>(() => OnnxModel.Open(_folder["missing.onnx"]));
        byte[] bytes = File.ReadAllBytes(Repository.Model("digits-mlp"));
        Assert.Throws<ModelFileException>(() => OnnxModel.Open(_folder.Put("short.onnx", bytes[..^1000])));
    }

    [Fact]
    public void No_outputs()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Node("Relu", "x", "y");
        Assert.Contains("no outputs", Assert.Throws<ModelFileException>(() => builder.Open(_folder)).Message);
    }

    [Fact]
    public void A_value_from_nowhere() =>
        Refused(m => m.Node("Gemm", "x W", "y").Named("fc"), "Gemm node 'fc'", "'W' is read");

    [Fact]
    public void An_output_from_nowhere() => Refused(m => m.Node("Relu", "x", "z"), "'y' is read");

    [Fact]
    public void A_value_from_two_places()
    {
        Refused(m => m.Node("Relu", "x", "y").Named("a").Node("Tanh", "x", "y").Named("b"), "Tanh node 'b'", "'y'", "Relu node 'a'");
        Refused(m => m.Weight("y", 4).Node("Relu", "x", "y"), "'y'", "an initializer");
        Refused(m => m.Node("Relu", "y", "x").Node("Relu", "x", "y"), "'x'", "an input");
        Refused(m => m.Weight("W", 4, 1).Weight("W", 4, 1).Node("Gemm", "x W", "y"), "'W'", "two initializers");
    }

    [Fact]
    public void A_cycle() => Refused(
        m => m.Node("Add", "x b", "a").Node("Relu", "a", "b").Named("loop").Node("Tanh", "b", "y"), "cycle");

    [Fact]
    public void Sizes_that_contradict_each_other()
    {
        Refused(m => m.Weight("W", 3, 5).Node("Gemm", "x W", "y", ("transB", 1)).Named("fc"), "Gemm node 'fc'", "'W' [3, 5]", "'x' has 4");
        Refused(m => m.Weight("W", 3, 5).Node("MatMul", "x W", "y"), "MatMul node 'y'", "reads 3 channels", "'x' has 4");
        Refused(m => m.Weight("W", 4, 3).Weight("b", 5).Node("Gemm", "x W b", "y"), "bias 'b' is [5]", "3 output channels");
        Refused(m => m.Weight("W", 4, 3).Weight("V", 4, 3).Node("Gemm", "x W", "h").Node("Gemm", "h V", "y"), "'V' [4, 3]", "'h' has 3");
    }

    [Fact]
    public void Weights_that_are_no_matrices()
    {
        Refused(m => m.Weight("W", 4).Node("Gemm", "x W", "y"), "'W' is [4]", "not a matrix");
        Refused(m => m.Weight("W", 4, 3, 1).Node("Gemm", "x W", "y"), "'W' is [4, 3, 1]");
        Refused(m => m.Floats("W", [4, 0]).Node("Gemm", "x W", "y"), "'W' is [4, 0]");
    }

    [Theory]
    [InlineData(1L << 40, 4)]
    [InlineData(1L << 40, 1L << 40)]
    [InlineData(-1, 4)]
    public void Absurd_dimensions(long rows, long columns) => Refused(
        m => m.Tensor(new TensorProto { Name = "W", DataType = (int)DataType.Float, Dims = { rows, columns }, FloatData = { 1f } })
            .Node("Gemm", "x W", "y", ("transB", 1)),
        "'W'");

    [Fact]
    public void Missing_external_data() => Refused(
        m => m.Tensor(TinyModel.External("W", "gone.bin", 4)).Node("Gemm", "x W", "y"), "'W'", "gone.bin");

    [Fact]
    public void Weights_that_are_no_numbers_are_named_when_they_are_read()
    {
        using OnnxModel model = new ModelBuilder().Input("x", 0, 2).Floats("W", [2, 2], 1, 2, float.NaN, 4)
            .Node("Gemm", "x W", "y", ("transB", 1)).Output("y").Open(_folder);
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        Assert.Contains("W: the value at row 1, column 0", Assert.Throws<NetworkException>(() => form.Gain).Message);
        Assert.Contains("W: the value at row 1", Assert.Throws<ModelFileException>(
            () => model.Save(_folder["out.onnx"], form.Network)).Message);
        Assert.Equal(["model.onnx"], _folder.Names);
    }
}
