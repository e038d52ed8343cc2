using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>A rule with what a reader is told of it besides its law.</summary>
public sealed class DescribedRule
{
    /// <summary>A rule described.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="words">What the rule does, and when it fires and refuses: sentences.</param>
    /// <param name="examples">Networks in arrow notation that the rule is tried on, from their first term on.</param>
    public DescribedRule(Rule rule, string words, params IEnumerable<string> examples)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(examples);
        Rule = rule;
        Words = words;
        Examples = [.. examples];
    }

    /// <summary>The rule.</summary>
    public Rule Rule { get; }

    /// <summary>What the rule does, and when it fires and refuses.</summary>
    public string Words { get; }

    /// <summary>Networks in arrow notation that the rule is tried on.</summary>
    public IReadOnlyList<string> Examples { get; }

    internal Tuple<Core.Rule, Core.RuleDescription> ToCore() =>
        Tuple.Create(Rule.Value, new Core.RuleDescription(Words, ListModule.OfSeq(Examples)));
}

/// <summary>Rules as a document that cannot go stale: examples are worked by the rules themselves.</summary>
public static class RuleDocument
{
    /// <summary>The rules of the calculus described. Each fires on its first example.</summary>
    public static IReadOnlyList<DescribedRule> Catalog { get; } =
        [.. Core.Catalog.descriptions.Select(pair => new DescribedRule(new(pair.Item1), pair.Item2.Words, pair.Item2.Examples))];

    /// <summary>Writes rules as Markdown: law, description, exactness, source, and what each makes of its examples.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="rules">The rules in order.</param>
    /// <param name="markdown">The document; null on failure.</param>
    /// <param name="error">Which example is no network, and why; null on success.</param>
    /// <returns>Whether every example could be read.</returns>
    public static bool TryWrite(
        string title,
        IEnumerable<DescribedRule> rules,
        [NotNullWhen(true)] out string? markdown,
        [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(rules);
        return Core.RuleDocument.markdown(title, ListModule.OfSeq(rules.Select(described =>
            (described ?? throw new ArgumentNullException(nameof(rules), "a rule in the sequence is null")).ToCore())))
            .TryGet(text => text, out markdown, out error);
    }

    /// <summary>Writes rules as Markdown: law, description, exactness, source, and what each makes of its examples.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="rules">The rules in order.</param>
    /// <returns>The document.</returns>
    /// <exception cref="FormatException">An example is no network.</exception>
    public static string Write(string title, params IEnumerable<DescribedRule> rules) =>
        TryWrite(title, rules, out var markdown, out var error) ? markdown : throw new FormatException(error);
}
