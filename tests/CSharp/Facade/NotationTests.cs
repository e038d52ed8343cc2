namespace Canon.Tests.Facade;

/// <summary>Networks as texts, and derivations run again and backwards.</summary>
public sealed class NotationTests
{
    private static readonly Parameter W1 = Parameter.Matrix("W1", new double[,] { { 3, 4 }, { 0, 2 } });

    [Fact]
    public void A_text_is_read_with_the_values_that_are_known()
    {
        Network network = Network.Parse("linear(W1) -> relu -> linear(W2)", W1);

        Assert.Equal(Network.Linear(W1).Then(Network.Relu, Network.Linear(Parameter.Symbol("W2"))), network);
    }

    [Fact]
    public void A_canonical_form_is_read_back_from_its_text_and_definitions()
    {
        CanonicalForm form = Network.Parse("linear(W1) -> sum[id, relu -> linear(W2)] -> tanh", W1).Canonicalize();

        Assert.Equal(form.Network, Network.Parse(form.Network.ToStringWithDefinitions(), W1));
    }

    [Fact]
    public void A_wrong_text_is_refused_with_its_place()
    {
        Assert.False(Network.TryParse("linear(W1) ->", [], out Network? network, out string? error));
        Assert.Null(network);
        Assert.Equal("line 1, column 14: expected a term such as linear(W), relu or sum[…]; the text ends", error);
        Assert.Equal(error, Assert.Throws<FormatException>(() => Network.Parse("linear(W1) ->")).Message);
    }

    [Fact]
    public void A_derivation_leads_there_and_back()
    {
        Derivation derivation = Network.Parse("linear(W1) -> relu -> linear(W2)").Canonicalize().Derivation;

        Assert.Equal(derivation.Result, derivation.Replay(derivation.Original));
        Assert.Equal(derivation.Original, derivation.Invert().Replay(derivation.Result));
        InvalidOperationException error =
            Assert.Throws<InvalidOperationException>(() => derivation.Replay(Network.Relu));
        Assert.Equal("step 0, weight-norm-decomposition at 0, does not find its terms there", error.Message);
    }
}
