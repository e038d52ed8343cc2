using System.Diagnostics.CodeAnalysis;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>What one term must be for a rule to match it, and what the rule takes from it.</summary>
/// <typeparam name="T">What is taken.</typeparam>
public sealed class Pattern<T>
    where T : notnull
{
    private readonly Func<Network, (bool IsMatch, T? Value)> match;

    internal Pattern(Func<Network, (bool IsMatch, T? Value)> match) => this.match = match;

    /// <summary>The same pattern, for terms that satisfy a condition.</summary>
    /// <param name="condition">The condition on what is taken.</param>
    /// <returns>The narrower pattern.</returns>
    public Pattern<T> Where(Func<T, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return new(term => match(term) is (true, { } value) && condition(value) ? (true, value) : default);
    }

    /// <summary>Whether a term matches.</summary>
    /// <param name="term">The term.</param>
    /// <param name="value">What is taken from it.</param>
    /// <returns>True when it matches.</returns>
    public bool TryMatch(Network term, [NotNullWhen(true)] out T? value)
    {
        ArgumentNullException.ThrowIfNull(term);
        (bool isMatch, value) = match(term);
        return isMatch && value is not null;
    }
}

/// <summary>Patterns for the kinds of terms.</summary>
public static class Pattern
{
    /// <summary>Any term, as it stands.</summary>
    public static Pattern<Network> Term { get; } = new(term => (true, term));

    /// <summary>A scale: its gain.</summary>
    public static Pattern<Gain> Scale { get; } =
        Of(term => term is Core.Network.Scale scale ? new Gain(scale.gain) : null);

    /// <summary>A linear layer whose rows need not be unit: its coefficients.</summary>
    public static Pattern<LinearLayer> Linear { get; } =
        Of(term => term is Core.Network.Linear linear ? new LinearLayer(linear.coefficients, linear.kernel) : null);

    /// <summary>A linear layer of unit rows: its coefficients.</summary>
    public static Pattern<LinearLayer> UnitRowLinear { get; } =
        Of(term => term is Core.Network.UnitRowLinear unit ? new LinearLayer(unit.rows, unit.kernel) : null);

    /// <summary>An activation: the function.</summary>
    public static Pattern<Activation> Activation { get; } =
        Of(term => term is Core.Network.Activation phi ? new Activation(phi.activation) : null);

    /// <summary>A clip: its bounds.</summary>
    public static Pattern<ClipLayer> Clip { get; } =
        Of(term => term is Core.Network.Clip clip ? new ClipLayer(clip.lower, clip.upper, new(clip.thresholds)) : null);

    /// <summary>A sum: its branches.</summary>
    public static Pattern<IReadOnlyList<Network>> Sum { get; } =
        Of(term => term is Core.Network.Sum sum ? sum.branches.FromCore() : null);

    /// <summary>A concatenation: its branches.</summary>
    public static Pattern<IReadOnlyList<Network>> Concat { get; } =
        Of(term => term is Core.Network.Concat concat ? concat.branches.FromCore() : null);

    /// <summary>A product: its branches.</summary>
    public static Pattern<IReadOnlyList<Network>> Product { get; } =
        Of(term => term is Core.Network.Product product ? product.branches.FromCore() : null);

    private static Pattern<T> Of<T>(Func<Core.Network, T?> take)
        where T : class => new(term => take(term.Value) is { } value ? (true, value) : default);
}
