using System.Runtime.InteropServices;

namespace Canon.Tests.Facade;

/// <summary>Numbers that lie in storage of the caller's.</summary>
public sealed class StorageTests
{
    private static readonly double[] numbers = [3, 4, 0, 2];

    [Fact]
    public void What_is_viewed_is_not_read_and_what_is_not_is_read()
    {
        var viewed = new Numbers(isViewed: true);
        var read = new Numbers(isViewed: false);
        foreach (Numbers storage in new[] { viewed, read })
        {
            Network network = Network.Linear(Parameter.Matrix("W", 2, 2, storage));
            Assert.Equal([11.0, 4], network.Evaluate(1, 2));
        }

        Assert.Equal(0, viewed.Reads);
        Assert.True(read.Reads > 0);
    }

    [Fact]
    public void A_view_of_another_length_is_refused()
    {
        Network network = Network.Linear(Parameter.Matrix("W", 2, 2, new Numbers(isViewed: true, missing: 8)));
        Assert.StartsWith("W: ", Assert.Throws<InvalidOperationException>(() => network.Evaluate(1, 2)).Message);
    }

    [Fact]
    public void What_a_form_has_computed_is_not_read_again_for_what_is_made_of_it()
    {
        var storage = new Numbers(isViewed: false);
        CanonicalForm form = Network.Linear(Parameter.Matrix("W1", 2, 2, storage))
            .Then(Network.Relu, Network.Linear(Parameter.Matrix("W2", new double[,] { { 1, 2 } }))).Canonicalize();
        Assert.Equal([5, 2], form.Layers[0].Gain);
        int reads = storage.Reads;

        LinearLayer last = form.Reconstitute(Representative.Canonical).Parts[2].Content<LinearLayer>();

        Assert.Equal([5, 4], form.Numbers.Weight(last));
        Assert.Equal(reads, storage.Reads);
    }

    [Fact]
    public void Similarities_of_fingerprints_are_those_of_the_weights_as_they_lie_there()
    {
        double[] weights = [3, 4, 0, 2, -1, 1];
        Network network = Network.Linear(Parameter.Matrix("W1", 3, 2, weights))
            .Then(Network.Relu, Network.Linear(Parameter.Matrix("W2", new double[,] { { 1, 2, -1 }, { 2, 0, 1 } })));
        Fingerprint before = network.Fingerprint();
        weights[0] *= 100;
        weights[1] *= 100;

        Assert.True(before.TrySimilarity(network.Fingerprint(), out IReadOnlyList<LayerSimilarity>? layers, out _));

        Assert.All(layers, layer => Assert.Equal(1, layer.Cosine, 1e-12));
    }

    private sealed class Numbers(bool isViewed, int missing = 0) : Storage(ElementType.Float64, numbers.Length)
    {
        private int _reads;

        public int Reads => _reads;

        public override void Read(long offset, Span<byte> destination)
        {
            Interlocked.Increment(ref _reads);
            MemoryMarshal.AsBytes(numbers.AsSpan((int)offset, destination.Length / sizeof(double))).CopyTo(destination);
        }

        public override ReadOnlySpan<byte> View(long offset, int count) =>
            isViewed ? MemoryMarshal.AsBytes(numbers.AsSpan((int)offset, count))[missing..] : [];
    }
}
