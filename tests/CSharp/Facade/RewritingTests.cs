namespace Canon.Tests.Facade;

/// <summary>Rules, strategies and derivations in C#.</summary>
public sealed class RewritingTests
{
    private static readonly Network Example =
        Network.Linear(Parameter.Symbol("W1")).Then(Network.Relu, Network.Linear(Parameter.Symbol("W2")));

    private static readonly Rule AbsIsRelu = Rule.Define(
        "abs-is-relu",
        "relu -> abs = relu",
        terms => terms is [{ Kind: NetworkKind.Activation } first, { Kind: NetworkKind.Activation } second, ..]
            && first == Network.Relu && second == Network.Abs
                ? RuleOutcome.Fire(2, Network.Relu)
                : RuleOutcome.NoMatch);

    [Fact]
    public void A_rule_of_the_user_takes_part_in_a_strategy_and_in_its_derivation()
    {
        Derivation derivation = Strategy.Innermost(AbsIsRelu).Apply(Example.Then(Network.Relu, Network.Abs, Network.Abs));

        Assert.Equal("linear(W1) -> relu -> linear(W2) -> relu", derivation.Result.ToString());
        Assert.Equal(["abs-is-relu", "abs-is-relu"], derivation.Steps.Select(step => step.Rule));
        Assert.Equal("relu -> abs", derivation.Steps[0].Before.ToString());
        Assert.Equal("relu", derivation.Steps[0].After.ToString());
        Assert.True(derivation.IsComplete);
    }

    [Fact]
    public void A_rule_that_refuses_says_why_in_the_derivation()
    {
        Rule shy = Rule.Define("shy", "relu = relu", terms => terms is [var first, ..] && first == Network.Relu
            ? RuleOutcome.Refuse("not today")
            : RuleOutcome.NoMatch);

        Refusal refusal = Assert.Single(Strategy.Sweep(shy).Apply(Example).Refusals);

        Assert.Equal(("shy", "not today"), (refusal.Rule, refusal.Reason));
    }

    [Fact]
    public void Rules_can_be_asked_one_by_one()
    {
        RuleOutcome fired = AbsIsRelu.Apply(Network.Relu, Network.Abs, Network.Tanh);
        Assert.True(fired.IsFired);
        Assert.Equal(2, fired.Consumed);
        Assert.Equal([Network.Relu], fired.Produced);

        RuleOutcome none = AbsIsRelu.Apply(Network.Abs);
        Assert.False(none.IsFired);
        Assert.Null(none.Reason);
        Assert.Empty(none.Produced);

        Rule commutation = Rule.Catalog.Single(rule => rule.Name == "activation-commutation");
        Assert.NotEmpty(commutation.Law);
        Assert.NotNull(commutation.Apply(Network.Scale(Gain.Symbol("g")), Network.Tanh).Reason);
    }

    [Fact]
    public void A_rule_over_patterns_says_only_what_becomes_of_what_they_take()
    {
        Rule foldBack = Rule.Define(
            "fold-back",
            "linear(W, b) -> scale(g) = linear(diag(g) W, g * b)",
            Pattern.Linear,
            Pattern.Scale,
            (layer, g) => RuleOutcome.Replace(Network.Linear(layer.ScaleOutput(g))));

        Network result = Strategy.Innermost(foldBack).Apply(Network.Parse("linear(W, b) -> scale(g) -> scale(h)")).Result;

        Assert.Equal("linear(diag(g * h) * W, g * h * b)", result.ToString());
    }

    [Fact]
    public void Patterns_narrow_reach_over_three_terms_and_carry_assumptions()
    {
        Rule through = Rule.Define(
            "through",
            "scale(g) -> phi -> phi = phi -> phi -> scale(g) for phi of degree 1",
            Pattern.Scale.Where(g => !g.IsOne),
            Pattern.Activation,
            Pattern.Activation,
            (g, phi, psi) => phi.Degree == 1 && psi.Degree == 1
                ? RuleOutcome.Replace(Network.Activate(phi), Network.Activate(psi), Network.Scale(g)).Assuming(g)
                : RuleOutcome.Refuse("one of the two is a barrier"));

        Derivation derivation = Strategy.Of(through).Apply(Network.Parse("scale(g) -> relu -> abs"));
        Assert.Equal("relu -> abs -> scale(g)", derivation.Result.ToString());
        Assert.Equal(["g > 0"], derivation.Assumptions);
        Assert.False(through.Apply(Network.Scale(Gain.One), Network.Relu, Network.Relu).IsFired);
        Assert.Equal("one of the two is a barrier", through.Apply(Network.Scale(Gain.Symbol("g")), Network.Relu, Network.Tanh).Reason);
    }

    [Fact]
    public void Patterns_tell_the_kinds_of_terms_apart()
    {
        Network[] terms =
        [
            Network.Parse("linear(W)"), Network.Parse("unit_row_linear(V)"), Network.Scale(Gain.Symbol("g")), Network.Relu,
            Network.Clip(0, 6), Network.Sum(Network.Relu), Network.Concat(Network.Relu), Network.Product(Network.Relu),
        ];

        string Matched<T>(Pattern<T> pattern) where T : notnull =>
            string.Concat(terms.Select(term => pattern.TryMatch(term, out _) ? 'x' : '.'));

        Assert.Equal("x.......", Matched(Pattern.Linear));
        Assert.Equal(".x......", Matched(Pattern.UnitRowLinear));
        Assert.Equal("..x.....", Matched(Pattern.Scale));
        Assert.Equal("...x....", Matched(Pattern.Activation));
        Assert.Equal("....x...", Matched(Pattern.Clip));
        Assert.Equal(".....x..", Matched(Pattern.Sum));
        Assert.Equal("......x.", Matched(Pattern.Concat));
        Assert.Equal(".......x", Matched(Pattern.Product));
        Assert.Equal("xxxxxxxx", Matched(Pattern.Term));
    }

    [Fact]
    public void Unit_rows_stay_unit_rows_through_a_rule_that_leaves_them()
    {
        Network unit = Network.Parse("unit_row_linear(V, c)");
        LinearLayer layer = unit.Content<LinearLayer>();

        Assert.Equal(unit, Network.Linear(layer));
        Assert.Equal("linear(diag(g) * V, c)", Network.Linear(layer.With(left: Gain.Symbol("g"))).ToString());
        Assert.Equal(
            "linear(V * diag(g^2), 1/g * c)",
            Network.Linear(layer.With(biasGain: Gain.One / Gain.Symbol("g")).ScaleInput(Gain.Symbol("g").Power(2))).ToString());
    }

    [Fact]
    public void A_rule_without_patterns_that_does_not_say_how_many_terms_it_replaces_is_told_so()
    {
        Rule vague = Rule.Define("vague", "relu = relu", _ => RuleOutcome.Replace(Network.Relu));

        var failure = Assert.Throws<InvalidOperationException>(() => vague.Apply(Network.Relu));
        Assert.Contains("vague", failure.Message);
    }

    [Fact]
    public void Every_strategy_reaches_the_same_form()
    {
        Network form = Example.Canonicalize().Network;

        Assert.Equal(form, Strategy.Canonicalizing.Apply(Example).Result);
        Assert.Equal(form, Strategy.Sweep(Rule.Moves).Apply(Example).Result);
        Assert.Equal(form, Strategy.Innermost(Rule.Moves).Apply(Example).Result);
        Assert.Equal(form, Strategy.Outermost(Rule.Moves).Apply(Example).Result);
        Assert.Equal(form, Strategy.Random(3, Rule.Moves).Apply(Example).Result);
    }

    [Fact]
    public void Strategies_are_built_from_strategies()
    {
        Network doubled = Network.Compose(Network.Relu, Network.Abs, Network.Relu, Network.Abs);
        Strategy one = Strategy.Of(AbsIsRelu);
        int Steps(Strategy strategy) => strategy.Apply(doubled).Steps.Count;

        Assert.Equal(1, Steps(one));
        Assert.Equal(1, Steps(one.Then(one.Attempt())));
        Assert.Equal(2, Steps(one.AllTopDown()));
        Assert.Equal(2, Steps(one.AllBottomUp()));
        Assert.Equal(1, Steps(one.OneTopDown()));
        Assert.Equal(1, Steps(one.OneBottomUp()));
        Assert.Equal(2, Steps(one.OneTopDown().Repeat()));
        Assert.Equal(1, Steps(Strategy.Of(Rule.Catalog[0]).OrElse(one)));
    }

    [Fact]
    public void A_limit_of_steps_ends_the_rewriting_and_says_so()
    {
        Derivation derivation = Strategy.Innermost(Rule.Moves).Apply(Example, stepLimit: 1);

        Assert.False(derivation.IsComplete);
        Assert.Single(derivation.Steps);
    }

    [Fact]
    public void Without_numbers_a_derivation_names_what_it_assumes()
    {
        Network clipped = Network.Scale(Gain.Symbol("g")).Then(Network.Clip(1, 6));

        Assert.Equal(["g > 0"], clipped.Canonicalize().Derivation.Assumptions);
        Assert.Empty(Example.Canonicalize().Derivation.Assumptions);
    }

    [Fact]
    public void Definitions_say_what_the_names_of_the_result_stand_for()
    {
        Assert.Equal(
            [
                new("g1", "rownorms(W1)"), new("V1", "diag(1/g1) * W1"),
                new("g2", "rownorms(W2 * diag(g1))"), new("V2", "diag(1/g2) * W2 * diag(g1)"),
            ],
            Example.Canonicalize().Derivation.Definitions);
    }

    [Fact]
    public void The_document_holds_result_steps_and_names()
    {
        string document = Example.Then(Network.Tanh).Canonicalize().Derivation.ToMarkdown("Example");

        Assert.StartsWith("# Example\n", document);
        Assert.Contains("unit_row_linear(V1) -> relu -> unit_row_linear(V2) -> scale(g2) -> tanh", document);
        Assert.Contains("| 1 | ", document);
        Assert.Contains("## Where scales stopped", document);
        Assert.Contains("tanh is not positively homogeneous", document);
        Assert.Contains("- `V2 = diag(1/g2) * W2 * diag(g1)`", document);
    }
}
