using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>How rules are applied over a network.</summary>
public sealed class Strategy
{
    private readonly Core.Strategy value;

    private Strategy(Core.Strategy value) => this.value = value;

    /// <summary>The canonicalising sweep with the note's gains.</summary>
    public static Strategy Canonicalizing { get; } = new(Core.Canonical.sweep(Core.GainDefinition.RowNorm));

    /// <summary>One rule, at the place where the strategy stands.</summary>
    public static Strategy Of(Rule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new(Core.StrategyModule.rule(rule.Value));
    }

    /// <summary>The innermost, leftmost redex first, until none is left. Quadratic in the length of a chain.</summary>
    public static Strategy Innermost(params IEnumerable<Rule> rules) => new(Core.StrategyModule.innermost(List(rules)));

    /// <summary>The outermost, leftmost redex first, until none is left. Quadratic in the length of a chain.</summary>
    public static Strategy Outermost(params IEnumerable<Rule> rules) => new(Core.StrategyModule.outermost(List(rules)));

    /// <summary>A redex drawn by chance until none is left; the same seed gives the same derivation.</summary>
    public static Strategy Random(int seed, params IEnumerable<Rule> rules) =>
        new(Core.StrategyModule.random(seed, List(rules)));

    /// <summary>One pass from input to output, linear in the number of terms.</summary>
    public static Strategy Sweep(params IEnumerable<Rule> rules) =>
        new(Core.StrategyModule.sweep(Core.Rules.Wires.copy, List(rules)));

    /// <summary>Reads a strategy.</summary>
    /// <remarks>
    /// A rule's name is that rule, here. <c>attempt(s)</c>, <c>repeat(s)</c>, <c>one-top-down(s)</c>, <c>one-bottom-up(s)</c>,
    /// <c>all-top-down(s)</c>, <c>all-bottom-up(s)</c>, <c>s then t</c> and <c>s or-else t</c> are the combinators of this class;
    /// <c>first(a, b)</c>, <c>innermost(a, b)</c>, <c>outermost(a, b)</c>, <c>sweep(a, b)</c> and <c>random(7, a, b)</c>, with the
    /// seed 7, are over the rules named, or without names over those chosen. <c>canonical</c> is the canonicalising sweep.
    /// </remarks>
    /// <param name="text">Such as <c>repeat(one-top-down(scale-fusion or-else unit-scale)) then sweep</c>.</param>
    /// <param name="known">The rules that may be named.</param>
    /// <param name="chosen">
    /// The rules that <c>innermost</c> and its kin are over where they name none; when empty, the rules of the canonical form, sums
    /// being factored when nothing else moves.
    /// </param>
    /// <param name="strategy">The strategy; null on failure.</param>
    /// <param name="error">Line, column, and what was expected there; null on success.</param>
    /// <returns>Whether the text is a strategy.</returns>
    public static bool TryParse(
        string text,
        IEnumerable<Rule> known,
        IEnumerable<Rule> chosen,
        [NotNullWhen(true)] out Strategy? strategy,
        [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Core.StrategyText.parse(List(known, nameof(known)), List(chosen, nameof(chosen)), text)
            .TryGet(value => new Strategy(value), out strategy, out error);
    }

    /// <summary>Reads a strategy over the rules of the catalog; see <see cref="TryParse"/>.</summary>
    /// <param name="text">Such as <c>repeat(one-top-down(scale-fusion or-else unit-scale)) then sweep</c>.</param>
    /// <returns>The strategy.</returns>
    /// <exception cref="FormatException">The text is no strategy: line, column, and what was expected.</exception>
    public static Strategy Parse(string text) =>
        TryParse(text, Rule.Catalog, [], out var strategy, out var error) ? strategy : throw new FormatException(error);

    /// <summary>This, or nothing done where it does not apply.</summary>
    public Strategy Attempt() => new(Core.StrategyModule.attempt(value));

    /// <summary>This, then the next at the same place.</summary>
    public Strategy Then(Strategy next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new(Core.StrategyModule.andThen(value, next.value));
    }

    /// <summary>This; where it does not apply, the other.</summary>
    public Strategy OrElse(Strategy other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(Core.StrategyModule.orElse(value, other.value));
    }

    /// <summary>This, as often as it applies and a rule fires.</summary>
    public Strategy Repeat() => new(Core.StrategyModule.repeat(value));

    /// <summary>At the first place where it applies, a term before what is inside it.</summary>
    public Strategy OneTopDown() => new(Core.StrategyModule.oneTopDown(value));

    /// <summary>At the first place where it applies, what is inside a term before the term.</summary>
    public Strategy OneBottomUp() => new(Core.StrategyModule.oneBottomUp(value));

    /// <summary>Once at every place, a term before what is inside it.</summary>
    public Strategy AllTopDown() => new(Core.StrategyModule.allTopDown(value));

    /// <summary>Once at every place, what is inside a term before the term.</summary>
    public Strategy AllBottomUp() => new(Core.StrategyModule.allBottomUp(value));

    /// <summary>Rewrites a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stepLimit">Ends the rewriting after so many steps; the derivation then is not complete.</param>
    /// <returns>What was done, step by step.</returns>
    /// <exception cref="NetworkException">Branches are nested too deeply.</exception>
    public Derivation Apply(Network network, int stepLimit = 1_000_000)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepLimit);
        return new(Core.DerivationModule.run(stepLimit, value, network.Value).OrThrow());
    }

    private static FSharpList<Core.Rule> List(IEnumerable<Rule> rules, string parameter = "rules")
    {
        ArgumentNullException.ThrowIfNull(rules, parameter);
        return rules.ToCore(parameter);
    }
}
