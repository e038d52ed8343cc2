namespace Canon.Tests.Facade;

/// <summary>Networks as a C# user meets them.</summary>
public sealed class NetworkTests
{
    private static readonly Parameter W1 = Parameter.Symbol("W1");
    private static readonly Parameter W2 = Parameter.Symbol("W2");

    private static readonly Network Example = Network.Linear(W1).Then(Network.Relu, Network.Linear(W2));

    private static readonly Parameter Left = Parameter.Matrix("A", new double[,] { { 3, 4 }, { -2, 0 } });
    private static readonly Parameter Right = Parameter.Matrix("B", new double[,] { { 1, 2 }, { 0, -1 } });

    /// <summary>One network of every kind, in the order of the enumeration.</summary>
    public static IReadOnlyList<Network> OfEveryKind =>
    [
        Network.Linear(W1), Network.UnitRowLinear(W1), Network.Scale(Gain.Symbol("g")), Network.Tanh, Network.Clip(0, 6),
        Network.Spatial(SpatialOperation.Reduce(PoolKind.Average)), Network.Flatten(4), Network.Normalize(NormalizationKind.RmsNorm), Example, Network.Sum(Network.Identity, Example), Network.Concat(Network.Relu, Network.Abs),
        Network.Product(Network.Relu, Network.Sigmoid), Network.As("x"), Network.Wire("x"),
        Network.Tuple(Network.Relu, Network.Abs), Network.Opaque("LSTM", output: 1, channels: 3),
    ];

    [Fact]
    public void Named_inputs_and_several_outputs_are_evaluated()
    {
        Network network = Network.Wire("a")
            .Then(Network.Linear(Parameter.Matrix("W", new double[,] { { 3, 4 }, { 0, -2 } })), Network.As("h"))
            .Then(Network.Tuple(Network.Relu, Network.Sum(Network.Wire("h"), Network.Wire("b"))));

        IReadOnlyList<IReadOnlyList<double>> outputs = network.EvaluateOutputs(
            new Dictionary<string, IReadOnlyList<double>> { ["a"] = [1, 1], ["b"] = [10, 20] });

        Assert.Equal([7, 0], outputs[0]);
        Assert.Equal([17, 18], outputs[1]);
        NetworkException error = Assert.Throws<NetworkException>(() => network.EvaluateOutputs(
            new Dictionary<string, IReadOnlyList<double>> { ["a"] = [1, 1] }));
        Assert.Contains("the wire b is read", error.Message);
    }

    [Fact]
    public void The_note_s_example_is_printed_as_in_the_note()
    {
        Assert.Equal("linear(W1) -> relu -> linear(W2)", Example.ToString());
        Assert.Equal(
            "unit_row_linear(V1) -> relu -> unit_row_linear(V2) -> scale(g2)", Example.Canonicalize().Network.ToString());
    }

    [Fact]
    public void Shapes_are_printed_on_request() => Assert.Equal(
        "linear(A: 2x2) -> relu -> linear(B: 2x2)",
        Network.Linear(Left).Then(Network.Relu, Network.Linear(Right)).ToStringWithShapes());

    [Fact]
    public void Equal_terms_are_equal_by_every_means()
    {
        Network again = Network.Compose(Network.Linear(Parameter.Symbol("W1"), label: "any"), Network.Relu, Network.Linear(W2));

        Assert.True(Example == again);
        Assert.False(Example != again);
        Assert.True(Example.Equals((object)again));
        Assert.Equal(Example.GetHashCode(), again.GetHashCode());
        Assert.True(Example != Network.Relu);
        Assert.False(Example.Equals(null));
        Assert.True((Network?)null == null);
    }

    [Fact]
    public void Parameters_gains_activations_and_layers_have_equality_too()
    {
        Assert.True(Parameter.Symbol("W1", 2, 3) == Parameter.Symbol("W1", 2, 3));
        Assert.True(Parameter.Symbol("W1", 2, 3) != Parameter.Symbol("W1", 2));
        Assert.True(Parameter.Vector("b", 1, 2) != Parameter.Vector("b", 1, 2)); // Other storage; numbers are not compared.
        Assert.True(Gain.Of(2, 3).Multiply(Gain.Of(2, 3)).Divide(Gain.Of(2, 3)) == Gain.Of(2, 3));
        Assert.True(Gain.Symbol("g") != Gain.One);
        Assert.True(Network.Relu.Content<Activation>() == Network.Activate(ActivationKind.Relu).Content<Activation>());
        Assert.True(Network.LeakyRelu(0.1).Content<Activation>() != Network.LeakyRelu(0.2).Content<Activation>());
        Assert.True(Network.Linear(W1).Content<LinearLayer>() == Network.Linear(W1).Content<LinearLayer>());
        Assert.True(Network.Linear(W1).Content<LinearLayer>() != Network.UnitRowLinear(W1).Content<LinearLayer>());
        Assert.Equal(
            Network.Linear(W1).Content<LinearLayer>().GetHashCode(), Network.Linear(W1).Content<LinearLayer>().GetHashCode());
    }

    [Fact]
    public void Kind_follows_the_order_of_the_terms_and_Match_agrees_with_it()
    {
        Assert.Equal(Enum.GetValues<NetworkKind>(), OfEveryKind.Select(network => network.Kind));
        Assert.Equal(Enum.GetValues<NetworkKind>(), OfEveryKind.Select(network => network.Match(
            linear => NetworkKind.Linear,
            unitRowLinear => NetworkKind.UnitRowLinear,
            scale => NetworkKind.Scale,
            activation => NetworkKind.Activation,
            clip => NetworkKind.Clip,
            spatial => NetworkKind.Spatial,
            rearrange => NetworkKind.Rearrange,
            normalize => NetworkKind.Normalize,
            compose => NetworkKind.Compose,
            sum => NetworkKind.Sum,
            concat => NetworkKind.Concat,
            product => NetworkKind.Product,
            @as => NetworkKind.As,
            wire => NetworkKind.Wire,
            tuple => NetworkKind.Tuple,
            opaque => NetworkKind.Opaque)));
    }

    [Fact]
    public void Match_hands_over_what_is_inside()
    {
        Assert.Equal(W1, Network.Linear(W1).Content<LinearLayer>().Weight);
        Assert.True(Network.UnitRowLinear(W1).Content<LinearLayer>().HasUnitRows);
        Assert.Equal(6, Network.Clip(0, 6).Content<ClipLayer>().Upper);
        Assert.Equal(Rearrangement.Flatten(4), Network.Flatten(4).Content<Rearrangement>());
        Assert.Equal(3, Example.Content<IReadOnlyList<Network>>().Count);
        Assert.Equal("x", Network.As("x").Content<string>());
        OpaqueLayer opaque = OfEveryKind[^1].Content<OpaqueLayer>();
        Assert.Equal(("LSTM", 1, 3), (opaque.Name, opaque.Output, opaque.Channels));
        Assert.Null(opaque.Space);
    }

    [Theory]
    [InlineData(ActivationKind.Relu, 1)]
    [InlineData(ActivationKind.Abs, 1)]
    [InlineData(ActivationKind.Square, 2)]
    [InlineData(ActivationKind.ReluSquared, 2)]
    [InlineData(ActivationKind.Tanh, null)]
    [InlineData(ActivationKind.Softmax, null)]
    public void Activations_know_their_degree(ActivationKind kind, int? degree)
    {
        Activation activation = Network.Activate(kind).Content<Activation>();

        Assert.Equal(kind, activation.Kind);
        Assert.Equal(degree, activation.Degree);
    }

    [Fact]
    public void Evaluate_computes_by_hand_computed_numbers()
    {
        Network network = Network.Linear(Left).Then(Network.Relu, Network.Linear(Right));

        // A(1, 1) = (7, -2), relu gives (7, 0), B gives (7, 0); A(-1, 2) = (5, 2), B gives (9, -2).
        Assert.Equal([7, 0], network.Evaluate(1, 1));
        Assert.Equal([9, -2], network.Evaluate(-1, 2));
        Assert.Equal([8, 1], Network.Sum(Network.Identity, network).Evaluate(1, 1));
        Assert.Equal([7, 0, 1, 1], Network.Concat(network, Network.Identity).Evaluate(1, 1));
        Assert.Equal([49, 4], Network.Linear(Left).Then(Network.Square).Evaluate(1, 1));
        Assert.Equal([8, 3], Network.Linear(Left, Parameter.Vector("b", 1, 5)).Evaluate(1, 1));
    }

    [Fact]
    public void Try_answers_where_the_plain_method_throws()
    {
        Network wrong = Network.Linear(Left).Then(Network.Linear(Parameter.Symbol("C", 2, 3)));

        Assert.False(wrong.TryCanonicalize(null, out CanonicalForm? form, out string? error));
        Assert.Null(form);
        Assert.Equal(error, Assert.Throws<NetworkException>(() => wrong.Canonicalize()).Message);
        Assert.DoesNotContain('\n', error);

        Assert.True(Example.TryCanonicalize(null, out form, out error));
        Assert.Null(error);
        Assert.Equal(Example.Canonicalize().Network, form.Network);
    }

    [Fact]
    public void Sizes_parts_parameters_and_inputs_are_listed()
    {
        Network network = Network.Wire("x").Then(Network.Linear(W1), Network.Sum(Network.Wire("y"), Network.Linear(W2)));

        Assert.Equal(["x", "y"], network.NamedInputs);
        Assert.Equal([W1, W2], network.Parameters);
        Assert.Equal(3, network.Parts.Count);
        Assert.Equal(2, network.Parts[2].Children.Count);
        Assert.Equal(network.Size, network.Terms.Count);
        Assert.Equal([network, .. network.Parts, .. network.Parts[2].Children], network.Terms);
        Assert.Single(Network.Relu.Parts);
        Assert.Empty(Network.Identity.Parts);
    }
}
