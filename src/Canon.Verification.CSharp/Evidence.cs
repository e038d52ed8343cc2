namespace Canon;

/// <summary>What the tries of a rule came to.</summary>
public sealed class Evidence
{
    private readonly Verification.Evidence value;

    internal Evidence(Verification.Evidence value)
    {
        this.value = value;
        Refusals = value.Refusals.ToDictionary(pair => pair.Item1, pair => pair.Item2);
        Coverage = value.Coverage.ToDictionary(pair => pair.Item1, pair => pair.Item2);
    }

    /// <summary>The rule's name.</summary>
    public string Rule => value.Rule;

    /// <summary>The rule's law.</summary>
    public string Law => value.Law;

    /// <summary>How many networks were asked for.</summary>
    public int Tries => value.Tries;

    /// <summary>How many networks were drawn before there was a verdict.</summary>
    public int Networks => value.Networks;

    /// <summary>How often the rule fired and its two sides were compared.</summary>
    public int Fired => value.Fired;

    /// <summary>
    /// How often it fired under an assumption that the numbers there do not meet, or where they leave the range of a double.
    /// </summary>
    public int Skipped => value.Skipped;

    /// <summary>Why it matched and refused, and how often.</summary>
    public IReadOnlyDictionary<string, int> Refusals { get; }

    /// <summary>The largest difference of an output, relative to what it would be if nothing cancelled on the way to it.</summary>
    public double WorstError => value.WorstError;

    /// <summary>The terms on which it fired, such as <c>scale -> relu</c>, and how often; at most the first two.</summary>
    public IReadOnlyDictionary<string, int> Coverage { get; }

    /// <summary>The seed of the first network.</summary>
    public int Seed => value.Seed;
}
