using Canon.Onnx;
using Canon.Tests.Files;

namespace Canon.Tests.Onnx;

/// <summary>Models that no exporter writes: of a thousand layers in a row, or much larger written out than they are as a graph.</summary>
public sealed class LongModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_thousand_factors_in_a_row_do_not_all_enter_one_layer()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("W", 3, 4).Weight("f", 3).Node("Gemm", "x W", "v0", ("transB", 1));
        for (int i = 0; i < 1000; i++)
            builder.Node("Mul", $"v{i} f", $"v{i + 1}");
        Rewrite(builder.Output("v1000", 0, 3));
    }

    [Fact]
    public void A_value_joined_with_itself_again_and_again_has_no_endless_scale()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("W", 3, 4).Node("Gemm", "x W", "v0", ("transB", 1));
        for (int i = 0; i < 60; i++)
            builder.Node("Concat", $"v{i} v{i}", $"v{i + 1}", ("axis", 1));
        Rewrite(builder.Output("v60"));
    }

    // On a small stack, and long before patience ends.
    private void Rewrite(ModelBuilder builder)
    {
        Exception? failure = null;
        string text = "";
        using OnnxModel model = builder.Open(_folder);
        var worker = new Thread(
            () =>
            {
                try
                {
                    CanonicalForm form = model.Network.Canonicalize(model.Options);
                    text = form.Network.ToString();
                    model.Save(_folder["out.onnx"], form.Network);
                }
                catch (Exception thrown)
                {
                    failure = thrown;
                }
            },
            1 << 20) { IsBackground = true };
        worker.Start();
        Assert.True(worker.Join(TimeSpan.FromSeconds(30)));
        Assert.True(failure is null or ModelFileException or NetworkException, $"{failure}");
        Assert.InRange(text.Length, 1, 1_000_000);
    }
}
