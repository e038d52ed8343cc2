using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Canon.Kernels;

/// <summary>Sums over many numbers, in an order that their place in memory does not change: the same numbers give the same bits.</summary>
internal static class Reductions
{
    /// <summary>Σ xᵢyᵢ over numbers as many as each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(ReadOnlySpan<double> xs, ReadOnlySpan<double> ys)
    {
        ReadOnlySpan<Vector<double>> vs = MemoryMarshal.Cast<double, Vector<double>>(xs), ws = MemoryMarshal.Cast<double, Vector<double>>(ys);
        Vector<double> a = default, b = default, c = default, d = default;
        int i = 0;
        for (; i + 4 <= vs.Length; i += 4)
        {
            a = Vector.FusedMultiplyAdd(vs[i], ws[i], a);
            b = Vector.FusedMultiplyAdd(vs[i + 1], ws[i + 1], b);
            c = Vector.FusedMultiplyAdd(vs[i + 2], ws[i + 2], c);
            d = Vector.FusedMultiplyAdd(vs[i + 3], ws[i + 3], d);
        }

        for (; i < vs.Length; i++)
            a = Vector.FusedMultiplyAdd(vs[i], ws[i], a);
        Vector<double> lanes = a + b + (c + d);
        double total = 0;
        for (int k = 0; k < Vector<double>.Count; k++)
            total += lanes[k];
        for (int k = vs.Length * Vector<double>.Count; k < xs.Length; k++)
            total += xs[k] * ys[k];
        return total;
    }

    /// <summary>Σx, Σx², Σx·|x|, Σx⁴, Σx³ and Σx⁶, in this order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Powers(ReadOnlySpan<double> xs, Span<double> sums)
    {
        ReadOnlySpan<Vector<double>> vectors = MemoryMarshal.Cast<double, Vector<double>>(xs);
        Vector<double> a = default, b = default, c = default, d = default, e = default, f = default;
        foreach (Vector<double> x in vectors)
        {
            Vector<double> square = x * x, cube = square * x;
            a += x;
            b += square;
            c += x * Vector.Abs(x);
            d += square * square;
            e += cube;
            f += cube * cube;
        }

        sums[0] = Vector.Sum(a);
        sums[1] = Vector.Sum(b);
        sums[2] = Vector.Sum(c);
        sums[3] = Vector.Sum(d);
        sums[4] = Vector.Sum(e);
        sums[5] = Vector.Sum(f);
        foreach (double x in xs[(vectors.Length * Vector<double>.Count)..])
        {
            double square = x * x;
            sums[0] += x;
            sums[1] += square;
            sums[2] += x * Math.Abs(x);
            sums[3] += square * square;
            sums[4] += square * x;
            sums[5] += square * x * (square * x);
        }
    }
}
