using Canon.Onnx;
using Canon.Onnx.Schema;
using Canon.Tests.Files;

namespace Canon.Tests.Onnx;

/// <summary>Graphs of every form as terms.</summary>
public sealed class GraphTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Text(Func<ModelBuilder, ModelBuilder> parts) => ModelBuilder.Text(_folder, parts);

    [Fact]
    public void Nested_skips_are_nested_sums() => Assert.Equal(
        "sum[id, relu -> sum[id, tanh] -> abs]",
        Text(m => m.Node("Relu", "x", "a").Node("Tanh", "a", "b").Node("Add", "a b", "c").Node("Abs", "c", "d").Node("Add", "x d", "y")));

    [Fact]
    public void A_value_that_is_read_after_the_join_is_part_of_it() => Assert.Equal(
        "sum[id, sum[id, relu] -> tanh]",
        Text(m => m.Node("Relu", "x", "a").Node("Add", "x a", "b").Node("Tanh", "b", "c").Node("Add", "x c", "y")));

    [Fact]
    public void A_branch_with_an_exit_is_a_wire() => Assert.Equal(
        "as x -> relu -> as a -> x -> tanh -> sum[id, product[a, sum[a, id]]]",
        Text(m => m.Node("Relu", "x", "a").Node("Tanh", "x", "b").Node("Add", "a b", "c").Node("Mul", "a c", "d").Node("Add", "b d", "y")));

    [Fact]
    public void One_value_twice_in_a_node() => Assert.Equal("relu -> product[id, id]", Text(m => m.Node("Relu", "x", "a").Node("Mul", "a a", "y")));

    [Fact]
    public void Nodes_need_no_order_and_unneeded_ones_are_left_out() => Assert.Equal(
        "relu -> tanh", Text(m => m.Node("Tanh", "a", "y").Node("Abs", "a", "dead").Node("Relu", "x", "a")));

    [Fact]
    public void Initializers_may_be_listed_as_inputs()
    {
        using OnnxModel model = new ModelBuilder(8).Input("x", 0, 4).Input("W", 3, 4).Weight("W", 3, 4)
            .Node("Gemm", "x W", "y", ("transB", 1)).Output("y").Open(_folder);
        Assert.Equal(["x"], model.Inputs);
        Assert.Equal("linear(W)", model.Network.ToString());
    }

    [Fact]
    public void Several_inputs_are_read_by_name_and_several_outputs_are_a_tuple()
    {
        using OnnxModel model = new ModelBuilder().Input("a", 0, 4).Input("b", 0, 4).Weight("W", 8, 2)
            .Node("Relu", "a", "r").Node("Concat", "r b", "c", ("axis", 1)).Node("Gemm", "c W", "d").Node("Tanh", "d", "p")
            .Node("Abs", "d", "q").Output("p").Output("q").Open(_folder);
        Assert.Equal("concat[a -> relu, b] -> linear(W) -> tuple[tanh, abs]", model.Network.ToString());
        Assert.Equal(["a", "b"], model.Inputs);
        Assert.Equal(["p", "q"], model.Outputs);
        Assert.Equal(new SignalShape(4), model.Options.NamedInputs["b"]);
        Assert.InRange(model.Network.Canonicalize(model.Options).Check().MaxRelativeError, 0, 1e-5);
    }

    [Fact]
    public void An_output_inside_the_network_and_one_that_is_constant()
    {
        using OnnxModel model = new ModelBuilder().Input("x", 0, 4).Weight("c", 1, 2).Node("Relu", "x", "h").Node("Tanh", "h", "y")
            .Output("y").Output("h").Output("c").Open(_folder);
        Assert.Equal("relu -> tuple[tanh, id, opaque(Constant)[]]", model.Network.ToString());
        model.Save(_folder["out.onnx"], model.Network);
        using OnnxModel written = OnnxModel.Open(_folder["out.onnx"]);
        Assert.Equal(model.Network.ToString(), written.Network.ToString());
        Assert.Equal(["y", "h", "c"], written.Outputs);
    }

    [Fact]
    public void Each_used_output_of_an_opaque_node_is_a_term()
    {
        string text = Text(m => m.Node("Split", "x", "p - q", ("axis", 1)).Node("Relu", "p", "r").Node("Concat", "r q", "y", ("axis", 1)));
        Assert.Equal("opaque(Concat)[opaque(Split) -> relu, opaque(Split, output 2)]", text);
    }

    [Fact]
    public void What_a_subgraph_reads_are_inputs_of_its_node()
    {
        var then = new GraphProto { Node = { ModelBuilder.NewNode("Relu", "h", "t") } };
        var otherwise = new GraphProto { Node = { ModelBuilder.NewNode("Add", "h W", "e") } };
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("W", 4).Weight("V", 4, 4).Node("Gemm", "x V", "h")
            .Node("Greater", "x W", "c").Node("If", "c", "y", ("then_branch", then), ("else_branch", otherwise)).Output("y");
        using OnnxModel model = builder.Open(_folder);
        Assert.Equal("opaque(If)[opaque(Greater), linear(V)]", model.Network.ToString());

        // The scale changes what the branches must read.
        model.Save(_folder["out.onnx"], model.Network.Canonicalize(model.Options).Network);
        using OnnxModel written = OnnxModel.Open(_folder["out.onnx"]);
        Assert.Equal("opaque(If)[opaque(Greater), linear(V) -> scale([", written.Network.ToString()[..48]);
    }

    [Fact]
    public void Labels_are_names_where_they_are_unique_and_values_elsewhere()
    {
        using OnnxModel model = new ModelBuilder().Input("x", 0, 4).Node("Relu", "x", "a").Named("first").Node("Tanh", "a", "b").Named("twice")
            .Node("Abs", "b", "c").Named("twice").Node("Erf", "c", "y").Output("y").Open(_folder);
        Assert.Equal(["first", "b", "c", "y"], model.Network.Parts.Select(part => part.Label));
    }

    [Fact]
    public void One_tensor_read_in_two_ways_is_two_parameters()
    {
        Assert.Equal("linear(W) -> linear(W')", Text(m => m.Weight("W", 3, 4).Node("Gemm", "x W", "h", ("transB", 1)).Node("Gemm", "h W", "y")));
        Assert.Equal("linear(W) -> linear(W)", Text(m => m.Weight("W", 4, 4).Node("Gemm", "x W", "h").Node("MatMul", "h W", "y")));
    }

    [Fact]
    public void Opaque_operators_tell_their_channels_from_what_follows()
    {
        using OnnxModel model = new ModelBuilder().Input("x", 0, 4).Weight("W", 3, 7).Node("Mystery", "x", "h").Node("Relu", "h", "r")
            .Node("Gemm", "r W", "y", ("transB", 1)).Output("y").Open(_folder);
        Assert.True(model.Network.Parts[0].TryOpaque(out OpaqueLayer? opaque));
        Assert.Equal(7, opaque.Channels);
        Assert.Empty(opaque.Space!);
        Assert.InRange(model.Network.Canonicalize(model.Options).Check().MaxRelativeError, 0, 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ten_thousand_nodes_take_no_time_and_no_stack(bool skips)
    {
        var builder = new ModelBuilder().Input("x", 0, 4);
        for (int i = 0; i < 10_000; i++)
        {
            string before = i == 0 ? "x" : $"v{i - 1}";
            builder.Node(skips ? "Add" : "Relu", skips ? $"{before} x" : before, $"v{i}");
        }

        // Not quite in order.
        builder.Model.Graph.Node.Add(builder.Model.Graph.Node[3]);
        builder.Model.Graph.Node.RemoveAt(3);
        using OnnxModel model = builder.Output("v9999").Open(_folder);
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        Assert.Equal(0, form.Check(samples: 1).MaxRelativeError);
        model.Save(_folder["out.onnx"], form.Network);
    }
}
