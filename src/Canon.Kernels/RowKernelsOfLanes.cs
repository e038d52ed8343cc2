using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Canon.Kernels;

/// <summary>
/// The kernels of rows stored in one type with vectors of one width. Several sums grow side by side, so that none waits for itself.
/// </summary>
internal sealed unsafe partial class RowKernels<T, TLanes, TVector> : RowKernels
    where T : unmanaged
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // The machine fetches no further ahead than a page of memory, and begins anew with each of four rows: so every line is asked for some
    // time before it is read. While rows are scaled, which are in the caches, the next ones are asked for: memory has nothing else to do.
    private const int AheadBytes = 2048;

    private static ReadOnlySpan<double> ZerosAndOnes => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

    /// <inheritdoc/>
    public override int Size => sizeof(T);

    /// <inheritdoc/>
    public override void SquaresOfFour(nint row, nint stride, int n, double* factors, double* sums) =>
        AlongFour<Square<TLanes, TVector>>(row, stride, n, factors, sums);

    /// <inheritdoc/>
    public override void LargestOfFour(nint row, nint stride, int n, double* factors, double* largest) =>
        AlongFour<AbsoluteValue<TLanes, TVector>>(row, stride, n, factors, largest);

    /// <inheritdoc/>
    public override void DotsOfFour(nint row, nint stride, int n, double* z, double* dots) =>
        AlongFour<Product<TLanes, TVector>>(row, stride, n, z, dots);

    /// <inheritdoc/>
    public override void AddSquaresOfFour(nint row, nint stride, int n, double* factors, double* sums) =>
        AcrossFour<Square<TLanes, TVector>>(row, stride, n, factors, sums);

    /// <inheritdoc/>
    public override void LargestAcrossFour(nint row, nint stride, int n, double* factors, double* largest) =>
        AcrossFour<AbsoluteValue<TLanes, TVector>>(row, stride, n, factors, largest);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void PlaceLargestAcrossFour(
        nint row, nint stride, int n, double* factors, double* largest, double* places, double first, double step)
    {
        // Of one row the others are the same, times nothing.
        double f0 = factors[0], f1 = stride == 0 ? 0 : factors[1], f2 = stride == 0 ? 0 : factors[2], f3 = stride == 0 ? 0 : factors[3];
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        TVector a = TLanes.Splat(f0), b = TLanes.Splat(f1), c = TLanes.Splat(f2), d = TLanes.Splat(f3);
        TVector p = TLanes.Splat(first), q = TLanes.Splat(first + step), r = TLanes.Splat(first + 2 * step), s = TLanes.Splat(first + 3 * step);
        int i = 0;
        for (; i + TLanes.Count <= n; i += TLanes.Count)
        {
            TVector v = Absolute(row, i, a), w = Absolute(row1, i, b), x = Absolute(row2, i, c), y = Absolute(row3, i, d);
            TVector old = TLanes.Load(largest + i);
            TVector most = TLanes.Max(TLanes.Max(v, w), TLanes.Max(x, y));
            if (TLanes.IsAnyGreater(most, old))
            {
                TVector place = TLanes.WhereGreater(w, v, q, p), other = TLanes.WhereGreater(y, x, s, r);
                place = TLanes.WhereGreater(TLanes.Max(x, y), TLanes.Max(v, w), other, place);
                TLanes.Store(TLanes.Max(most, old), largest + i);
                TLanes.Store(TLanes.WhereGreater(most, old, place, TLanes.Load(places + i)), places + i);
            }
        }

        for (; i < n; i++)
        {
            for (int k = 0; k < (stride == 0 ? 1 : 4); k++)
            {
                double size = Math.Abs(Get<T>(row + k * stride, i) * factors[k]);
                if (size > largest[i])
                {
                    largest[i] = size;
                    places[i] = first + k * step;
                }
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int FirstAbove(nint row, int n, double* factors, double bound)
    {
        TVector bounds = TLanes.Splat(bound);
        int i = 0;
        while (i + TLanes.Count <= n && !TLanes.IsAnyGreater(Absolute(row, i, TLanes.Load(factors + i)), bounds))
            i += TLanes.Count;
        while (i < n && !(Math.Abs(Get<T>(row, i) * factors[i]) > bound))
            i++;
        return i;
    }

    /// <inheritdoc/>
    public override void AddFour(nint row, nint stride, int n, double* factors, double* sums) =>
        AcrossFour<Product<TLanes, TVector>>(row, stride, n, factors, sums);

    /// <inheritdoc/>
    public override void Read(nint row, int n, double* target) => Convert<T, double>(row, n, (nint)target);

    /// <inheritdoc/>
    public override void Write(double* row, int n, nint target) => Convert<double, T>((nint)row, n, target);

    /// <summary>What all numbers of a row come to, each with its factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AlongFour<TFold>(nint row, nint stride, int n, double* factors, double* results)
        where TFold : struct, IFold<TVector>
    {
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        if (n < TLanes.Count)
        {
            AlongFew<TFold>(row, n, factors, results);
            AlongFew<TFold>(row1, n, factors, results + 1);
            AlongFew<TFold>(row2, n, factors, results + 2);
            AlongFew<TFold>(row3, n, factors, results + 3);
            return;
        }

        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        TVector b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero;
        int i = 0;
        for (; i + 2 * TLanes.Count <= n; i += 2 * TLanes.Count)
        {
            FetchFour(row, row1, row2, row3, i * sizeof(T) + AheadBytes);
            TVector f = TLanes.Load(factors + i), g = TLanes.Load(factors + i + TLanes.Count);
            a0 = TFold.Join(Load<T>(row, i), f, a0);
            b0 = TFold.Join(Load<T>(row, i + TLanes.Count), g, b0);
            a1 = TFold.Join(Load<T>(row1, i), f, a1);
            b1 = TFold.Join(Load<T>(row1, i + TLanes.Count), g, b1);
            a2 = TFold.Join(Load<T>(row2, i), f, a2);
            b2 = TFold.Join(Load<T>(row2, i + TLanes.Count), g, b2);
            a3 = TFold.Join(Load<T>(row3, i), f, a3);
            b3 = TFold.Join(Load<T>(row3, i + TLanes.Count), g, b3);
        }

        for (; i < n; i += TLanes.Count)
        {
            int at = Math.Min(i, n - TLanes.Count);
            TVector f = TLanes.Multiply(TLanes.Load(factors + at), Last(n - i));
            a0 = TFold.Join(Load<T>(row, at), f, a0);
            a1 = TFold.Join(Load<T>(row1, at), f, a1);
            a2 = TFold.Join(Load<T>(row2, at), f, a2);
            a3 = TFold.Join(Load<T>(row3, at), f, a3);
        }

        results[0] = TFold.Whole(TFold.Both(a0, b0));
        results[1] = TFold.Whole(TFold.Both(a1, b1));
        results[2] = TFold.Whole(TFold.Both(a2, b2));
        results[3] = TFold.Whole(TFold.Both(a3, b3));
    }

    private static void AlongFew<TFold>(nint row, int n, double* factors, double* result)
        where TFold : struct, IFold<TVector>
    {
        *result = 0;
        for (int i = 0; i < n; i++)
            *result = TFold.Join(Get<T>(row, i), factors[i], *result);
    }

    /// <summary>What the numbers of each column come to, with what it has come to so far; each row has one factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AcrossFour<TFold>(nint row, nint stride, int n, double* factors, double* results)
        where TFold : struct, IFold<TVector>
    {
        // Of one row, which is finite, the others are the same, times nothing.
        double f0 = factors[0], f1 = stride == 0 ? 0 : factors[1], f2 = stride == 0 ? 0 : factors[2], f3 = stride == 0 ? 0 : factors[3];
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        TVector a = TLanes.Splat(f0), b = TLanes.Splat(f1), c = TLanes.Splat(f2), d = TLanes.Splat(f3);
        int i = 0;
        for (; i + 2 * TLanes.Count <= n; i += 2 * TLanes.Count)
        {
            FetchFour(row, row1, row2, row3, i * sizeof(T) + AheadBytes);
            Across<TFold>(row, row1, row2, row3, i, a, b, c, d, results);
            Across<TFold>(row, row1, row2, row3, i + TLanes.Count, a, b, c, d, results);
        }

        if (i + TLanes.Count <= n)
        {
            Across<TFold>(row, row1, row2, row3, i, a, b, c, d, results);
            i += TLanes.Count;
        }

        if (n < TLanes.Count)
        {
            for (; i < n; i++)
            {
                double result = TFold.Join(Get<T>(row, i), f0, results[i]);
                result = TFold.Join(Get<T>(row1, i), f1, result);
                result = TFold.Join(Get<T>(row2, i), f2, result);
                results[i] = TFold.Join(Get<T>(row3, i), f3, result);
            }
        }
        else if (i < n)
        {
            TVector ones = Last(n - i);
            a = TLanes.Multiply(a, ones);
            b = TLanes.Multiply(b, ones);
            c = TLanes.Multiply(c, ones);
            d = TLanes.Multiply(d, ones);
            Across<TFold>(row, row1, row2, row3, n - TLanes.Count, a, b, c, d, results);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Across<TFold>(
        nint row, nint row1, nint row2, nint row3, int i, TVector a, TVector b, TVector c, TVector d, double* results)
        where TFold : struct, IFold<TVector>
    {
        TVector result = TFold.Join(Load<T>(row, i), a, TLanes.Load(results + i));
        result = TFold.Join(Load<T>(row1, i), b, result);
        result = TFold.Join(Load<T>(row2, i), c, result);
        TLanes.Store(TFold.Join(Load<T>(row3, i), d, result), results + i);
    }

    /// <summary>So many ones at the end of a vector, zeros before: what a last vector shares with the one before it counts once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Last(int count) => TLanes.Load(
        (double*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(ZerosAndOnes)) + 8 - TLanes.Count + Math.Min(count, TLanes.Count));

    /// <summary>|x·factor| of one vector of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Absolute(nint row, int i, TVector factors) => TLanes.Abs(TLanes.Multiply(Load<T>(row, i), factors));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convert<TSource, TTarget>(nint row, int n, nint target)
    {
        int i = 0;
        for (; i + TLanes.Count <= n; i += TLanes.Count)
            Store<TTarget>(Load<TSource>(row, i), target, i);

        for (; i < n; i++)
            Set<TTarget>(Get<TSource>(row, i), target, i);
    }

    /// <summary>Asks for what two vectors of each row take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchFour(nint row, nint row1, nint row2, nint row3, int offset)
    {
        const int Line = 64;
        for (int at = offset; at < offset + 2 * TLanes.Count * sizeof(T); at += Line)
        {
            Fetch(row, at);
            Fetch(row1, at);
            Fetch(row2, at);
            Fetch(row3, at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(nint row, int offset)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0((byte*)row + offset);
    }
}
