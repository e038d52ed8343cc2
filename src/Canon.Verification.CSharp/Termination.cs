using System.Numerics;

namespace Canon;

/// <summary>Whether rewriting comes to an end.</summary>
public static class Termination
{
    /// <summary>How many canonicalising moves a network can take at most, in whatever order: every move lowers this number.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="InsufficientExecutionStackException">Branches are nested too deeply for the stack.</exception>
    public static BigInteger Potential(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Verification.Termination.potential(network.Value);
    }

    /// <summary>
    /// Goes through all steps of the rules, in every order, in all networks of up to three terms over a vocabulary of symbolic terms:
    /// whether each lowers the potential, and whether a network comes back to itself.
    /// </summary>
    /// <param name="rules">The rules.</param>
    /// <returns>What was found, which prints what there is to know.</returns>
    /// <example><code>
    /// Console.WriteLine(Termination.Check(mine, Rule.Catalog[0]));
    /// </code></example>
    public static TerminationReport Check(params IEnumerable<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new(Verification.Termination.check(Verification.Termination.options, rules.ToCore(nameof(rules))));
    }
}

/// <summary>What is to be thought of the end of rewriting.</summary>
public enum TerminationStatus
{
    /// <summary>Every rule fired, and every step lowered the potential.</summary>
    Terminates,

    /// <summary>A network comes back to itself.</summary>
    MayLoop,

    /// <summary>No loop was met, but a rule has a step that does not lower the potential, or never fired.</summary>
    NotShown,
}

/// <summary>What was found of the end of rewriting.</summary>
public sealed class TerminationReport
{
    private readonly Verification.TerminationReport value;

    internal TerminationReport(Verification.TerminationReport value)
    {
        this.value = value;
        var loop = (value.Verdict as Verification.TerminationVerdict.MayLoop)?.example;
        var open = value.Verdict as Verification.TerminationVerdict.NotShown;
        Loop = loop is null ? [] : [.. loop.Rules];
        Rule = open?.rule;
        Example = loop is not null ? new(loop.Network) : open?.example is { } ascent ? new(ascent.Value.From) : null;
    }

    /// <summary>What is to be thought of it.</summary>
    public TerminationStatus Status => (TerminationStatus)value.Verdict.Tag;

    /// <summary>How many different networks were visited.</summary>
    public int Networks => value.Networks;

    /// <summary>The names of the rules of a loop, in order; empty when none was met.</summary>
    public IReadOnlyList<string> Loop { get; }

    /// <summary>The name of the rule that has a step that does not lower the potential, or never fired; null otherwise.</summary>
    public string? Rule { get; }

    /// <summary>The network where the loop begins and ends, or of the step that does not lower the potential; null when there is none.</summary>
    public Network? Example { get; }

    /// <summary>The verdict, the counts for every rule, and the examples in arrow notation.</summary>
    public override string ToString() => Verification.Termination.describe(value);
}
