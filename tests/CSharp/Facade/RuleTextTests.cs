namespace Canon.Tests.Facade;

/// <summary>Rules and strategies as text, and the reasons why scales stand.</summary>
public sealed class RuleTextTests
{
    [Fact]
    public void A_rule_is_read_and_used_like_any_other()
    {
        Rule rule = Rule.Parse("fold: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)");

        Assert.Equal("fold", rule.Name);
        Assert.Equal("linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)", rule.Law);
        Assert.Equal(
            "linear(diag(h) * W)",
            Strategy.Innermost(rule).Apply(Network.Parse("linear(W) -> scale(h)")).Result.ToString());
    }

    [Fact]
    public void What_is_no_rule_is_refused_at_its_place()
    {
        Assert.False(Rule.TryParse("scale(?g) => scale(?h)", out Rule? rule, out string? error));
        Assert.Null(rule);
        Assert.Equal("line 1, column 20: ?h does not stand on the left", error);
        Assert.Throws<FormatException>(() => Rule.Parse("scale(?g) -> linear(?W) => linear(diag(?g) * ?W)"));
    }

    [Fact]
    public void A_file_of_rules_keeps_names_lines_and_misfits()
    {
        Assert.True(RuleText.TryReadAll(
            "# two rules\nunit: scale(1) => id\nscale(?g) -> linear(?W) => linear(diag(?g) * ?W)\n",
            out IReadOnlyList<RuleText>? rules,
            out _));

        Assert.Equal(["unit", "rule-3"], rules.Select(rule => rule.Rule.Name));
        Assert.Equal([2, 3], rules.Select(rule => rule.Line));
        Assert.Equal("scale(1) => id", rules[0].ToString());
        Assert.Null(rules[0].Misfit);
        Assert.Contains("does not fit where the left does", rules[1].Misfit);

        Assert.False(RuleText.TryReadAll("\nscale(1) = id", out rules, out string? error));
        Assert.Null(rules);
        Assert.StartsWith("line 2, column 10: expected", error);
    }

    [Fact]
    public void A_strategy_is_read()
    {
        Network network = Network.Parse("scale(g) -> scale(h) -> relu");

        Assert.Equal("scale(g * h) -> relu", Strategy.Parse("scale-fusion").Apply(network).Result.ToString());
        Assert.Equal("relu -> scale(g * h)", Strategy.Parse("canonical").Apply(network).Result.ToString());
        Assert.Throws<FormatException>(() => Strategy.Parse("twice(scale-fusion)"));

        Rule doubled = Rule.Parse("doubled: relu -> relu => relu");
        Assert.True(Strategy.TryParse("innermost", [], [doubled], out Strategy? strategy, out _));
        Assert.Equal("relu", strategy.Apply(Network.Parse("relu -> relu -> relu")).Result.ToString());
    }

    [Fact]
    public void Every_scale_says_why_it_stands()
    {
        Network form = Network.Parse("linear(W1) -> tanh -> sum[id, linear(W2)] -> opaque(Mix)").Canonicalize().Network;

        IReadOnlyList<StandingScale> scales = form.ExplainScales();

        Assert.Equal([Standstill.Refused, Standstill.RelativeToLeader], scales.Select(scale => scale.Standstill));
        Assert.Equal(("activation-commutation", "tanh is not positively homogeneous"), (scales[0].Rule, scales[0].Reason));
        Assert.Equal("tanh", scales[0].Before?.ToString());
        Assert.Equal("unit_row_linear(V1)", scales[0].Behind?.ToString());
        Assert.Null(scales[1].Before);
        Assert.Equal(Standstill.Movable, Network.Parse("scale(g) -> relu").ExplainScales()[0].Standstill);
        Assert.Equal(Standstill.NoRule, Network.Parse("scale(g) -> relu").ExplainScales(Rule.Parse("scale(1) => id"))[0].Standstill);
    }
}
