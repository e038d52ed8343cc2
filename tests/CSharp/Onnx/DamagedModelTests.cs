using Canon.Onnx;
using Canon.Tests.Files;

namespace Canon.Tests.Onnx;

/// <summary>What models damaged by chance have brought to light.</summary>
public sealed class DamagedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_scale_behind_channels_that_were_space_has_their_number()
    {
        ModelBuilder builder = new ModelBuilder(13).Input("x", 2, 3, 11).Weight("w", 11, 2)
            .Integers("zero", 0).Integers("one", 1)
            .Node("Tanh", "x", "t").Node("Slice", "t zero one one one", "s")
            .Node("AveragePool", "s", "p", ("kernel_shape", new long[] { 3 }), ("strides", new long[] { 1 }), ("ceil_mode", 1), ("pads", new long[] { 2, 0 }))
            .Node("Flatten", "p", "f", ("axis", 1)).Node("MatMul", "f w", "m").Node("Identity", "m", "y")
            .Output("y", 2, 2).Output("s", 2, 1, 11).Output("p", 2, 1, 11);
        Canonicalised(builder);
    }

    [Fact]
    public void A_tensor_without_a_name_is_read_by_nothing()
    {
        ModelBuilder builder = new ModelBuilder(11).Input("x", 0, 4).Weight("", 4, 3)
            .Node("Unsqueeze", "-", "u", ("axes", new long[] { 0 })).Node("Squeeze", "u", "w", ("axes", new long[] { 0 }))
            .Node("MatMul", "x w", "y").Output("y", 0, 3);
        Canonicalised(builder);
    }

    [Fact]
    public void An_input_that_an_operator_does_not_have_is_not_written_for()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("V", 3, 3)
            .Node("Constant", "", "w", ("value", new ModelBuilder().Weight("w", 4, 3).Model.Graph.Initializer[0]))
            .Node("MatMul", "x w", "m").Node("MatMul", "m V m", "y").Output("y", 0, 3);
        Canonicalised(builder);
    }

    [Fact]
    public void The_scale_behind_a_norm_of_channels_that_were_space_has_their_number()
    {
        ModelBuilder builder = new ModelBuilder(11).Input("x", 1, 1, 4).Integers("shape", 1, 4)
            .Weight("gamma", 4).Weight("beta", 4).Weight("mean", 4).Floats("variance", [4], 1, 2, 3, 4)
            .Node("Reshape", "x shape", "r").Node("BatchNormalization", "r gamma beta mean variance", "n").Node("Softmax", "n", "y")
            .Output("y", 1, 4);
        Canonicalised(builder);
    }

    [Fact]
    public void An_output_that_an_operator_does_not_have_makes_it_unknown()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Node("Flatten", "x", "f more").Node("Add", "f more", "y").Output("y", 0, 4);
        using OnnxModel model = builder.Open(_folder);
        Assert.Contains("opaque(Flatten", model.Network.ToString());
    }

    [Fact]
    public void An_Add_of_more_than_one_output_is_no_bias()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("W", 4, 3).Weight("b", 3)
            .Node("MatMul", "x W", "m").Node("Add", "m b", "y more").Output("y", 0, 3).Output("more");
        using OnnxModel model = builder.Open(_folder);
        Assert.Contains("opaque(Add", model.Network.ToString());
    }

    /// <summary>The canonical form can be written and is read again as the same function.</summary>
    private void Canonicalised(ModelBuilder builder)
    {
        using OnnxModel model = builder.Open(_folder);
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        model.Save(_folder["out.onnx"], form.Network);
        using OnnxModel written = OnnxModel.Open(_folder["out.onnx"]);
        Assert.InRange(form.Check(written.Network).MaxRelativeError, 0, 1e-5);
    }
}
