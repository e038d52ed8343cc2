using Canon;
using FsCheck;
using FsCheck.Fluent;

namespace Canon.Tests.Docs;

internal static class VerificationSnippets
{
    internal static void Define()
    {
        // snippet
        Rule foldBack = Rule.Define(
            "fold-back",
            "linear(W, b) -> scale(g) = linear(diag(g) W, g * b)",
            Pattern.Linear,
            Pattern.Scale,
            (layer, gain) => RuleOutcome.Replace(Network.Linear(layer.ScaleOutput(gain))));

        Verdict verdict = RuleVerifier.Verify(foldBack);
        Console.WriteLine($"{verdict.Status} on {string.Join(", ", verdict.Evidence.Coverage.Keys)}");
        // end
    }

    internal static void Written()
    {
        // snippet
        Rule sameRule = Rule.Parse("fold-back: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)");
        Console.WriteLine(Strategy.Innermost(sameRule).Apply(Network.Parse("linear(W, b) -> scale(h)")).Result);

        Rule wrong = Rule.Parse("dropped: scale(?g) -> scale(?h) => scale(?g)");
        Counterexample? found = RuleVerifier.Verify(wrong).Counterexample;
        Console.WriteLine($"{found?.Network} is {found?.Expected[0]} at {found?.Input[0]}, and then {found?.Actual[0]}");
        // end
    }

    internal static void Property()
    {
        // snippet
        Prop.ForAll(NetworkGenerator.Any.Arbitrary, sample =>
        {
            var options = new CanonicalizeOptions { Input = sample.Input, NamedInputs = sample.NamedInputs };
            Network canonical = sample.Network.Canonicalize(options).Network;
            return canonical.Canonicalize(options).Network == canonical;
        }).QuickCheckThrowOnFailure();
        // end
    }
}
