namespace Canon;

/// <summary>Whether the order in which rules are applied matters.</summary>
public static class Confluence
{
    /// <summary>
    /// Takes every two steps of the rules in all networks of up to three terms over a vocabulary of symbolic terms, and looks whether
    /// rewriting brings the two results together again.
    /// </summary>
    /// <param name="rules">The rules.</param>
    /// <returns>What was found, which prints what there is to know.</returns>
    /// <example><code>
    /// Console.WriteLine(Confluence.Check(mine, Rule.Catalog[0]));
    /// </code></example>
    public static ConfluenceReport Check(params IEnumerable<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new(Verification.Confluence.check(Verification.Confluence.options, rules.ToCore(nameof(rules))));
    }
}

/// <summary>What was found of the order of rules.</summary>
public sealed class ConfluenceReport
{
    private readonly Verification.ConfluenceReport value;

    internal ConfluenceReport(Verification.ConfluenceReport value)
    {
        this.value = value;
        Divergences = [.. value.Divergences.Select(divergence => new Divergence(divergence))];
    }

    /// <summary>Every two steps were brought together again, and there were such pairs.</summary>
    public bool IsLocallyConfluent => value.IsLocallyConfluent;

    /// <summary>How many networks were gone through.</summary>
    public int Networks => value.Networks;

    /// <summary>How many pairs of steps replace a term in common, or stand one inside the other.</summary>
    public int CriticalPairs => value.Pairs.Sum(pair => pair.Overlapping);

    /// <summary>For every two rules with results that do not come together, one example, in the smallest network.</summary>
    public IReadOnlyList<Divergence> Divergences { get; }

    /// <summary>A network from which rewriting did not end, so that the check stopped; null when there is none.</summary>
    public Network? Undecided => value.Undecided is { } network ? new(network.Value) : null;

    /// <summary>The verdict, the counts for every two rules, and the examples in arrow notation.</summary>
    public override string ToString() => Verification.Confluence.describe(value);
}

/// <summary>Two steps from one network whose results do not come together again.</summary>
public sealed class Divergence
{
    internal Divergence(Verification.Divergence value)
    {
        Network = new(value.Network);
        First = new(value.First);
        Second = new(value.Second);
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The one step.</summary>
    public Reduct First { get; }

    /// <summary>The other.</summary>
    public Reduct Second { get; }
}

/// <summary>A step, and where it leads.</summary>
public sealed class Reduct
{
    private readonly Verification.Reduct value;

    internal Reduct(Verification.Reduct value) => this.value = value;

    /// <summary>The rule's name.</summary>
    public string Rule => value.Rule;

    /// <summary>Where it fired: the layer's label and the path of indices.</summary>
    public string At => value.Place.ToString();

    /// <summary>The network after this step.</summary>
    public Network OneStep => new(value.OneStep);

    /// <summary>What rewriting leads to from there.</summary>
    public Network NormalForm => new(value.NormalForm);
}
