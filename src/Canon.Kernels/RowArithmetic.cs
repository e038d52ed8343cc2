using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Canon.Kernels;

/// <summary>
/// What is done with each number of a row in a pass over a model. The same loops of the framework are compiled in haste at first, and in
/// full when half of the model has been read: they take three times as long until then.
/// </summary>
internal static class RowArithmetic
{
    /// <summary>How many directions <see cref="Along"/> takes.</summary>
    public const int Directions = 4;

    /// <summary>yᵢ ← yᵢ + xᵢ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(ReadOnlySpan<double> xs, Span<double> ys)
    {
        ReadOnlySpan<Vector<double>> from = MemoryMarshal.Cast<double, Vector<double>>(xs);
        Span<Vector<double>> to = MemoryMarshal.Cast<double, Vector<double>>(ys);
        for (int i = 0; i < to.Length; i++)
            to[i] += from[i];
        for (int i = to.Length * Vector<double>.Count; i < ys.Length; i++)
            ys[i] += xs[i];
    }

    /// <summary>yᵢ ← yᵢ + factor·xᵢ, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTimes(ReadOnlySpan<double> xs, double factor, Span<double> ys)
    {
        ReadOnlySpan<Vector<double>> from = MemoryMarshal.Cast<double, Vector<double>>(xs);
        Span<Vector<double>> to = MemoryMarshal.Cast<double, Vector<double>>(ys);
        var factors = new Vector<double>(factor);
        for (int i = 0; i < to.Length; i++)
            to[i] = Vector.FusedMultiplyAdd(from[i], factors, to[i]);
        for (int i = to.Length * Vector<double>.Count; i < ys.Length; i++)
            ys[i] = Math.FusedMultiplyAdd(xs[i], factor, ys[i]);
    }

    /// <summary>yᵢ ← yᵢ·xᵢ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ReadOnlySpan<double> xs, Span<double> ys)
    {
        ReadOnlySpan<Vector<double>> from = MemoryMarshal.Cast<double, Vector<double>>(xs);
        Span<Vector<double>> to = MemoryMarshal.Cast<double, Vector<double>>(ys);
        for (int i = 0; i < to.Length; i++)
            to[i] *= from[i];
        for (int i = to.Length * Vector<double>.Count; i < ys.Length; i++)
            ys[i] *= xs[i];
    }

    /// <summary>max |xᵢ| of numbers that are no NaN; 0 of none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double LargestMagnitude(ReadOnlySpan<double> xs)
    {
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(xs);
        Vector<double> lanes = default;
        foreach (Vector<double> x in vectors)
            lanes = Vector.Max(lanes, Vector.Abs(x));
        double largest = 0;
        for (int k = 0; k < Vector<double>.Count; k++)
            largest = Math.Max(largest, lanes[k]);
        foreach (double x in xs[(vectors.Length * Vector<double>.Count)..])
            largest = Math.Max(largest, Math.Abs(x));
        return largest;
    }

    /// <summary>min |xᵢ| of numbers that are no NaN; ∞ of none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SmallestMagnitude(ReadOnlySpan<double> xs)
    {
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(xs);
        var lanes = new Vector<double>(double.PositiveInfinity);
        foreach (Vector<double> x in vectors)
            lanes = Vector.Min(lanes, Vector.Abs(x));
        double smallest = double.PositiveInfinity;
        for (int k = 0; k < Vector<double>.Count; k++)
            smallest = Math.Min(smallest, lanes[k]);
        foreach (double x in xs[(vectors.Length * Vector<double>.Count)..])
            smallest = Math.Min(smallest, Math.Abs(x));
        return smallest;
    }

    /// <summary>Σ|qᵢ|, and Σ qᵢdᵢ for four directions d, of q = x / divisor: a sum each, in this order.</summary>
    /// <param name="xs">The row.</param>
    /// <param name="divisor">What its numbers are divided by; not 0.</param>
    /// <param name="directions">The directions one behind the other, each with a number for each of the row's and perhaps more.</param>
    /// <param name="sums">Where the sums go.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Along(ReadOnlySpan<double> xs, double divisor, ReadOnlySpan<double> directions, Span<double> sums)
    {
        int length = directions.Length / Directions;
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(xs);
        ReadOnlySpan<double> first = directions[..length], second = directions.Slice(length, length),
            third = directions.Slice(2 * length, length), fourth = directions.Slice(3 * length, length);
        ReadOnlySpan<Vector<double>> firsts = MemoryMarshal.Cast<double, Vector<double>>(first),
            seconds = MemoryMarshal.Cast<double, Vector<double>>(second),
            thirds = MemoryMarshal.Cast<double, Vector<double>>(third),
            fourths = MemoryMarshal.Cast<double, Vector<double>>(fourth);
        var divisors = new Vector<double>(divisor);
        Vector<double> magnitudes = default, a = default, b = default, c = default, d = default;
        for (int i = 0; i < vectors.Length; i++)
        {
            Vector<double> q = vectors[i] / divisors;
            magnitudes += Vector.Abs(q);
            a = Vector.FusedMultiplyAdd(q, firsts[i], a);
            b = Vector.FusedMultiplyAdd(q, seconds[i], b);
            c = Vector.FusedMultiplyAdd(q, thirds[i], c);
            d = Vector.FusedMultiplyAdd(q, fourths[i], d);
        }

        sums[0] = Vector.Sum(magnitudes);
        sums[1] = Vector.Sum(a);
        sums[2] = Vector.Sum(b);
        sums[3] = Vector.Sum(c);
        sums[4] = Vector.Sum(d);
        for (int i = vectors.Length * Vector<double>.Count; i < xs.Length; i++)
        {
            double q = xs[i] / divisor;
            sums[0] += Math.Abs(q);
            sums[1] += q * first[i];
            sums[2] += q * second[i];
            sums[3] += q * third[i];
            sums[4] += q * fourth[i];
        }
    }
}
