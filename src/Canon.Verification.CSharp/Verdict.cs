namespace Canon;

/// <summary>What is to be thought of a rule.</summary>
public enum VerdictStatus
{
    /// <summary>It fired, and kept the function every time.</summary>
    Verified,

    /// <summary>It is wrong, and a network shows it.</summary>
    Refuted,

    /// <summary>It never fired, so that nothing is known of it.</summary>
    NeverFired,
}

/// <summary>What a rule came to when it was tried.</summary>
public sealed class Verdict
{
    private readonly Verification.Verdict value;

    internal Verdict(Verification.Verdict value)
    {
        this.value = value;
        Evidence = new(value.Evidence);
        Counterexample = value is Verification.Verdict.Refuted refuted ? new(refuted.counterexample) : null;
    }

    /// <summary>Whether the rule fired, and kept the function every time.</summary>
    public bool IsVerified => value.IsVerified;

    /// <summary>What is to be thought of it.</summary>
    public VerdictStatus Status => (VerdictStatus)value.Tag;

    /// <summary>What was tried.</summary>
    public Evidence Evidence { get; }

    /// <summary>The network that shows the rule wrong; null when there is none.</summary>
    public Counterexample? Counterexample { get; }

    /// <summary>
    /// Several lines: the rule, its law, the verdict, the counts; of a counterexample the network with its values, the step, the
    /// input, both outputs, and the seed.
    /// </summary>
    public override string ToString() => Verification.VerdictModule.describe(value);
}
