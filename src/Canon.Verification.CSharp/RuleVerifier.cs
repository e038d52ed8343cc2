namespace Canon;

/// <summary>Tries rules on networks of chance.</summary>
public static class RuleVerifier
{
    /// <summary>
    /// Looks for a network on which the rule is wrong: networks of every kind are drawn, and wherever the rule fires, the terms
    /// replaced are compared with those that replace them. A network that shows it wrong is made as small as possible.
    /// A rule that never fires is not verified. The same seed gives the same verdict.
    /// </summary>
    /// <param name="rule">The rule.</param>
    /// <param name="options">How hard it is tried; null for 1,000 networks.</param>
    /// <returns>The verdict, which prints what there is to know.</returns>
    /// <example><code>
    /// Console.WriteLine(RuleVerifier.Verify(rule));
    /// </code></example>
    public static Verdict Verify(Rule rule, VerifyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new(Verification.RuleVerifier.verify((options ?? VerifyOptions.Default).ToCore(), rule.Value));
    }

    /// <summary>The same for a rule that is written, with networks on which its left side matches, and those of the options, for half of the tries.</summary>
    /// <param name="rule">The rule. One whose sides have different shapes is tried like any other; see <see cref="RuleText.Misfit"/>.</param>
    /// <param name="options">How hard it is tried; null for 1,000 networks.</param>
    /// <returns>The verdict, which prints what there is to know.</returns>
    public static Verdict Verify(RuleText rule, VerifyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new(Verification.RuleVerifier.verifyText((options ?? VerifyOptions.Default).ToCore(), rule.Value));
    }
}
