using System.Runtime.InteropServices;
using Canon.Onnx;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using Canon.Tests.Files;

namespace Canon.Tests.Onnx;

/// <summary>The sample models, exported by PyTorch.</summary>
public sealed class RealModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Terms => new()
    {
        { "digits-mlp", "linear(0.weight, 0.bias) -> relu -> linear(2.weight, 2.bias) -> relu -> linear(4.weight, 4.bias)" },
        {
            "digits-mlp-leaky",
            "linear(0.weight, 0.bias) -> leaky_relu(0.1f) -> linear(2.weight, 2.bias) -> leaky_relu(0.1f) -> linear(4.weight, 4.bias)"
        },
        { "digits-mlp-tanh", "linear(0.weight, 0.bias) -> tanh -> linear(2.weight, 2.bias) -> tanh -> linear(4.weight, 4.bias)" },
        {
            "digits-mlp-batchnorm",
            "linear(0.weight, 0.bias) -> batch_norm(1.weight, 1.bias, 1.running_mean, 1.running_var, 1E-05f) -> relu"
            + " -> linear(4.weight, 4.bias) -> batch_norm(5.weight, 5.bias, 5.running_mean, 5.running_var, 1E-05f) -> relu"
            + " -> linear(8.weight, 8.bias)"
        },
        {
            "digits-residual-mlp",
            "linear(i.weight, i.bias) -> relu"
            + " -> sum[id, linear(b.0.0.weight, b.0.0.bias) -> relu -> linear(b.0.1.weight, b.0.1.bias)] -> relu"
            + " -> sum[id, linear(b.1.0.weight, b.1.0.bias) -> relu -> linear(b.1.1.weight, b.1.1.bias)] -> relu"
            + " -> sum[id, linear(b.2.0.weight, b.2.0.bias) -> relu -> linear(b.2.1.weight, b.2.1.bias)] -> relu"
            + " -> linear(o.weight, o.bias)"
        },
        {
            "digits-cnn",
            "conv(0.weight, 0.bias, 3x3, pad 1x1) -> relu -> conv(2.weight, 2.bias, 3x3, pad 1x1) -> relu"
            + " -> max_pool(2x2, stride 2x2) -> flatten(16) -> linear(6.weight, 6.bias) -> relu"
            + " -> linear(8.weight, 8.bias)"
        },
    };

    public static TheoryData<string> Names => [.. Terms.Select(row => (string)row[0])];

    [Theory]
    [MemberData(nameof(Terms))]
    public void Reads_as(string name, string term)
    {
        using OnnxModel model = OnnxModel.Open(Repository.Model(name));
        Assert.Equal(term, model.Network.ToString());
        Assert.Equal(["input"], model.Inputs);
        Assert.Equal(["output"], model.Outputs);
        Assert.Equal(name == "digits-cnn" ? new SignalShape(1, 8, 8) : new SignalShape(64), model.Options.Input);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_canonical_form_is_written_and_is_the_same_function(string name)
    {
        using OnnxModel model = OnnxModel.Open(Repository.Model(name));
        CanonicalForm form = model.Network.Canonicalize(model.Options);
        Assert.InRange(form.Check().MaxRelativeError, 0, 1e-5);
        foreach (Network network in new[] { form.Network, form.Reconstitute(Representative.Canonical), form.Reconstitute(Representative.Original) })
        {
            model.Save(_folder["out.onnx"], network, overwrite: true);
            using OnnxModel written = OnnxModel.Open(_folder["out.onnx"]);
            Assert.InRange(form.Check(written.Network).MaxRelativeError, 0, 1e-5);
            Assert.Equal(model.Inputs, written.Inputs);
            Assert.Equal(model.Outputs, written.Outputs);
        }

        model.Save(_folder["out.onnx"], form.Network, overwrite: true);
        using ModelFile before = ModelFile.Open(Repository.Model(name));
        using ModelFile after = ModelFile.Open(_folder["out.onnx"]);
        Assert.Equal(before.Model.OpsetImport, after.Model.OpsetImport);
        Assert.Equal(before.Model.IrVersion, after.Model.IrVersion);
        Assert.Equal(before.Model.ProducerName, after.Model.ProducerName);
        Assert.Equal(before.Model.Graph.Input, after.Model.Graph.Input);
        Assert.Equal(before.Model.Graph.Output, after.Model.Graph.Output);
        // Batch norms have become part of the layers in front of them.
        Assert.Subset(
            after.Model.Graph.Node.Select(node => node.Name).ToHashSet(),
            before.Model.Graph.Node.Where(node => node.OpType != "BatchNormalization").Select(node => node.Name).ToHashSet());
        Assert.DoesNotContain("BatchNormalization", after.Model.Graph.Node.Select(node => node.OpType));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_untouched_network_is_written_as_it_was(string name)
    {
        using OnnxModel model = OnnxModel.Open(Repository.Model(name));
        model.Save(_folder["out.onnx"], model.Network);
        Assert.Equal(
            ModelProto.Parser.ParseFrom(File.ReadAllBytes(Repository.Model(name))),
            ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["out.onnx"])));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_written_canonical_form_has_unit_rows(string name)
    {
        using OnnxModel model = OnnxModel.Open(Repository.Model(name));
        model.Save(_folder["out.onnx"], model.Network.Canonicalize(model.Options).Network);
        using OnnxModel written = OnnxModel.Open(_folder["out.onnx"]);
        using ModelFile file = ModelFile.Open(_folder["out.onnx"]);
        foreach (NodeProto gemm in file.Model.Graph.Node.Where(node => node.OpType == "Gemm"))
            Assert.All(Norms(file, gemm.Input[1]), norm => Assert.True(norm == 0 || Math.Abs(norm - 1) < 1e-6));

        CanonicalForm form = model.Network.Canonicalize(model.Options);
        CanonicalForm again = written.Network.Canonicalize(written.Options);
        Assert.All(form.Gain.Zip(again.Gain), pair => Assert.Equal(pair.First, pair.Second, pair.First * 1e-5));
    }

    [Fact]
    public void The_gain_is_the_one_that_plain_loops_give()
    {
        using OnnxModel model = OnnxModel.Open(Repository.Model("digits-mlp"));
        using ModelFile file = ModelFile.Open(Repository.Model("digits-mlp"));
        double[] gain = [.. Enumerable.Repeat(1.0, 64)];
        foreach (string name in new[] { "0.weight", "2.weight", "4.weight" })
            gain = Norms(file, name, gain);

        CanonicalForm form = model.Network.Canonicalize(model.Options);
        Assert.Equal(10, form.Gain.Count);
        Assert.All(form.Gain.Zip(gain), pair => Assert.Equal(pair.Second, pair.First, pair.Second * 1e-12));
    }

    /// <summary>The norms of a weight's rows, its columns multiplied by the gain that comes in.</summary>
    private static double[] Norms(ModelFile file, string name, double[]? gain = null)
    {
        TensorData data = file.Data(file.Model.Graph.Initializer.Single(tensor => tensor.Name == name));
        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(data.Bytes.Read(0, (int)data.ByteLength));
        int columns = (int)data.Dims[1];
        double[] norms = new double[data.Dims[0]];
        for (int i = 0; i < numbers.Length; i++)
        {
            double entry = numbers[i] * (gain?[i % columns] ?? 1);
            norms[i / columns] += entry * entry;
        }

        return [.. norms.Select(Math.Sqrt)];
    }
}
