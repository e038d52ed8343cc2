using FsCheck;
using FsCheck.Fluent;

namespace Canon.Tests.Facade;

public sealed class VerificationTests
{
    private static readonly Pattern<Network> Relu = Pattern.Term.Where(term => term == Network.Relu);

    private static readonly Rule Forgetful = Rule.Define(
        "forgetful", "scale(g) -> relu = relu", Pattern.Scale, Relu, (_, relu) => RuleOutcome.Replace(relu));

    [Fact]
    public void A_rule_of_the_catalog_is_verified()
    {
        Verdict verdict = RuleVerifier.Verify(Rule.Catalog[0], new() { Tries = 200 });

        Assert.True(verdict.IsVerified);
        Assert.Equal(VerdictStatus.Verified, verdict.Status);
        Assert.Null(verdict.Counterexample);
        Assert.Equal((200, 200), (verdict.Evidence.Tries, verdict.Evidence.Networks));
        Assert.Equal(verdict.Evidence.Fired, verdict.Evidence.Coverage.Values.Sum());
        Assert.InRange(verdict.Evidence.WorstError, 0, 1e-13);
        Assert.Contains("verdict    verified", verdict.ToString());
    }

    [Fact]
    public void A_wrong_rule_is_refuted_by_a_small_network()
    {
        Verdict verdict = RuleVerifier.Verify(Forgetful);

        Assert.Equal(VerdictStatus.Refuted, verdict.Status);
        Counterexample counterexample = verdict.Counterexample!;
        Assert.Equal(Fault.OutputsDiffer, counterexample.Fault);
        Assert.Equal(3, counterexample.Network.Size);
        Assert.Equal(Network.Relu, counterexample.After);
        Assert.Equal([1.0], counterexample.Input);
        Assert.NotEqual(counterexample.Expected, counterexample.Actual);
        Assert.Contains($"replay     seed {counterexample.Seed}", verdict.ToString());
        Assert.Equal(1, RuleVerifier.Verify(Forgetful, new() { Tries = 1, Seed = counterexample.Seed }).Counterexample!.Input[0]);
    }

    [Fact]
    public void A_rule_that_throws_is_refuted()
    {
        Rule throwing = Rule.Define("throwing", "", Relu, RuleOutcome (_) => throw new InvalidOperationException("no"));

        Counterexample counterexample = RuleVerifier.Verify(throwing).Counterexample!;

        Assert.Equal(Fault.Threw, counterexample.Fault);
        Assert.Equal("the rule threw: InvalidOperationException: no", counterexample.Reason);
    }

    [Fact]
    public void A_rule_with_a_rare_pattern_is_tried_on_networks_of_ones_own()
    {
        Network rare = Network.Clip(7, 9);
        Rule rule = Rule.Define("rare", "", terms => terms[0].Equals(rare) ? RuleOutcome.Fire(1, rare) : RuleOutcome.NoMatch);
        Arbitrary<NetworkSample> redexes = Gen.Constant(new NetworkSample(rare, new(2))).ToArbitrary();

        Assert.Equal(VerdictStatus.NeverFired, RuleVerifier.Verify(rule, new() { Tries = 50 }).Status);
        Assert.True(RuleVerifier.Verify(rule, new() { Tries = 50, Redexes = redexes }).IsVerified);
    }

    [Fact]
    public void A_seed_gives_the_same_networks_and_they_differ()
    {
        string[] Drawn(NetworkGenerator generator, int seed) => [.. generator.Samples(seed).Take(5).Select(sample => sample.ToString())];

        Assert.Equal(Drawn(NetworkGenerator.Any, 7), Drawn(NetworkGenerator.Any, 7));
        Assert.Equal(Drawn(NetworkGenerator.Any, 7)[1..], Drawn(NetworkGenerator.Any, 8)[..^1]);
        Assert.Equal(5, Drawn(NetworkGenerator.Any, 7).Distinct().Count());
    }

    [Fact]
    public void Generated_networks_are_what_their_names_say()
    {
        Assert.All(NetworkGenerator.Gated.Samples(1).Take(50), sample => Assert.Contains(NetworkKind.Product, Kinds(sample.Network)));
        Assert.All(
            NetworkGenerator.Branched.Samples(1).Take(50),
            sample => Assert.NotEmpty(Kinds(sample.Network).Intersect([NetworkKind.Sum, NetworkKind.Concat])));
        Assert.All(NetworkGenerator.Sequential.Samples(1).Take(50), sample => Assert.DoesNotContain(NetworkKind.Sum, Kinds(sample.Network)));
        Assert.All(NetworkGenerator.Degenerate.Samples(1).Take(50), sample => Assert.InRange(sample.Input.Channels, 1, 2));
    }

    [Fact]
    public void Samples_serve_property_tests() =>
        Prop.ForAll(NetworkGenerator.Any.Arbitrary, sample =>
        {
            var options = new CanonicalizeOptions { Input = sample.Input, NamedInputs = sample.NamedInputs };
            Assert.NotNull(sample.Network.Canonicalize(options).Network);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_rescaled_network_has_the_same_canonical_gain()
    {
        NetworkSample sample = NetworkGenerator.Sequential.Samples(3).First(s => Kinds(s.Network).Count(k => k == NetworkKind.Linear) > 1);

        Assert.NotEqual(sample.Network, sample.Rescale(1));
        Assert.Equal(sample.Network.Canonicalize().GlobalGain, sample.Rescale(1).Canonicalize().GlobalGain, 1e-12);
    }

    private static readonly Rule Decomposition = Rule.Catalog.Single(rule => rule.Name == "weight-norm-decomposition");

    private static readonly Rule FoldBack = Rule.Catalog.Single(rule => rule.Name == "scale-fold-back");

    [Fact]
    public void Rules_that_undo_each_other_may_loop()
    {
        TerminationReport report = Termination.Check(Decomposition, FoldBack);

        Assert.Equal(TerminationStatus.MayLoop, report.Status);
        Assert.Equal([Decomposition.Name, FoldBack.Name], report.Loop);
        Assert.Equal(NetworkKind.Linear, report.Example!.Kind);
        Assert.Contains("may loop", report.ToString());
        Assert.NotNull(Confluence.Check(Decomposition, FoldBack).Undecided);
    }

    [Fact]
    public void Decomposition_alone_terminates_and_is_locally_confluent()
    {
        TerminationReport termination = Termination.Check(Decomposition);
        ConfluenceReport confluence = Confluence.Check(Decomposition);

        Assert.Equal((TerminationStatus.Terminates, null, null), (termination.Status, termination.Rule, termination.Example));
        Assert.True(confluence.IsLocallyConfluent);
        Assert.Equal(0, confluence.CriticalPairs);
        Assert.Equal(2, Termination.Potential(Network.Parse("linear(W1)")));
    }

    [Fact]
    public void A_rule_that_does_not_lower_the_potential_is_shown_with_an_example()
    {
        TerminationReport report = Termination.Check(FoldBack);

        Assert.Equal((TerminationStatus.NotShown, FoldBack.Name), (report.Status, report.Rule));
        Assert.NotNull(report.Example);
        Assert.Empty(report.Loop);
    }

    [Fact]
    public void Rules_whose_order_matters_are_shown_with_both_results()
    {
        Rule drop = Rule.Define("drop", "", Relu, _ => RuleOutcome.Replace());
        Rule square = Rule.Define("square", "", Relu, _ => RuleOutcome.Replace(Network.Square));

        ConfluenceReport report = Confluence.Check(drop, square);

        Assert.False(report.IsLocallyConfluent);
        Divergence divergence = Assert.Single(report.Divergences);
        Assert.Equal(Network.Relu, divergence.Network);
        Assert.Equal(("drop", "square"), (divergence.First.Rule, divergence.Second.Rule));
        Assert.Equal(Network.Square, divergence.Second.NormalForm);
        Assert.Contains("not joined: relu", report.ToString());
    }

    private static IEnumerable<NetworkKind> Kinds(Network network) => network.Terms.Select(term => term.Kind);
}
