using Canon.Onnx.Schema;
using Canon.Tests.Files;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Onnx;

/// <summary>Shapes that a model computes of shapes, of an input x of [n, 6, 7, 9].</summary>
public sealed class ComputedShapeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Is(string expected, string value, Func<ModelBuilder, ModelBuilder> parts, long opset = 17)
    {
        ModelBuilder builder = parts(new ModelBuilder(opset).Input("x", 0, 6, 7, 9).Integers("zero", 0).Integers("two", 2));
        builder.Output(builder.Model.Graph.Node[^1].Output[0]);
        using var probe = new GraphProbe(_folder, builder);
        Assert.Equal(expected, probe.Integers(value));
    }

    private static TensorProto Scalar(string name, long value) => new() { Name = name, DataType = (int)DataType.Int64, Int64Data = { value } };

    [Fact]
    public void What_exporters_write_before_a_Reshape()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 6, 7, 9).Tensor(Scalar("i", 0)).Integers("a", 0).Integers("rest", -1)
            .Node("Relu", "x", "h").Node("Shape", "h", "s").Node("Gather", "s i", "g").Node("Unsqueeze", "g a", "u")
            .Node("Concat", "u rest", "t", ("axis", 0)).Node("Reshape", "h t", "y").Output("y");
        using var probe = new GraphProbe(_folder, builder);
        Assert.Equal("n -1", probe.Integers("t"));
        Assert.Equal("n 378", probe.Shape("y"));
        Assert.All(["s", "g", "u", "t"], value =>
        {
            Assert.True(probe.Graph.DependsOnShapes(value));
            Assert.False(probe.Graph.Flows(value));
            Assert.False(probe.Graph.TryConstant(value, out _));
        });
        Assert.All(["x", "h", "y"], value => Assert.True(probe.Graph.Flows(value) && !probe.Graph.DependsOnShapes(value)));
        Assert.All(["i", "a", "rest"], value => Assert.False(probe.Graph.Flows(value) || probe.Graph.DependsOnShapes(value)));
    }

    [Fact]
    public void A_product_of_known_sizes_fills_in() => Is(
        "n 378",
        "t",
        m => m.Node("Shape", "x", "s").Integers("one", 1).Integers("many", 9).Node("Slice", "s one many", "p")
            .Node("ReduceProd", "p", "q").Node("Slice", "s zero one", "b").Node("Concat", "b q", "t", ("axis", 0)));

    [Fact]
    public void Parts_of_shapes()
    {
        Is("n 6 7 9", "s", m => m.Node("Shape", "x", "s"));
        Is("6 7", "s", m => m.Node("Shape", "x", "s", ("start", 1), ("end", -1)));
        Is("?", "s", m => m.Node("Size", "x", "s"));
        Is("9 n", "g", m => m.Node("Shape", "x", "s").Integers("i", -1, 0).Node("Gather", "s i", "g"));
        Is("none", "g", m => m.Node("Shape", "x", "s").Integers("i", 4).Node("Gather", "s i", "g"));
        Is("7 9", "b", m => m.Node("Shape", "x", "s").Node("Split", "s", "a b").Node("Concat", "b a", "t", ("axis", 0)));
        Is("9 7 6 n", "t", m => m.Node("Shape", "x", "s").Integers("e", long.MinValue).Integers("b", -1).Integers("a", 0).Node("Slice", "s b e a b", "t"));
    }

    [Fact]
    public void Arithmetic_keeps_names_where_nothing_changes()
    {
        Is("n 6 7 9", "t", m => m.Node("Shape", "x", "s").Integers("one", 1).Node("Mul", "s one", "a").Node("Add", "a zero", "b").Node("Div", "b one", "t"));
        Is("? 12 14 18", "t", m => m.Node("Shape", "x", "s").Node("Mul", "s two", "t"));
        Is("? 3 3 4", "t", m => m.Node("Shape", "x", "s").Node("Div", "s two", "t"));
        Is("0 0 0 0", "t", m => m.Node("Shape", "x", "s").Node("Sub", "s s", "t"));
        Is("? 6 6 6", "t", m => m.Node("Shape", "x", "s").Integers("six", 6).Node("Min", "s six", "t"));
        Is("?", "t", m => m.Integers("most", long.MaxValue).Node("Mul", "most two", "u").Node("Shape", "x", "s").Node("Gather", "s zero", "g").Node("Add", "u g", "t"));
        Is("none", "t", m => m.Node("Shape", "x", "s").Integers("three", 1, 2, 3).Node("Add", "s three", "t"));
        Is("?", "t", m => m.Node("Div", "two zero", "t"));
    }

    [Fact]
    public void Sizes_go_through_real_numbers() => Is(
        "3 4",
        "t",
        m => m.Node("Shape", "x", "s", ("start", 2)).Node("Cast", "s", "f", ("to", 1)).Floats("half", [], .5f).Node("Mul", "f half", "h")
            .Node("Floor", "h", "r").Node("Cast", "r", "t", ("to", 7)));

    [Fact]
    public void Targets_of_an_Expand() => Is(
        "n 1 7 9",
        "t",
        m => m.Node("Shape", "x", "s").Integers("given", -1, 1, 7, 9).Integers("minus", -1).Node("Equal", "given minus", "e")
            .Node("Where", "e s given", "t"));

    [Fact]
    public void Lists_of_one_number()
    {
        Is("7 7", "t", m => m.Node("ConstantOfShape", "two", "t", ("value", new TensorProto { DataType = 7, Dims = { 1 }, Int64Data = { 7 } })));
        Is("n n", "t", m => m.Node("Shape", "x", "s", ("end", 1)).Node("Expand", "s two", "t"));
        Is("1 3 5", "t", m => m.Tensor(Scalar("a", 1)).Tensor(Scalar("b", 6)).Tensor(Scalar("c", 2)).Node("Range", "a b c", "t"));
        Is("none", "t", m => m.Tensor(Scalar("a", 0)).Tensor(Scalar("b", long.MaxValue)).Tensor(Scalar("c", 1)).Node("Range", "a b c", "t"));
    }

    /// <summary>The chain that PyTorch writes for a padding: rows of a matrix in reverse, and transposed.</summary>
    [Fact]
    public void Paddings_through_a_matrix() => Is(
        "0 0 1 3 0 0 2 4",
        "t",
        m => m.Integers("given", 3, 4, 1, 2).Integers("four", 4).Node("ConstantOfShape", "four", "none", ("value", new TensorProto { DataType = 7, Dims = { 1 }, Int64Data = { 0 } }))
            .Node("Concat", "given none", "all", ("axis", 0)).Integers("pairs", -1, 2).Node("Reshape", "all pairs", "matrix").Integers("minus", -1)
            .Integers("first", long.MinValue).Node("Slice", "matrix minus first zero minus", "reversed").Node("Transpose", "reversed", "columns", ("perm", new long[] { 1, 0 }))
            .Node("Reshape", "columns minus", "flat").Node("Cast", "flat", "t", ("to", 7)));

    [Fact]
    public void Open_sizes_of_inputs_have_names()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 0, 3).Input("z", 0, 3).Node("Add", "x z", "y").Output("y");
        foreach (ValueInfoProto input in builder.Model.Graph.Input)
            input.Type.TensorType.Shape.Dim[0].DimParam = "?";
        using var probe = new GraphProbe(_folder, builder);
        Assert.Equal("x#0 n 3", probe.Shape("x"));
        Assert.Equal("z#0 3", probe.Shape("z"));
        Assert.Equal("x#0 ? 3", probe.Shape("y"));
    }

    [Fact]
    public void What_reads_more_than_shapes_flows()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Integers("c", 2).Node("Shape", "x", "s").Node("Shape", "c", "k")
            .Node("ConstantOfShape", "s", "zeros").Node("Shape", "zeros", "again").Node("Add", "x zeros", "h").Node("Reshape", "h again", "y")
            .Node("Identity", "k", "z").Output("y").Output("z");
        using var probe = new GraphProbe(_folder, builder);
        Assert.All(["s", "zeros", "again"], value => Assert.True(probe.Graph.DependsOnShapes(value)));
        Assert.All(["h", "y"], value => Assert.True(probe.Graph.Flows(value)));
        Assert.All(["k", "z"], value => Assert.False(probe.Graph.Flows(value) || probe.Graph.DependsOnShapes(value)));
        Assert.Equal("n 4", probe.Shape("y"));
    }
}
