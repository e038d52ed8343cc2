namespace Canon.Cli.Reports;

/// <summary>What a rule came to when it was tried.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Line">Its line in a file; null for a rule of the catalog.</param>
/// <param name="Misfit">Why its sides have different shapes; null when they have not.</param>
/// <param name="Verdict">The verdict.</param>
internal sealed record RuleEvidence(Rule Rule, int? Line, string? Misfit, Verdict Verdict)
{
    public bool IsVerified => Misfit is null && Verdict.IsVerified;

    /// <summary>In a word or two.</summary>
    public string Status => Misfit is not null || Verdict.Status == VerdictStatus.Refuted
        ? "refuted"
        : Verdict.IsVerified ? "verified" : "never fired";

    public static IReadOnlyList<RuleEvidence> OfRules(
        IReadOnlyList<Rule> rules, VerifyOptions options, IProgress<double>? progress, CancellationToken cancellation) =>
        Each(rules, rule => new(rule, null, null, RuleVerifier.Verify(rule, options)), progress, cancellation);

    public static IReadOnlyList<RuleEvidence> OfTexts(
        IReadOnlyList<RuleText> rules, VerifyOptions options, IProgress<double>? progress, CancellationToken cancellation) =>
        Each(rules, rule => new(rule.Rule, rule.Line, rule.Misfit, RuleVerifier.Verify(rule, options)), progress, cancellation);

    private static IReadOnlyList<RuleEvidence> Each<T>(
        IReadOnlyList<T> rules, Func<T, RuleEvidence> verify, IProgress<double>? progress, CancellationToken cancellation)
    {
        var found = new List<RuleEvidence>();
        foreach (T rule in rules)
        {
            cancellation.ThrowIfCancellationRequested();
            found.Add(verify(rule));
            progress?.Report((double)found.Count / rules.Count);
        }

        return found;
    }
}
