namespace Canon.Tests.Facade;

/// <summary>Symbols that get numbers, and derivations that are checked, in C#.</summary>
public sealed class SubstitutionTests
{
    private static readonly Network Example =
        Network.Linear(Parameter.Symbol("W1")).Then(Network.Relu, Network.Linear(Parameter.Symbol("W2")));

    private static readonly Dictionary<string, Parameter> Values = new()
    {
        ["W1"] = Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } }),
        ["W2"] = Parameter.Matrix("W2", new double[,] { { 1, -1 } }),
    };

    [Fact]
    public void Symbols_are_replaced_by_name()
    {
        Network network = Network.Scale(Gain.Symbol("g")).Then(Example)
            .Substitute(Values, new Dictionary<string, Gain> { ["g"] = Gain.Of(2, 1) });

        Assert.Equal(Network.Scale(Gain.Of(2, 1)).Then(Network.Linear(Values["W1"]), Network.Relu, Network.Linear(Values["W2"])), network);
        Assert.Equal([8], network.Evaluate(1, 1));
    }

    [Fact]
    public void A_symbolic_derivation_with_numbers_put_in_is_that_of_the_numbers()
    {
        Derivation symbolic = Example.Canonicalize().Derivation.Substitute(Values);
        Derivation numeric = Example.Substitute(Values).Canonicalize().Derivation;

        Assert.Equal(numeric.Result, symbolic.Result);
        Assert.Equal(numeric.Steps, symbolic.Steps);
    }

    [Fact]
    public void What_is_put_for_a_symbol_has_its_size()
    {
        var failure = Assert.Throws<NetworkException>(() => Network.Linear(Parameter.Symbol("W2", 3)).Substitute(Values));

        Assert.Equal("W2: a parameter of 1x2 is put for one of 3x?", failure.Message);
    }

    [Fact]
    public void Null_is_put_for_nothing()
    {
        Assert.Throws<ArgumentNullException>(
            () => Example.Substitute(new Dictionary<string, Parameter> { ["W1"] = null! }));
    }

    [Fact]
    public void Text_becomes_a_network_that_can_be_evaluated()
    {
        Network network = Network.Parse("linear(W1) -> relu -> linear(W2)").WithRandomValues(seed: 1);

        Assert.Equal("linear(W1: 3x2) -> relu -> linear(W2: 4x3)", network.ToStringWithShapes());
        Assert.Equal(4, network.Evaluate(1, -1).Count);
        Assert.Equal(network.Evaluate(1, -1), Network.Parse("linear(W1) -> relu -> linear(W2)").WithRandomValues(1).Evaluate(1, -1));
        Assert.NotEqual(network.Evaluate(1, -1), Network.Parse("linear(W1) -> relu -> linear(W2)").WithRandomValues(2).Evaluate(1, -1));
    }

    [Fact]
    public void A_derivation_is_checked_step_by_step()
    {
        DerivationReport report = Example.Canonicalize().Derivation.Check();

        Assert.True(report.IsSound);
        Assert.True(report.ReachesResult);
        Assert.Empty(report.Messages);
        Assert.Equal(3, report.Steps.Count);
        Assert.All(report.Steps, verdict => Assert.InRange(verdict.RelativeError!.Value, 0, 1e-12));
        Assert.InRange(report.MaxRelativeError!.Value, 0, 1e-12);
    }

    [Fact]
    public void A_wrong_rule_of_the_user_is_found_out()
    {
        Rule wrong = Rule.Define("tanh-is-relu", "tanh = relu", terms => terms is [var first, ..] && first == Network.Tanh
            ? RuleOutcome.Fire(1, Network.Relu)
            : RuleOutcome.NoMatch);
        Derivation derivation = Strategy.Of(wrong).OneTopDown().Apply(Example.Then(Network.Tanh));

        StepVerdict verdict = Assert.Single(derivation.Check([wrong]).Steps);
        Assert.StartsWith("the terms before and after are different functions", Assert.Single(verdict.Faults), StringComparison.Ordinal);
        Assert.Contains("no rule of that name is given", derivation.Check().Messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_can_be_cancelled() =>
        Assert.Throws<OperationCanceledException>(
            () => Example.Canonicalize().Derivation.Check(cancellation: new CancellationToken(canceled: true)));
}
