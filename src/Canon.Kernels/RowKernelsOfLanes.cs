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
    public override void ScaleFour(
        nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride, double* sums)
    {
        if (sums == null)
            ScaleFour<Unsummed>(row, stride, n, factors, outer, target, targetStride, sums);
        else
            ScaleFour<Summed>(row, stride, n, factors, outer, target, targetStride, sums);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleFour<TSums>(
        nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride, double* sums)
        where TSums : struct
    {
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        nint target1 = target + targetStride, target2 = target1 + targetStride, target3 = target2 + targetStride;
        if (n < TLanes.Count)
        {
            ScaleFew<TSums>(row, n, factors, outer[0], target, sums);
            if (stride != 0)
            {
                ScaleFew<TSums>(row1, n, factors, outer[1], target1, sums + 1);
                ScaleFew<TSums>(row2, n, factors, outer[2], target2, sums + 2);
                ScaleFew<TSums>(row3, n, factors, outer[3], target3, sums + 3);
            }

            return;
        }

        int next = stride == 0 ? 0 : 1;
        TVector o0 = TLanes.Splat(outer[0]), o1 = TLanes.Splat(outer[next]);
        TVector o2 = TLanes.Splat(outer[2 * next]), o3 = TLanes.Splat(outer[3 * next]);
        TVector s0 = TLanes.Zero, s1 = TLanes.Zero, s2 = TLanes.Zero, s3 = TLanes.Zero;

        // The first vector and the last are computed before anything is written, and written when all else is: what lies between begins
        // where targets are aligned and ends with a whole vector.
        T* edges = stackalloc T[8 * TLanes.Count];
        for (int k = 0; k < 2; k++)
        {
            int i = k * (n - TLanes.Count);
            TVector f = TLanes.Load(factors + i);
            nint edge = (nint)(edges + 4 * k * TLanes.Count);
            s0 = Stored<T, TSums>(Scaled(row, i, f, o0), edge, 0, s0);
            s1 = Stored<T, TSums>(Scaled(row1, i, f, o1), edge, TLanes.Count, s1);
            s2 = Stored<T, TSums>(Scaled(row2, i, f, o2), edge, 2 * TLanes.Count, s2);
            s3 = Stored<T, TSums>(Scaled(row3, i, f, o3), edge, 3 * TLanes.Count, s3);
        }

        bool isElsewhere = target != row;
        int j = (int)(-target & (TLanes.Count * sizeof(T) - 1)) / sizeof(T);
        for (; j + 2 * TLanes.Count <= n; j += 2 * TLanes.Count)
        {
            FetchFour(row, row1, row2, row3, (n + j) * sizeof(T));
            if (isElsewhere)
                FetchFour(target, target1, target2, target3, (n + j) * sizeof(T));

            // All is read before anything is written: the four may be one.
            int k = j + TLanes.Count;
            TVector f = TLanes.Load(factors + j), g = TLanes.Load(factors + k);
            TVector y0 = Scaled(row, j, f, o0), z0 = Scaled(row, k, g, o0);
            TVector y1 = Scaled(row1, j, f, o1), z1 = Scaled(row1, k, g, o1);
            TVector y2 = Scaled(row2, j, f, o2), z2 = Scaled(row2, k, g, o2);
            TVector y3 = Scaled(row3, j, f, o3), z3 = Scaled(row3, k, g, o3);
            s0 = Stored<T, TSums>(z0, target, k, Stored<T, TSums>(y0, target, j, s0));
            s1 = Stored<T, TSums>(z1, target1, k, Stored<T, TSums>(y1, target1, j, s1));
            s2 = Stored<T, TSums>(z2, target2, k, Stored<T, TSums>(y2, target2, j, s2));
            s3 = Stored<T, TSums>(z3, target3, k, Stored<T, TSums>(y3, target3, j, s3));
        }

        if (j + TLanes.Count <= n)
        {
            TVector f = TLanes.Load(factors + j);
            TVector y0 = Scaled(row, j, f, o0), y1 = Scaled(row1, j, f, o1), y2 = Scaled(row2, j, f, o2), y3 = Scaled(row3, j, f, o3);
            s0 = Stored<T, TSums>(y0, target, j, s0);
            s1 = Stored<T, TSums>(y1, target1, j, s1);
            s2 = Stored<T, TSums>(y2, target2, j, s2);
            s3 = Stored<T, TSums>(y3, target3, j, s3);
        }

        CopyEdges(edges, 0, (T*)target, n);
        CopyEdges(edges, 1, (T*)target1, n);
        CopyEdges(edges, 2, (T*)target2, n);
        CopyEdges(edges, 3, (T*)target3, n);
        if (typeof(TSums) == typeof(Summed))
        {
            sums[0] = TLanes.Sum(s0);
            sums[1] = TLanes.Sum(s1);
            sums[2] = TLanes.Sum(s2);
            sums[3] = TLanes.Sum(s3);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScaleFourPastCaches(nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride)
    {
        int pair = 2 * TLanes.Count, pairBytes = pair * sizeof(T);
        bool areAligned = target % sizeof(T) == 0 && targetStride % pairBytes == 0;
        if (sizeof(T) < sizeof(float) || n < 2 * pair || !areAligned)
        {
            ScaleFour<Unsummed>(row, stride, n, factors, outer, target, targetStride, null);
            return;
        }

        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        nint target1 = target + targetStride, target2 = target1 + targetStride, target3 = target2 + targetStride;
        int next = stride == 0 ? 0 : 1;
        TVector o0 = TLanes.Splat(outer[0]), o1 = TLanes.Splat(outer[next]);
        TVector o2 = TLanes.Splat(outer[2 * next]), o3 = TLanes.Splat(outer[3 * next]);

        // Both ends, as far as whole lines may not reach.
        for (int end = 0; end < 4; end++)
        {
            int i = (end & 1) * TLanes.Count + (end >> 1) * (n - pair);
            TVector f = TLanes.Load(factors + i);
            Store<T>(Scaled(row, i, f, o0), target, i);
            Store<T>(Scaled(row1, i, f, o1), target1, i);
            Store<T>(Scaled(row2, i, f, o2), target2, i);
            Store<T>(Scaled(row3, i, f, o3), target3, i);
        }

        for (int i = (int)(-target & (pairBytes - 1)) / sizeof(T); i + pair <= n; i += pair)
        {
            FetchFour(row, row1, row2, row3, (n + i) * sizeof(T));
            int j = i + TLanes.Count;
            TVector f = TLanes.Load(factors + i), g = TLanes.Load(factors + j);
            StorePastCaches(Scaled(row, i, f, o0), Scaled(row, j, g, o0), target, i);
            StorePastCaches(Scaled(row1, i, f, o1), Scaled(row1, j, g, o1), target1, i);
            StorePastCaches(Scaled(row2, i, f, o2), Scaled(row2, j, g, o2), target2, i);
            StorePastCaches(Scaled(row3, i, f, o3), Scaled(row3, j, g, o3), target3, i);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Widen(nint row, int n, double* factors, double outer, double* target)
    {
        TVector both = TLanes.Splat(outer);
        TVector a = TLanes.Zero, b = TLanes.Zero, c = TLanes.Zero, d = TLanes.Zero;
        int i = 0;
        for (; i + 4 * TLanes.Count <= n; i += 4 * TLanes.Count)
        {
            int j = i + TLanes.Count, k = j + TLanes.Count, l = k + TLanes.Count;
            a = Stored<double, Summed>(Scaled(row, i, TLanes.Load(factors + i), both), (nint)target, i, a);
            b = Stored<double, Summed>(Scaled(row, j, TLanes.Load(factors + j), both), (nint)target, j, b);
            c = Stored<double, Summed>(Scaled(row, k, TLanes.Load(factors + k), both), (nint)target, k, c);
            d = Stored<double, Summed>(Scaled(row, l, TLanes.Load(factors + l), both), (nint)target, l, d);
        }

        for (; i + TLanes.Count <= n; i += TLanes.Count)
            a = Stored<double, Summed>(Scaled(row, i, TLanes.Load(factors + i), both), (nint)target, i, a);

        double sum = TLanes.Sum(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)));
        for (; i < n; i++)
        {
            double y = Get<T>(row, i) * (factors[i] * outer);
            sum += y * y;
            target[i] = y;
        }

        return sum;
    }

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

    /// <summary>
    /// One vector of a row scaled. The factors meet first: a number times one of them may leave the range that the product is in.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Scaled(nint row, int i, TVector factors, TVector outer) =>
        TLanes.Multiply(Load<T>(row, i), TLanes.Multiply(factors, outer));

    /// <summary>|x·factor| of one vector of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Absolute(nint row, int i, TVector factors) => TLanes.Abs(TLanes.Multiply(Load<T>(row, i), factors));

    /// <summary>Stores a vector, and answers the sum with its squares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Stored<TTarget, TSums>(TVector y, nint target, int at, TVector sum)
    {
        Store<TTarget>(y, target, at);
        return typeof(TSums) == typeof(Summed) ? TLanes.MultiplyAdd(y, y, sum) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyEdges(T* edges, int k, T* target, int n)
    {
        uint bytes = (uint)(TLanes.Count * sizeof(T));
        Unsafe.CopyBlockUnaligned(target, edges + k * TLanes.Count, bytes);
        Unsafe.CopyBlockUnaligned(target + n - TLanes.Count, edges + (4 + k) * TLanes.Count, bytes);
    }

    private static void ScaleFew<TSums>(nint row, int n, double* factors, double outer, nint target, double* sum)
        where TSums : struct
    {
        double squares = 0;
        for (int i = 0; i < n; i++)
        {
            double y = Get<T>(row, i) * (factors[i] * outer);
            squares += y * y;
            Set<T>(y, target, i);
        }

        if (typeof(TSums) == typeof(Summed))
            *sum = squares;
    }

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

    private readonly struct Summed;

    private readonly struct Unsummed;
}
