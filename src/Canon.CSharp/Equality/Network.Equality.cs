using System.Diagnostics.CodeAnalysis;
using Core = Canon.Algebra.Equality;

namespace Canon;

public sealed partial class Network
{
    /// <summary>
    /// Whether this network and another are one function, however each is written: rescaled, permuted, folded, with dead or duplicate
    /// units. Never equal for networks whose canonical forms are further apart than the tolerance, never different without an input
    /// that shows it. Weights are read.
    /// </summary>
    /// <param name="other">The second network.</param>
    /// <param name="options">How they are compared; null for the defaults.</param>
    /// <returns>The answer, with what shows it.</returns>
    /// <exception cref="NetworkException">A parameter has no values or one that is not finite, or sizes do not fit.</exception>
    public Comparison CompareTo(Network other, EqualityOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(Core.Equality.compare((options ?? EqualityOptions.Default).ToCore(), Value, other.Value).OrThrow());
    }

    /// <summary>A short name of the function: the same however the network is written. Weights are read.</summary>
    /// <param name="options">What is known of the inputs; null for nothing.</param>
    /// <returns>The fingerprint.</returns>
    /// <exception cref="NetworkException">A parameter has no values or one that is not finite, or sizes do not fit.</exception>
    public Fingerprint Fingerprint(CanonicalizeOptions? options = null) => new(Form(options));

    /// <summary>How alike the layers of this network and another are, however each is written: whether one may come from the other.</summary>
    /// <param name="other">The second network.</param>
    /// <param name="layers">The layers from the input on; null on failure.</param>
    /// <param name="difference">Where the architectures differ; null on success.</param>
    /// <param name="options">What is known of the inputs; the rest of it does not count. Null for nothing.</param>
    /// <returns>False where the architectures differ, once both are reduced.</returns>
    /// <exception cref="NetworkException">A parameter has no values or one that is not finite, or sizes do not fit.</exception>
    public bool TrySimilarity(
        Network other,
        [NotNullWhen(true)] out IReadOnlyList<LayerSimilarity>? layers,
        [NotNullWhen(false)] out string? difference,
        EqualityOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Canon.Fingerprint.TrySimilarity(Form(options?.First), other.Form(options?.Second), out layers, out difference);
    }

    private ReducedForm Form(CanonicalizeOptions? options)
    {
        var numbers = new Algebra.Numbers();
        return new(numbers, Core.FingerprintModule.form(numbers, (options ?? CanonicalizeOptions.Default).ToCore(), Value).OrThrow());
    }

    /// <summary>The gauge of this network that a JSON object says, as <see cref="Gauge.ToJson"/> writes it.</summary>
    /// <param name="text">The JSON object.</param>
    /// <returns>The gauge.</returns>
    /// <exception cref="FormatException">The text is no gauge of this network; the message says why.</exception>
    /// <exception cref="NetworkException">The size of a layer is not known, or sizes do not fit.</exception>
    public Gauge ReadGauge(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rescaling = Algebra.RescalingModule.ofOptions(new(false, true), Value).OrThrow();
        var gauge = Algebra.GaugeDocument.read(rescaling, text);
        return gauge.IsOk ? new(gauge.ResultValue) : throw new FormatException(gauge.ErrorValue);
    }
}
