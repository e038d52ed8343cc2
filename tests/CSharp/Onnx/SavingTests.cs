using Canon.Onnx;
using Canon.Onnx.Schema;
using Canon.Tests.Files;
using Google.Protobuf;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Onnx;

/// <summary>What Save writes, and what it refuses to.</summary>
public sealed class SavingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ModelBuilder TwoLayers() => new ModelBuilder().Input("x", 0, 4)
        .Weight("W", 3, 4).Weight("b", 3).Weight("V", 2, 3).Weight("c", 2)
        .Node("Gemm", "x W b", "h", ("transB", 1)).Named("fc1").Node("Relu", "h", "r").Node("Gemm", "r V c", "y", ("transB", 1)).Named("fc2")
        .Output("y", 0, 2);

    /// <summary>Writes the canonical form; answers what was written, opened as a model.</summary>
    private OnnxModel Canonical(
        ModelBuilder builder, out ModelProto written, Func<CanonicalForm, Network>? choose = null, bool splitShared = false)
    {
        builder.Open(_folder).Dispose();
        using OnnxModel model = OnnxModel.Open(_folder["model.onnx"], splitShared);
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        model.Save(_folder["out.onnx"], choose is null ? form.Network : choose(form), overwrite: true);
        written = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["out.onnx"]));
        OnnxModel reopened = OnnxModel.Open(_folder["out.onnx"]);
        Assert.InRange(form.Check(reopened.Network).MaxRelativeError, 0, 1e-5);
        return reopened;
    }

    [Fact]
    public void An_untouched_network_is_the_same_file()
    {
        byte[] bytes = TwoLayers().Model.ToByteArray();
        using OnnxModel model = OnnxModel.Open(_folder.Put("in.onnx", bytes));
        model.Save(_folder["out.onnx"], model.Network);
        Assert.Equal(bytes, File.ReadAllBytes(_folder["out.onnx"]));
    }

    [Fact]
    public void What_is_known_of_the_numbers_changes_nothing_in_the_file()
    {
        TwoLayers().Open(_folder).Dispose();
        using OnnxModel model = OnnxModel.Open(_folder["model.onnx"]);
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        model.Save(_folder["anew.onnx"], form.Network);
        Assert.NotEmpty(form.Layers);

        model.Save(_folder["known.onnx"], form.Network, numbers: form.Numbers);

        Assert.Equal(File.ReadAllBytes(_folder["anew.onnx"]), File.ReadAllBytes(_folder["known.onnx"]));
    }

    [Fact]
    public void The_output_keeps_its_name_and_layers_keep_theirs()
    {
        using OnnxModel reopened = Canonical(TwoLayers(), out ModelProto written);
        Assert.Equal("linear(W, b) -> relu -> linear(V, c) -> scale", reopened.Network.ToString()[..45]);
        Assert.Equal(["fc1", "", "fc2", "y_scale_mul"], written.Graph.Node.Select(node => node.Name));
        Assert.Equal(["h", "r", "y_inner", "y"], written.Graph.Node.Select(node => node.Output[0]));
        Assert.Equal(["W", "b", "V", "c", "y_scale"], written.Graph.Initializer.Select(tensor => tensor.Name));
        Assert.Equal([2L], written.Graph.Initializer[^1].Dims);
    }

    [Fact]
    public void Everything_beside_the_graph_is_kept()
    {
        ModelBuilder builder = TwoLayers().Weight("unused", 5).Node("Abs", "h", "unread");
        ModelProto model = builder.Model;
        model.DocString = "about";
        model.ProducerName = "tests";
        model.MetadataProps.Add(new StringStringEntryProto { Key = "k", Value = "v" });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 3 });
        model.Graph.Node[0].DocString = "the first layer";
        model.Graph.ValueInfo.Add(new ValueInfoProto { Name = "h", DocString = "hidden" });
        // A field that the schema here does not name, such as the functions of a model.
        builder = Reparsed([.. model.ToByteArray(), 0xC2, 0x3E, 0x03, (byte)'a', (byte)'b', (byte)'c']);
        model = builder.Model;

        Canonical(builder, out ModelProto written).Dispose();
        ModelProto expected = model.Clone();
        expected.Graph = written.Graph;
        Assert.Equal(expected, written);
        Assert.Equal(model.Graph.Input, written.Graph.Input);
        Assert.Equal(model.Graph.Output, written.Graph.Output);
        Assert.Equal(model.Graph.ValueInfo, written.Graph.ValueInfo);
        Assert.Equal("the first layer", written.Graph.Node[0].DocString);
        Assert.Contains("unused", written.Graph.Initializer.Select(tensor => tensor.Name));
        Assert.Contains("unread", written.Graph.Node.Select(node => node.Output[0]));
    }

    [Fact]
    public void Alpha_and_beta_stay_beside_the_numbers()
    {
        ModelBuilder builder = TwoLayers();
        builder.Model.Graph.Node[0] = ModelBuilder.NewNode("Gemm", "x W b", "h", ("transB", 1), ("alpha", 2f), ("beta", -0.5f));
        Canonical(builder, out ModelProto written).Dispose();
        Assert.Equal([2f, -0.5f], written.Graph.Node[0].Attribute.Skip(1).Select(attribute => attribute.F));
    }

    [Fact]
    public void A_tensor_that_is_still_needed_stays_beside_the_new_one()
    {
        ModelBuilder builder = TwoLayers().Node("Mystery", "x b", "z").Output("z", 0, 3);
        using OnnxModel reopened = Canonical(builder, out ModelProto written);
        Assert.Equal("b_2", written.Graph.Node[0].Input[2]);
        Assert.Equal("b", written.Graph.Node.Single(node => node.OpType == "Mystery").Input[1]);
        Assert.Equal(builder.Model.Graph.Initializer[1], written.Graph.Initializer[1]);
    }

    [Fact]
    public void A_shared_weight_stays_as_it_is()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 3).Weight("W", 3, 3).Node("Gemm", "x W", "h").Node("Relu", "h", "r")
            .Node("Gemm", "r W", "y").Output("y");
        using OnnxModel model = builder.Open(_folder);
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        Assert.Equal(model.Network, form.Network);
        Assert.All(form.Refusals, refusal => Assert.Contains("the weight of several layers", refusal.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void A_shared_weight_becomes_one_for_each_layer_on_request()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 3).Weight("W", 3, 3).Node("Gemm", "x W", "h").Node("Relu", "h", "r")
            .Node("Gemm", "r W", "y").Output("y");
        Canonical(builder, out ModelProto written, splitShared: true).Dispose();
        Assert.Equal(["W", "W_2", "y_scale"], written.Graph.Initializer.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Layers_of_MatMul_and_Add_keep_both_nodes()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("W", 4, 3).Floats("b", [], 2).Weight("V", 3, 2)
            .Node("MatMul", "x W", "p").Node("Add", "b p", "h").Node("Relu", "h", "r").Node("MatMul", "r V", "y").Output("y");
        Canonical(builder, out ModelProto written).Dispose();
        Assert.Equal(["MatMul", "Add", "Relu", "MatMul", "Mul"], written.Graph.Node.Select(node => node.OpType));
        // One number for all entries became one for each.
        TensorProto bias = written.Graph.Initializer.Single(tensor => tensor.Name == written.Graph.Node[1].Input[0]);
        Assert.Equal([3L], bias.Dims);
        Assert.DoesNotContain("b", written.Graph.Initializer.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Weights_in_Constant_nodes_become_initializers()
    {
        var w = new TensorProto { DataType = (int)DataType.Float, Dims = { 2, 2 }, FloatData = { 1, 2, 3, 4 } };
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 2).Node("Constant", "", "c", ("value", w)).Node("Identity", "c", "d")
            .Node("Gemm", "x d", "y").Output("y");
        Canonical(builder, out ModelProto written).Dispose();
        // What came through a node still does: engines tell the two apart.
        Assert.Equal(["Identity", "Gemm", "Mul"], written.Graph.Node.Select(node => node.OpType));
        Assert.Equal("c", written.Graph.Initializer[0].Name);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(9)]
    public void A_clip_whose_channels_have_one_threshold_stays_a_clip(long opset)
    {
        ModelBuilder builder = new ModelBuilder(opset).Input("x", 0, 2).Floats("W", [2, 2], 3, 4, 0, 5).Floats("b", [2], 0, 0)
            .Floats("lo", [], 0).Floats("hi", [], 6).Weight("V", 1, 2).Floats("c", [1], 0).Node("Gemm", "x W b", "h", ("transB", 1));
        builder = opset >= 11 ? builder.Node("Clip", "h lo hi", "r") : builder.Node("Clip", "h", "r", ("min", 0f), ("max", 6f));
        Canonical(builder.Node("Gemm", "r V c", "y", ("transB", 1)).Output("y"), out ModelProto written).Dispose();
        Assert.Equal(["Gemm", "Clip", "Gemm", "Mul"], written.Graph.Node.Select(node => node.OpType));
        // Both rows have norm 5.
        float upper = opset >= 11
            ? BitConverter.ToSingle(written.Graph.Initializer.Single(tensor => tensor.Name == written.Graph.Node[1].Input[2]).RawData.Span)
            : written.Graph.Node[1].Attribute.Single(attribute => attribute.Name == "max").F;
        Assert.Equal(6f / 5, upper);
    }

    [Fact]
    public void A_scale_that_was_read_is_the_node_it_was()
    {
        using OnnxModel once = Canonical(TwoLayers(), out ModelProto written);
        CanonicalForm form = once.Network.Canonicalize(once.Options);
        once.Save(_folder["twice.onnx"], form.Network);
        ModelProto twice = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["twice.onnx"]));
        Assert.Equal(written.Graph.Node, twice.Graph.Node);
        Assert.Equal(
            written.Graph.Initializer.Select(tensor => tensor.Name), twice.Graph.Initializer.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Thresholds_of_each_channel_become_Max_and_Min()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("W", 3, 4).Weight("V", 2, 3).Floats("lo", [], -1).Floats("hi", [], 6)
            .Node("Gemm", "x W", "h", ("transB", 1)).Node("Clip", "h lo hi", "r").Node("Gemm", "r V", "y", ("transB", 1)).Output("y");
        using OnnxModel reopened = Canonical(builder, out ModelProto written);
        Assert.Equal(["Gemm", "Max", "Min", "Gemm", "Mul"], written.Graph.Node.Select(node => node.OpType));
        Assert.StartsWith("linear(W) -> clip(-1, Infinity, [", reopened.Network.ToString(), StringComparison.Ordinal);

        // A second time the clips are nodes of the file, and only their numbers change.
        using OnnxModel again = Canonical(Reparsed(written.ToByteArray()), out ModelProto second);
        Assert.Equal(["Gemm", "Max", "Min", "Gemm", "Mul"], second.Graph.Node.Select(node => node.OpType));
    }

    [Fact]
    public void New_names_keep_clear_of_old_ones()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("W", 4, 3).Weight("h_scale", 3).Node("Gemm", "x W", "h")
            .Node("Mystery", "h", "h_scaled").Node("Mystery", "h_scaled h_scale", "y").Output("y", 0, 3);
        Canonical(builder, out ModelProto written).Dispose();
        Assert.Equal(["h", "h_scaled_2", "h_scaled", "y"], written.Graph.Node.Select(node => node.Output[0]));
        Assert.Equal(["W", "h_scale", "h_scale_2"], written.Graph.Initializer.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Thresholds_need_operators_that_broadcast()
    {
        using OnnxModel model = new ModelBuilder(7).Input("x", 0, 4).Weight("W", 3, 4).Node("Gemm", "x W", "h", ("transB", 1))
            .Node("Clip", "h", "y", ("min", 0f), ("max", 6f)).Output("y").Open(_folder);
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        Assert.Contains("opset", Assert.Throws<ModelFileException>(() => model.Save(_folder["out.onnx"], form.Network)).Message);
        Assert.Equal(["model.onnx"], _folder.Names);
    }

    [Fact]
    public void Old_models_list_new_tensors_among_their_inputs()
    {
        ModelBuilder builder = new ModelBuilder(8).Input("x", 0, 4).Input("W", 4, 2).Weight("W", 4, 2).Node("Gemm", "x W", "y").Output("y");
        builder.Model.IrVersion = 3;
        Canonical(builder, out ModelProto written).Dispose();
        Assert.Equal(["x", "W", "y_scale"], written.Graph.Input.Select(input => input.Name));
    }

    [Fact]
    public void Outputs_that_are_inputs_or_one_value_keep_their_names()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Node("Identity", "x", "y").Node("Relu", "x", "a").Node("Dropout", "a", "b")
            .Output("y").Output("b").Output("a");
        using OnnxModel reopened = Canonical(builder, out ModelProto written);
        Assert.Equal(["y", "b", "a"], written.Graph.Output.Select(output => output.Name));
        Assert.Equal(["Relu", "Identity", "Identity"], written.Graph.Node.Select(node => node.OpType).OrderDescending());
    }

    [Fact]
    public void Numbers_too_large_for_their_type_are_refused()
    {
        var w = new TensorProto { Name = "W", DataType = (int)DataType.Float16, Dims = { 1, 2 }, Int32Data = { 0x7BFF, 0x7BFF } };
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 2).Tensor(w).Node("Gemm", "x W", "y", ("transB", 1)).Output("y");
        builder.Model.Graph.Input[0].Type.TensorType.ElemType = (int)DataType.Float16;
        using OnnxModel model = builder.Open(_folder);
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        Assert.Contains(
            "y_scale: entry 0 is 92636.6, which Float16 cannot hold: the canonical form of this network exceeds the range of the model's type",
            Assert.Throws<ModelFileException>(() => model.Save(_folder["out.onnx"], form.Network)).Message);
        Assert.Equal(["model.onnx"], _folder.Names);
    }

    [Fact]
    public void Wires_and_branches_are_written_as_the_graph_they_were()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("A", 4, 4).Weight("BB", 4, 4).Weight("CCC", 4, 2)
            .Node("Gemm", "x A", "a").Node("Gemm", "x BB", "b").Node("Relu", "a", "r").Node("Add", "r b", "c").Node("Mul", "r c", "d")
            .Node("Add", "b d", "e").Node("Gemm", "e CCC", "y").Output("y");
        Canonical(builder, out ModelProto written).Dispose();
        string[] kept = [.. written.Graph.Node.Where(node => node.OpType != "Mul" || node.Output[0] == "d").Select(node => node.OpType)];
        Assert.Equal(["Gemm", "Gemm", "Relu", "Add", "Mul", "Add", "Gemm"], kept);
        Canonical(builder, out _, form => form.Reconstitute(Representative.Canonical)).Dispose();
        Canonical(builder, out _, form => form.Reconstitute(Representative.Original)).Dispose();
    }

    private static ModelBuilder Gemm(float alpha, float beta, long opset = 17) => new ModelBuilder(opset).Input("x", 0, 4).Weight("W", 3, 4)
        .Node("Gemm", "x W c", "h", ("transB", 1), ("alpha", alpha), ("beta", beta)).Node("Relu", "h", "r").Weight("V", 2, 3)
        .Node("Gemm", "r V", "y", ("transB", 1)).Output("y");

    [Theory]
    [InlineData(0)]
    [InlineData(-1.5f)]
    [InlineData(0.5f)]
    [InlineData(1)]
    public void Every_alpha_and_beta_keeps_the_function(float alpha)
    {
        foreach ((float beta, long opset) in new[] { 0, -1.5f, 0.5f, 1 }.SelectMany(beta => new[] { (beta, 9L), (beta, 17L) }))
        {
            ModelBuilder builder = Gemm(alpha, beta, opset).Weight("c", 3);
            using OnnxModel model = builder.Open(_folder);
            using OnnxModel reopened = Canonical(builder, out ModelProto written);
            Assert.InRange(model.Network.Canonicalize(model.Options).Check(reopened.Network).MaxRelativeError, 0, 1e-5);
            Canonical(builder, out _, form => form.Reconstitute(Representative.Original)).Dispose();

            // What the file itself says, not only what is read of it. Before opset 11 a Gemm had to have a bias.
            bool hasBias = beta != 0 || opset < 11;
            NodeProto gemm = written.Graph.Node.First(node => node.OpType == "Gemm");
            Assert.Equal(hasBias ? ["x", "W", "c"] : ["x", "W"], gemm.Input);
            Assert.Equal(hasBias, written.Graph.Initializer.Any(tensor => tensor.Name == "c"));
            Assert.Equal([1, alpha, beta], gemm.Attribute.Select(attribute => attribute.Name == "transB" ? 1 : attribute.F));
        }
    }

    [Fact]
    public void A_bias_that_is_switched_off_may_be_no_number()
    {
        ModelBuilder builder = Gemm(0.5f, 0).Floats("c", [3], float.NaN, float.NaN, float.NaN);
        Canonical(builder, out ModelProto written).Dispose();
        Assert.DoesNotContain("c", written.Graph.Initializer.Select(tensor => tensor.Name));

        // Another node may still read it.
        Canonical(Gemm(0.5f, 0).Weight("c", 3).Node("Mystery", "y c", "z").Output("z"), out written).Dispose();
        Assert.Equal(["x", "W"], written.Graph.Node[0].Input);
        Assert.Contains("c", written.Graph.Initializer.Select(tensor => tensor.Name));
    }

    [Fact]
    public void A_bias_that_is_switched_off_may_be_computed()
    {
        // Of constants it goes with what computed it.
        Canonical(Gemm(0.5f, 0).Weight("d", 3).Node("Neg", "d", "c"), out ModelProto written).Dispose();
        Assert.Equal(["Gemm", "Relu", "Gemm", "Mul"], written.Graph.Node.Select(node => node.OpType));

        foreach (ModelBuilder builder in (ModelBuilder[])
            [Gemm(0.5f, 0).Weight("U", 4, 3).Node("Gemm", "x U", "c"), Gemm(0.5f, 0).Input("c", 0, 3)])
        {
            Canonical(builder, out written).Dispose();
            NodeProto gemm = Assert.Single(written.Graph.Node, node => node.Output[0] == "h");
            Assert.Equal(0, gemm.Attribute.Single(attribute => attribute.Name == "beta").F);
            Assert.Equal(3, gemm.Input.Count);
            using OnnxModel model = builder.Open(_folder);
            model.Save(_folder["same.onnx"], model.Network, overwrite: true);
            Assert.Equal(
                ModelProto.Parser.ParseFrom(File.ReadAllBytes(model.Path)).Graph.Node.OrderBy(node => node.Output[0]),
                ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["same.onnx"])).Graph.Node.OrderBy(node => node.Output[0]));
        }
    }

    [Fact]
    public void An_output_that_is_left_out_is_no_value()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("W", 4, 3).Floats("hi", [], 6)
            .Node("Mystery", "x", "a - b").Node("Gemm", "a W -", "h").Node("Clip", "h - hi", "y").Output("y").Output("b");
        Canonical(builder, out ModelProto written).Dispose();
        Assert.Equal(["Mystery", "Gemm", "Min"], written.Graph.Node.Select(node => node.OpType).Where(op => op != "Mul"));
    }

    [Fact]
    public void A_network_of_another_model_is_refused()
    {
        using OnnxModel model = TwoLayers().Open(_folder);
        using OnnxModel other = TwoLayers().Open(_folder, "other.onnx");
        string Refusal(Network network) =>
            Assert.Throws<ArgumentException>(() => model.Save(_folder["out.onnx"], network)).Message;

        Assert.Contains("'fc1' are not its own", Refusal(other.Network));
        Assert.Contains("without a label", Refusal(Network.Relu));
        Assert.Contains("no layer 'fc9'", Refusal(Network.Activate(ActivationKind.Relu, "fc9")));
        Assert.Contains("'fc1' is another operator", Refusal(Network.Activate(ActivationKind.Relu, "fc1")));
        Assert.Contains("outputs", Refusal(Network.Tuple(model.Network, model.Network)));
        Assert.Equal(["model.onnx", "other.onnx"], _folder.Names);
    }

    [Fact]
    public void An_existing_file_is_kept_and_progress_ends_at_one()
    {
        using OnnxModel model = TwoLayers().Open(_folder);
        Assert.Contains("exists", Assert.Throws<ModelFileException>(() => model.Save(model.Path, model.Network)).Message);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => model.Save(_folder["out.onnx"], model.Network, cancellation: cancelled.Token));

        var progress = new Progress();
        model.Save(model.Path, model.Network.Canonicalize(model.Options).Network, overwrite: true, progress: progress);
        Assert.Equal(1, progress.Last);
        Assert.Equal(["model.onnx"], _folder.Names);
    }

    private static ModelBuilder Reparsed(byte[] bytes)
    {
        var builder = new ModelBuilder();
        builder.Model.MergeFrom(bytes);
        builder.Model.OpsetImport.RemoveAt(0);
        builder.Model.Graph.Name = ModelProto.Parser.ParseFrom(bytes).Graph.Name;
        return builder;
    }

    private sealed class Progress : IProgress<double>
    {
        public double Last { get; private set; }

        public void Report(double value) => Last = value;
    }
}
