using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// A vector of non-negative factors, one a channel, as an expression: a symbol, given numbers, the row norms of a weight, and
/// products and powers of these. Its numbers are computed only when asked for.
/// </summary>
public sealed class Gain : IEquatable<Gain>
{
    internal Gain(Core.Gain value) => Value = value;

    internal Core.Gain Value { get; }

    /// <summary>The gain that changes nothing.</summary>
    public static Gain One { get; } = new(Core.GainModule.one);

    /// <summary>Whether it is the gain that changes nothing.</summary>
    public bool IsOne => Value.IsOne;

    /// <summary>The number of channels, where the gain itself tells it.</summary>
    public int? Length => Core.GainModule.length(Value).ToNullable();

    /// <summary>The weights whose row norms it is made of; not those that these norms contain in their turn.</summary>
    public IReadOnlyList<string> Layers => [.. Core.GainModule.layers(Value)];

    /// <summary>A free symbol, such as the g of <c>scale(g)</c>; non-negative by its type.</summary>
    /// <param name="name">The name.</param>
    /// <param name="length">The number of channels, where known.</param>
    /// <returns>The gain.</returns>
    public static Gain Symbol(string name, int? length = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(Core.GainModule.symbol(name, length.ToOption()));
    }

    /// <summary>Given numbers.</summary>
    /// <param name="values">At least one, each finite and non-negative.</param>
    /// <returns>The gain.</returns>
    /// <exception cref="ArgumentException">A number is negative or not finite, or there is none.</exception>
    public static Gain Of(params IEnumerable<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(Core.GainModule.ofValues(values));
    }

    /// <summary>The product, channel by channel; factors merge and cancel.</summary>
    /// <param name="other">The other gain.</param>
    /// <returns>The product.</returns>
    public Gain Multiply(Gain other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(Core.GainModule.multiply(Value, other.Value));
    }

    /// <summary>The quotient, channel by channel, with 0/0 = 0.</summary>
    /// <param name="other">The divisor.</param>
    /// <returns>The quotient.</returns>
    public Gain Divide(Gain other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(Core.GainModule.divide(Value, other.Value));
    }

    /// <summary>A power, channel by channel, with 0 for 0 to any power but 0.</summary>
    /// <param name="exponent">The exponent; −1 for the reciprocal.</param>
    /// <returns>The power.</returns>
    public Gain Power(int exponent) => new(Core.GainModule.power(exponent, Value));

    /// <summary>The product, channel by channel.</summary>
    public static Gain operator *(Gain left, Gain right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return left.Multiply(right);
    }

    /// <summary>The quotient, channel by channel, with 0/0 = 0.</summary>
    public static Gain operator /(Gain left, Gain right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return left.Divide(right);
    }

    /// <inheritdoc/>
    public bool Equals(Gain? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Gain);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two gains are the same expression in normal form.</summary>
    public static bool operator ==(Gain? left, Gain? right) => Equals(left, right);

    /// <summary>Whether two gains are different expressions.</summary>
    public static bool operator !=(Gain? left, Gain? right) => !Equals(left, right);

    /// <summary>The expression in arrow notation, such as <c>g2/g0</c>.</summary>
    public override string ToString() => new Core.Notation(false).WriteGain(Value);
}
