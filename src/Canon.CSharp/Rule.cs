using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>In what sense the two sides of a rule are equal.</summary>
public enum Exactness
{
    /// <summary>Equal as functions of real numbers; floating-point results may differ by rounding.</summary>
    Exact,

    /// <summary>Floating-point results agree to the last bit.</summary>
    BitExact,
}

/// <summary>A rewrite as a value: a name, a law, and what it does at a place.</summary>
public sealed class Rule
{
    internal Rule(Core.Rule value) => Value = value;

    internal Core.Rule Value { get; }

    /// <summary>Every rule of the calculus.</summary>
    public static IReadOnlyList<Rule> Catalog { get; } = [.. Core.Catalog.all.Select(rule => new Rule(rule))];

    /// <summary>The rules that move scales towards the output, in any order, as canonicalising uses them.</summary>
    public static IReadOnlyList<Rule> Moves { get; } =
        [.. Core.Canonical.moves(Core.GainDefinition.RowNorm).Select(rule => new Rule(rule))];

    /// <summary>The name, such as <c>activation-commutation</c>.</summary>
    public string Name => Value.Name;

    /// <summary>The equation with its side condition.</summary>
    public string Law => Value.Law;

    /// <summary>Where the law comes from.</summary>
    public string Source => Value.Source;

    /// <summary>In what sense the two sides are equal.</summary>
    public Exactness Exactness => Value.Exactness.IsBitExact ? Exactness.BitExact : Exactness.Exact;

    /// <summary>A rule of your own.</summary>
    /// <param name="name">Kebab-case, such as <c>my-rule</c>.</param>
    /// <param name="law">The equation in words and symbols.</param>
    /// <param name="rewrite">The answer for the terms of a composition from some place to its end.</param>
    /// <returns>The rule.</returns>
    public static Rule Define(string name, string law, Func<IReadOnlyList<Network>, RuleOutcome> rewrite)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(law);
        ArgumentNullException.ThrowIfNull(rewrite);
        return new(Core.RuleModule.define(
            name,
            Core.Exactness.Exact,
            law,
            "user",
            Microsoft.FSharp.Core.FuncConvert.FromFunc<FSharpList<Core.Network>, Core.Outcome>(
                parts => rewrite(parts.FromCore()).Resolved(name))));
    }

    /// <summary>A rule of your own for one term.</summary>
    /// <typeparam name="T">What is taken from the term.</typeparam>
    /// <param name="name">Kebab-case, such as <c>my-rule</c>.</param>
    /// <param name="law">The equation in words and symbols.</param>
    /// <param name="first">What the term must be.</param>
    /// <param name="rewrite">The answer; <see cref="RuleOutcome.Replace"/> replaces the term.</param>
    /// <returns>The rule.</returns>
    public static Rule Define<T>(string name, string law, Pattern<T> first, Func<T, RuleOutcome> rewrite)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(rewrite);
        return Define(name, law, terms =>
            terms is [var a, ..] && first.TryMatch(a, out var x) ? rewrite(x).Over(1) : RuleOutcome.NoMatch);
    }

    /// <summary>A rule of your own for two adjacent terms.</summary>
    /// <typeparam name="T1">What is taken from the first term.</typeparam>
    /// <typeparam name="T2">What is taken from the second.</typeparam>
    /// <param name="name">Kebab-case, such as <c>my-rule</c>.</param>
    /// <param name="law">The equation in words and symbols.</param>
    /// <param name="first">What the first term must be.</param>
    /// <param name="second">What the second term must be.</param>
    /// <param name="rewrite">The answer; <see cref="RuleOutcome.Replace"/> replaces both terms.</param>
    /// <returns>The rule.</returns>
    public static Rule Define<T1, T2>(
        string name, string law, Pattern<T1> first, Pattern<T2> second, Func<T1, T2, RuleOutcome> rewrite)
        where T1 : notnull
        where T2 : notnull
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(rewrite);
        return Define(name, law, terms =>
            terms is [var a, var b, ..] && first.TryMatch(a, out var x) && second.TryMatch(b, out var y)
                ? rewrite(x, y).Over(2)
                : RuleOutcome.NoMatch);
    }

    /// <summary>A rule of your own for three adjacent terms.</summary>
    /// <typeparam name="T1">What is taken from the first term.</typeparam>
    /// <typeparam name="T2">What is taken from the second.</typeparam>
    /// <typeparam name="T3">What is taken from the third.</typeparam>
    /// <param name="name">Kebab-case, such as <c>my-rule</c>.</param>
    /// <param name="law">The equation in words and symbols.</param>
    /// <param name="first">What the first term must be.</param>
    /// <param name="second">What the second term must be.</param>
    /// <param name="third">What the third term must be.</param>
    /// <param name="rewrite">The answer; <see cref="RuleOutcome.Replace"/> replaces all three terms.</param>
    /// <returns>The rule.</returns>
    public static Rule Define<T1, T2, T3>(
        string name,
        string law,
        Pattern<T1> first,
        Pattern<T2> second,
        Pattern<T3> third,
        Func<T1, T2, T3, RuleOutcome> rewrite)
        where T1 : notnull
        where T2 : notnull
        where T3 : notnull
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(third);
        ArgumentNullException.ThrowIfNull(rewrite);
        return Define(name, law, terms =>
            terms is [var a, var b, var c, ..]
            && first.TryMatch(a, out var x) && second.TryMatch(b, out var y) && third.TryMatch(c, out var z)
                ? rewrite(x, y, z).Over(3)
                : RuleOutcome.NoMatch);
    }

    /// <summary>Reads a rule in the arrow notation; see <see cref="RuleText"/>.</summary>
    /// <param name="text">Such as <c>my-rule: scale(?g) -> ?f => ?f -> scale(?g) when homogeneous(?f)</c>; the name may be left out.</param>
    /// <param name="rule">The rule; null on failure.</param>
    /// <param name="error">Line, column, and what was expected there; null on success.</param>
    /// <returns>Whether the text is a rule whose right side has the shapes of its left.</returns>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out Rule? rule, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Core.RuleTextModule.parse(text).TryGet(value => new Rule(value), out rule, out error);
    }

    /// <summary>Reads a rule in the arrow notation; see <see cref="RuleText"/>.</summary>
    /// <param name="text">Such as <c>my-rule: scale(?g) -> ?f => ?f -> scale(?g) when homogeneous(?f)</c>; the name may be left out.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="FormatException">The text is no rule: line, column, and what was expected.</exception>
    public static Rule Parse(string text) =>
        TryParse(text, out var rule, out var error) ? rule : throw new FormatException(error);

    /// <summary>Asks the rule about the terms of a composition from some place to its end.</summary>
    /// <param name="terms">The terms.</param>
    /// <returns>Fired, no match, or refused with the reason.</returns>
    public RuleOutcome Apply(params IEnumerable<Network> terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return new(Value.Apply.Invoke(terms.ToCore()));
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>A rule's answer at a place.</summary>
public sealed class RuleOutcome
{
    internal RuleOutcome(Core.Outcome value) => Value = value;

    internal Core.Outcome Value { get; }

    /// <summary>The pattern is not there.</summary>
    public static RuleOutcome NoMatch { get; } = new(Core.Outcome.NoMatch);

    /// <summary>Whether the rule fired.</summary>
    public bool IsFired => Value.IsFired;

    /// <summary>How many terms are replaced; 0 when the rule did not fire.</summary>
    public int Consumed => Value is Core.Outcome.Fired fired ? fired.Item.Consumed : 0;

    /// <summary>The terms that replace them; empty when the rule did not fire.</summary>
    public IReadOnlyList<Network> Produced => Value is Core.Outcome.Fired fired ? fired.Item.Produced.FromCore() : [];

    /// <summary>Why the rule matched and did not fire; null otherwise.</summary>
    public string? Reason => Value is Core.Outcome.Refused refused ? refused.reason : null;

    /// <summary>Replaces the terms that the rule's patterns matched.</summary>
    /// <param name="produced">By what; none to remove them.</param>
    /// <returns>The answer.</returns>
    public static RuleOutcome Replace(params IEnumerable<Network> produced)
    {
        ArgumentNullException.ThrowIfNull(produced);
        return new(Core.RuleModule.fires(0, produced.ToCore()));
    }

    /// <summary>Replaces the first terms.</summary>
    /// <param name="consumed">How many.</param>
    /// <param name="produced">By what.</param>
    /// <returns>The answer.</returns>
    public static RuleOutcome Fire(int consumed, params IEnumerable<Network> produced)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(consumed);
        ArgumentNullException.ThrowIfNull(produced);
        return new(Core.RuleModule.fires(consumed, produced.ToCore()));
    }

    /// <summary>The same answer, under the assumption that gains are positive: what the law needs and no numbers decide.</summary>
    /// <param name="positive">The gains.</param>
    /// <returns>The answer; only one that fires has assumptions.</returns>
    public RuleOutcome Assuming(params IEnumerable<Gain> positive)
    {
        ArgumentNullException.ThrowIfNull(positive);
        var assumptions = ListModule.OfSeq(positive.Select(gain => Core.Assumption.NewPositive(gain.Value)));
        return Value is Core.Outcome.Fired { Item: var rewrite }
            ? new(Core.Outcome.NewFired(new(rewrite.Consumed, rewrite.Produced, ListModule.Append(rewrite.Assumptions, assumptions))))
            : this;
    }

    /// <summary>The pattern is there and the side condition is not met.</summary>
    /// <param name="reason">Why.</param>
    /// <returns>The answer.</returns>
    public static RuleOutcome Refuse(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        return new(Core.Outcome.NewRefused(reason));
    }

    /// <summary>With the number of terms that the patterns matched, where the answer leaves it to them.</summary>
    internal RuleOutcome Over(int matched) => Value is Core.Outcome.Fired { Item: { Consumed: 0 } rewrite }
        ? new(Core.Outcome.NewFired(new(matched, rewrite.Produced, rewrite.Assumptions)))
        : this;

    internal Core.Outcome Resolved(string rule) => Value is Core.Outcome.Fired { Item.Consumed: 0 }
        ? throw new InvalidOperationException(
            $"{rule} is defined without patterns: it says how many terms it replaces by RuleOutcome.Fire")
        : Value;
}
