using System.Diagnostics.CodeAnalysis;
using Core = Canon.Algebra.Equality;

namespace Canon;

/// <summary>
/// A short name of a function: the same for networks that differ by rescaling, by the order of hidden units, by folding and by dead or duplicate
/// units, another for networks that were trained apart or visibly trained on. No proof: <see cref="Network.CompareTo"/> decides.
/// </summary>
public sealed class Fingerprint : IEquatable<Fingerprint>
{
    private readonly Algebra.Network _form;

    internal Fingerprint(ReducedForm form)
    {
        _form = form.Network;
        Core.Fingerprint value = Core.FingerprintModule.ofForm(form.Numbers, form.Network).OrThrow();
        Text = value.Text;
        Aggregates = [.. value.Aggregates];
        Margin = value.Margin;
    }

    /// <summary>The step to which aggregates are rounded.</summary>
    public static double Step => Core.FingerprintModule.step;

    /// <summary>Sixteen hexadecimal digits.</summary>
    public string Text { get; }

    /// <summary>Sums over the canonical form that neither rescaling nor the order of units changes; rounded to steps they make the text.</summary>
    public IReadOnlyList<double> Aggregates { get; }

    /// <summary>How far the aggregate that is nearest to being rounded otherwise is from that, in steps, from 0 to 0.5.</summary>
    public double Margin { get; }

    /// <summary>
    /// How alike the layers of the networks are that two fingerprints are of, as by <see cref="Network.TrySimilarity"/>, neither being reduced
    /// once more. Weights are read again where they lie: of a file as long as it is open.
    /// </summary>
    /// <param name="other">The fingerprint of the other network.</param>
    /// <param name="layers">The layers, from the input on; null where the architectures differ.</param>
    /// <param name="difference">Where they differ, in words; null where they do not.</param>
    /// <returns>Whether the architectures agree.</returns>
    /// <exception cref="NetworkException">A weight has a number that is not finite.</exception>
    public bool TrySimilarity(
        Fingerprint other,
        [NotNullWhen(true)] out IReadOnlyList<LayerSimilarity>? layers,
        [NotNullWhen(false)] out string? difference)
    {
        ArgumentNullException.ThrowIfNull(other);
        return TrySimilarity(new(new(), _form), new(new(), other._form), out layers, out difference);
    }

    internal static bool TrySimilarity(
        ReducedForm first,
        ReducedForm second,
        [NotNullWhen(true)] out IReadOnlyList<LayerSimilarity>? layers,
        [NotNullWhen(false)] out string? difference)
    {
        var result = Core.FingerprintModule.similarityOfForms(first.Numbers, first.Network, second.Numbers, second.Network).OrThrow();
        layers = result.IsOk
            ? [.. result.ResultValue.Select(layer => new LayerSimilarity(layer.First, layer.Second, layer.Rows, layer.Cosine))]
            : null;
        difference = result.IsOk ? null : result.ErrorValue;
        return layers is not null;
    }

    /// <summary>Whether two fingerprints have the same text.</summary>
    /// <param name="other">The other fingerprint.</param>
    /// <returns>True when they do.</returns>
    public bool Equals(Fingerprint? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Fingerprint);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Whether two fingerprints are the same.</summary>
    public static bool operator ==(Fingerprint? left, Fingerprint? right) => Equals(left, right);

    /// <summary>Whether two fingerprints differ.</summary>
    public static bool operator !=(Fingerprint? left, Fingerprint? right) => !Equals(left, right);

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}

/// <summary>The canonical form of a reduced network, and what is known of its numbers.</summary>
internal readonly record struct ReducedForm(Algebra.Numbers Numbers, Algebra.Network Network);

/// <summary>How alike two layers are, their units paired as they are nearest to each other.</summary>
/// <param name="First">The layer of the first network.</param>
/// <param name="Second">The layer of the second.</param>
/// <param name="Rows">How many rows it has.</param>
/// <param name="Cosine">
/// The mean over the rows of the cosine of the angle between a unit row and the one that it is paired with: 1 for one layer, near 0 for layers that
/// have nothing to do with each other.
/// </param>
public sealed record LayerSimilarity(string First, string Second, int Rows, double Cosine);
