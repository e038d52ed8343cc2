namespace Canon.Tests.Facade;

/// <summary>Canonical forms with numbers computed by hand.</summary>
public sealed class CanonicalFormTests
{
    // Row norms of A: 5, 2. B diag(5, 2) = ((5, 4), (0, -2)), of norms √41, 2.
    private static readonly Parameter A = Parameter.Matrix("A", new double[,] { { 3, 4 }, { -2, 0 } });
    private static readonly Parameter B = Parameter.Matrix("B", new double[,] { { 1, 2 }, { 0, -1 } });
    private static readonly Network Mlp = Network.Linear(A, label: "first").Then(Network.Relu, Network.Linear(B, label: "last"));

    [Fact]
    public void Gains_are_those_of_the_note()
    {
        CanonicalForm form = Mlp.Canonicalize();

        Near([Math.Sqrt(41), 2], form.Gain);
        Near([Math.Log2(41) / 2, 1], form.GainLog2);
        Near([Math.Sqrt(45)], [form.GlobalGain]);
        Near([Math.Sqrt(41.0 / 45), 2 / Math.Sqrt(45)], form.GainDirection);
        Assert.True(form.HasGain);
        Assert.Empty(form.Refusals);
        Assert.Empty(form.Branches);
    }

    [Fact]
    public void Layers_tell_gain_and_interference()
    {
        IReadOnlyList<LayerReport> layers = Mlp.Canonicalize().Layers;

        Assert.Equal(["A", "B"], layers.Select(layer => layer.Name));
        Near([5, 2], layers[0].Gain);
        Near([Math.Sqrt(0.5), Math.Sqrt(0.5)], layers[0].Interference);
        Near([Math.Sqrt(41), 2], layers[1].Gain);

        // gain = ‖row‖ · ‖incoming gain‖ · interference.
        Near([Math.Sqrt(41.0 / (5 * 29)), 2 / Math.Sqrt(29)], layers[1].Interference);
    }

    [Fact]
    public void Dead_and_constant_units_are_counted()
    {
        Network network = Network.Linear(
            Parameter.Matrix("W", new double[,] { { 1, 0 }, { 0, 0 }, { 0, 0 } }), Parameter.Vector("b", 1, 2, 0));
        LayerReport layer = network.Canonicalize().Layers[0];

        Assert.Equal((1, 1), (layer.DeadUnits, layer.ConstantUnits));
        Near([1, 2, 0], layer.Gain);
    }

    [Fact]
    public void The_augmented_gain_counts_the_bias()
    {
        Network network = Network.Linear(Parameter.Matrix("W", new double[,] { { 3 } }), Parameter.Vector("b", 4));

        Near([3], network.Canonicalize().Gain);
        Near([5], network.Canonicalize(new() { Definition = GainDefinition.Augmented }).Gain);
    }

    [Fact]
    public void The_lossless_form_takes_out_powers_of_two()
    {
        Network network = Network.Linear(Parameter.Matrix("W", new double[,] { { 3, 4 }, { 1, 1 } }));
        CanonicalForm form = network.Canonicalize(new() { Lossless = true });

        Assert.Equal([4, 2], form.Gain);
        Assert.Equal("unit_row_linear(V) -> scale(g)", form.Network.ToString());
        Assert.Equal(0, form.Check().MaxRelativeError);
        Assert.Empty(form.InexactTensors());
        Assert.Empty(form.InexactTensors(form.Reconstitute(Representative.Canonical)));
        Assert.Equal([new InexactTensor("W", 4)], network.Canonicalize().InexactTensors().Where(tensor => tensor.Name == "W"));
    }

    [Fact]
    public void Branches_that_do_not_lead_keep_a_relative_gain()
    {
        Network residual = Network.Linear(A).Then(Network.Sum("join", [Network.Identity, Network.Linear(B)]));
        CanonicalForm form = residual.Canonicalize();

        BranchReport branch = Assert.Single(form.Branches);
        Assert.Equal("join", branch.At);
        Near([Math.Sqrt(41) / 5, 1], branch.RelativeGain);
        Near([5, 2], form.Gain);
    }

    [Fact]
    public void Without_a_gain_at_the_output_there_is_none_to_ask_for()
    {
        CanonicalForm form = Network.Sum(Network.Identity, Network.Linear(B)).Canonicalize();

        Assert.False(form.HasGain);
        Assert.Throws<NetworkException>(() => form.Gain);
        Assert.False(Network.Relu.Canonicalize().HasGain);
        Assert.True(Mlp.Then(Network.Softmax).Canonicalize().HasGain);
    }

    [Theory]
    [InlineData(Representative.Canonical)]
    [InlineData(Representative.Original)]
    public void Reconstituted_networks_compute_the_same_in_plain_layers(Representative gauge)
    {
        Network plain = Mlp.Canonicalize().Reconstitute(gauge);

        Near(Mlp.Evaluate(-1, 2), plain.Evaluate(-1, 2));
        Assert.DoesNotContain(plain.Parts, part => part.Kind is NetworkKind.Scale or NetworkKind.UnitRowLinear);
    }

    [Fact]
    public void The_canonical_gauge_has_unit_rows_before_the_last_layer_and_the_original_one_the_own_norms()
    {
        var numbers = new NetworkNumbers();
        CanonicalForm form = Mlp.Canonicalize();
        IReadOnlyList<Network> canonical = form.Reconstitute(Representative.Canonical).Parts;
        IReadOnlyList<Network> original = form.Reconstitute(Representative.Original).Parts;

        Near([0.6, 0.8, -1, 0], numbers.Weight(canonical[0].Content<LinearLayer>()));
        Near([5, 4, 0, -2], numbers.Weight(canonical[2].Content<LinearLayer>()));
        Near([3, 4, -2, 0], numbers.Weight(original[0].Content<LinearLayer>()));
        Near([1, 2, 0, -1], numbers.Weight(original[2].Content<LinearLayer>()));
    }

    [Fact]
    public void Weights_can_be_written_over_in_place_and_elsewhere()
    {
        float[] w1 = [3, 4, -2, 0], w2 = [1, 2, 0, -1], b1 = [1, -1], elsewhere = new float[4];
        Network network = Network.Linear(Parameter.Matrix("W1", 2, 2, w1), Parameter.Vector("b1", b1))
            .Then(Network.Relu, Network.Linear(Parameter.Matrix("W2", 2, 2, w2)));
        IReadOnlyList<double> before = network.Evaluate(-1, 2);
        LinearLayer[] layers = [.. network.Canonicalize().Reconstitute(Representative.Canonical).Parts
            .Where(part => part.Kind == NetworkKind.Linear).Select(part => part.Content<LinearLayer>())];
        new NetworkNumbers().Write(layers[1], elsewhere.AsSpan());

        var numbers = new NetworkNumbers();
        numbers.WriteBias(layers[0], b1.AsSpan());
        numbers.Write(layers[0], w1.AsSpan());
        numbers.Write(layers[1], w2.AsSpan());

        Assert.Equal([0.6f, 0.8f, -1, 0], w1);
        Assert.Equal([5, 4, 0, -2], w2);
        Assert.Equal(w2, elsewhere);
        Near(before, Network.Linear(Parameter.Matrix("W1", 2, 2, w1), Parameter.Vector("b1", b1))
            .Then(Network.Relu, Network.Linear(Parameter.Matrix("W2", 2, 2, w2))).Evaluate(-1, 2), 1e-6);
        Assert.Contains("W1", Assert.Throws<NetworkException>(() => numbers.Weight(layers[0])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_of_another_size_or_type_is_refused()
    {
        float[] w = [3, 4];
        LinearLayer layer = Network.Linear(Parameter.Matrix("W", 1, 2, w)).Content<LinearLayer>();
        var numbers = new NetworkNumbers();

        Assert.Throws<ArgumentException>(() => numbers.Write(layer, new double[2].AsSpan()));
        Assert.Throws<NetworkException>(() => numbers.Write(layer, new float[3].AsSpan()));
        Assert.Throws<NetworkException>(() => numbers.WriteBias(layer, new float[1].AsSpan()));
        Assert.Equal([3, 4], w);
    }

    [Fact]
    public void Check_finds_no_difference_where_there_is_none_and_one_where_there_is()
    {
        CanonicalForm form = Mlp.Canonicalize();

        CheckReport same = form.Check(samples: 5, seed: 7);
        Assert.Equal((5, 7), (same.Samples, same.Seed));
        Assert.InRange(same.MaxRelativeError, 0, 1e-12);
        Assert.InRange(form.Check(rewritten: Network.Linear(A).Then(Network.Relu)).MaxRelativeError, 0.01, double.PositiveInfinity);
    }

    [Fact]
    public void Check_tells_how_far_it_is_and_can_be_cancelled()
    {
        var told = new List<double>();
        CanonicalForm form = Mlp.Canonicalize();
        form.Check(progress: new Recorder(told));
        Assert.Equal([0, 0.25, 0.5, 0.75], told);

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => form.Check(cancellation: cancelled.Token));
    }

    [Fact]
    public void Gains_beyond_a_double_stay_finite_in_log2()
    {
        Network deep = Network.Compose(Enumerable.Range(0, 50).SelectMany(i => new[]
        {
            Network.Linear(Parameter.Matrix($"W{i}", new double[,] { { 1e30 } })), Network.Relu,
        }));
        CanonicalForm form = deep.Canonicalize();

        Assert.Equal(double.PositiveInfinity, form.GlobalGain);
        Near([1500 * Math.Log2(10)], [form.GlobalGainLog2]);
        Near([1], form.GainDirection);
    }

    [Fact]
    public void A_weight_that_is_not_finite_is_named()
    {
        Network network = Network.Linear(Parameter.Matrix("W", new[,] { { 1, double.NaN } }));

        Assert.StartsWith("W: ", Assert.Throws<NetworkException>(() => network.Canonicalize().Gain).Message);
    }

    private static void Near(IEnumerable<double> expected, IEnumerable<double> actual, double tolerance = 1e-12)
    {
        Assert.Equal(expected.Count(), actual.Count());
        foreach ((double e, double a) in expected.Zip(actual))
            Assert.Equal(e, a, tolerance * Math.Max(1, Math.Abs(e)));
    }

    private sealed class Recorder(List<double> told) : IProgress<double>
    {
        public void Report(double value) => told.Add(value);
    }
}
