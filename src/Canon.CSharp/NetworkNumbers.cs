using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// The numbers behind the expressions of one network: weights, biases and gains. What was computed is kept, so that a gain used by
/// several layers is computed once. Not for several threads at once.
/// </summary>
public sealed class NetworkNumbers
{
    private readonly Core.Numbers numbers = new();

    /// <summary>Nothing computed yet.</summary>
    public NetworkNumbers()
    {
    }

    /// <summary>The entries of a gain; ∞ above the range of a double.</summary>
    /// <param name="gain">The gain.</param>
    /// <returns>One number a channel.</returns>
    /// <exception cref="NetworkException">A parameter has no values, or one that is not finite; or the length is not known.</exception>
    public IReadOnlyList<double> Gain(Gain gain)
    {
        ArgumentNullException.ThrowIfNull(gain);
        return [.. numbers.Gain(gain.Value).OrThrow().Select(Core.MagnitudeModule.toFloat)];
    }

    /// <summary>The logarithms to base 2 of the entries of a gain, which never overflow; −∞ for 0.</summary>
    /// <param name="gain">The gain.</param>
    /// <returns>One number a channel.</returns>
    /// <exception cref="NetworkException">A parameter has no values, or one that is not finite; or the length is not known.</exception>
    public IReadOnlyList<double> GainLog2(Gain gain)
    {
        ArgumentNullException.ThrowIfNull(gain);
        return [.. numbers.Gain(gain.Value).OrThrow().Select(Core.MagnitudeModule.log2)];
    }

    /// <summary>
    /// The weight diag(left)·P·diag(right) as float64, row after row: of each row the columns that it reads (all, those of its group,
    /// or of a diagonal its own), of each column the taps.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <returns>The numbers.</returns>
    /// <exception cref="NetworkException">A parameter has no values, or one that is not finite.</exception>
    public IReadOnlyList<double> Weight(LinearLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return numbers.Dense(layer.Value).OrThrow();
    }

    /// <summary>The entries of a vector as float64.</summary>
    /// <param name="vector">The vector.</param>
    /// <returns>One number an entry.</returns>
    /// <exception cref="NetworkException">It has no values, or one that is not finite.</exception>
    public IReadOnlyList<double> Vector(Parameter vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        return numbers.Entries(vector.Value).OrThrow();
    }

    /// <summary>The bias left ⊙ b as float64; empty when there is none.</summary>
    /// <param name="layer">The layer.</param>
    /// <returns>One number a row.</returns>
    /// <exception cref="NetworkException">A parameter has no values, or one that is not finite.</exception>
    public IReadOnlyList<double> Bias(LinearLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Microsoft.FSharp.Core.OptionModule.DefaultValue([], numbers.DenseBias(layer.Value).OrThrow());
    }

    /// <summary>
    /// The weight of a layer in the order and the element type in which its parameter is stored, computed block by block while
    /// it is written somewhere else: nothing of the size of a weight is held in memory.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <returns>The bytes, to be read from the first to the last.</returns>
    /// <exception cref="NetworkException">A parameter has no values, or one that is not finite.</exception>
    public StoredWeight StoredWeight(LinearLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return new(numbers.Stored(layer.Value).OrThrow());
    }
}

/// <summary>A rewritten weight as the bytes of a file.</summary>
public sealed class StoredWeight
{
    private readonly Core.StoredWeight value;

    internal StoredWeight(Core.StoredWeight value) => this.value = value;

    /// <summary>How one number is stored: as in the parameter.</summary>
    public ElementType ElementType => ElementTypes.FromCore(value.ElementType);

    /// <summary>The size in bytes.</summary>
    public long ByteLength => value.ByteLength;

    /// <summary>Writes the bytes from an offset on. Reading in order computes every row once.</summary>
    /// <param name="byteOffset">Where the block starts.</param>
    /// <param name="block">Is filled completely.</param>
    /// <exception cref="NetworkException">A number is too large for the element type.</exception>
    public void Read(long byteOffset, Span<byte> block)
    {
        value.Read(byteOffset, block).OrThrow();
    }
}
