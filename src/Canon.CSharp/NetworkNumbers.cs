using System.Runtime.InteropServices;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// The numbers behind the expressions of one network: weights, biases and gains. What was computed is kept, so that a gain used by
/// several layers is computed once. Not for several threads at once.
/// </summary>
public sealed class NetworkNumbers
{
    private readonly Core.Numbers numbers;

    /// <summary>Nothing computed yet.</summary>
    public NetworkNumbers()
        : this(new())
    {
    }

    internal NetworkNumbers(Core.Numbers numbers) => this.numbers = numbers;

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

    /// <summary>
    /// Writes the weight diag(left)·P·diag(right) into memory, in the order and the element type in which its parameter is stored. A layer
    /// of a canonical form whose gain nobody asked for before is read once for both. The memory may be that of the parameter itself:
    /// then write all layers in the order of the flow, biases before weights, with these same numbers, which keep what later layers need
    /// and refuse to read what was written over, unless it is a <see cref="Storage"/> without a view; networks made of the old numbers are
    /// void.
    /// </summary>
    /// <typeparam name="T">float, double, Half, or ushort for bfloat16, as the parameter is stored; or byte.</typeparam>
    /// <param name="layer">The layer.</param>
    /// <param name="memory">As many numbers as the parameter has.</param>
    /// <exception cref="ArgumentException">The parameter is stored in another type.</exception>
    /// <exception cref="NetworkException">
    /// The memory has another size, a weight is not finite, or a number is too large for its type; the memory is then half written.
    /// </exception>
    /// <example><code>
    /// float[] w1 = …, w2 = …;
    /// var network = Network.Linear(Parameter.Matrix("W1", 64, 32, w1)).Then(Network.Relu, Network.Linear(Parameter.Matrix("W2", 10, 64, w2)));
    /// var layers = network.Canonicalize().Reconstitute(Representative.Canonical).Parts;
    /// var numbers = new NetworkNumbers();
    /// numbers.Write(layers[0].Content&lt;LinearLayer&gt;(), w1.AsSpan());
    /// numbers.Write(layers[2].Content&lt;LinearLayer&gt;(), w2.AsSpan());
    /// </code></example>
    public void Write<T>(LinearLayer layer, Span<T> memory)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(layer);
        RefuseOther<T>(layer.Weight);
        numbers.Write(layer.Value, MemoryMarshal.AsBytes(memory)).OrThrow();
    }

    /// <summary>Writes the bias left ⊙ b into memory, in the element type in which b is stored.</summary>
    /// <typeparam name="T">As for <see cref="Write"/>.</typeparam>
    /// <param name="layer">The layer.</param>
    /// <param name="memory">As many numbers as the bias has; none where there is no bias.</param>
    /// <exception cref="ArgumentException">The parameter is stored in another type.</exception>
    /// <exception cref="NetworkException">As for <see cref="Write"/>.</exception>
    public void WriteBias<T>(LinearLayer layer, Span<T> memory)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (layer.Bias is { } bias)
            RefuseOther<T>(bias);
        numbers.WriteBias(layer.Value, MemoryMarshal.AsBytes(memory)).OrThrow();
    }

    private static void RefuseOther<T>(Parameter parameter)
    {
        Type stored = ElementTypes.FromCore(Core.ParameterNumbers.ElementType(parameter.Value)) switch
        {
            ElementType.Float16 => typeof(Half),
            ElementType.BFloat16 => typeof(ushort),
            ElementType.Float32 => typeof(float),
            _ => typeof(double),
        };
        if (typeof(T) != stored && typeof(T) != typeof(byte))
            throw new ArgumentException($"{parameter.Name} is stored as numbers of {stored.Name}, and cannot be written as {typeof(T).Name}.");
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
