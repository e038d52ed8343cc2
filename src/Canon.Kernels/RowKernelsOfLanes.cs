using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Canon.Kernels;

/// <summary>
/// The kernels of rows stored in one type with vectors of one width. Several sums grow side by side, so that none waits for itself.
/// </summary>
internal sealed unsafe class RowKernels<T, TLanes, TVector> : RowKernels
    where T : unmanaged
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // The machine fetches no further ahead than a page of memory. Where a row is only read, it is enough to ask for a line of a page that
    // comes soon; where rows are written over as they are read, every line is asked for a page ahead.
    private const int PageBytes = 4096;

    private static ReadOnlySpan<double> ZerosAndOnes => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

    /// <inheritdoc/>
    public override int Size => sizeof(T);

    /// <inheritdoc/>
    public override void SquaresOfFour(nint row, nint stride, int n, double* factors, double* sums, bool areWrittenNext)
    {
        if (areWrittenNext)
            AlongFour<Square<TLanes, TVector>, EveryLine>(row, stride, n, factors, sums);
        else
            AlongFour<Square<TLanes, TVector>, EveryPage>(row, stride, n, factors, sums);
    }

    /// <inheritdoc/>
    public override void LargestOfFour(nint row, nint stride, int n, double* factors, double* largest) =>
        AlongFour<AbsoluteValue<TLanes, TVector>, EveryPage>(row, stride, n, factors, largest);

    /// <inheritdoc/>
    public override void DotsOfFour(nint row, nint stride, int n, double* z, double* dots) =>
        AlongFour<Product<TLanes, TVector>, EveryLine>(row, stride, n, z, dots);

    /// <inheritdoc/>
    public override void AddSquaresOfFour(nint row, nint stride, int n, double* factors, double* sums) =>
        AcrossFour<Square<TLanes, TVector>>(row, stride, n, factors, sums);

    /// <inheritdoc/>
    public override void LargestAcrossFour(nint row, nint stride, int n, double* factors, double* largest) =>
        AcrossFour<AbsoluteValue<TLanes, TVector>>(row, stride, n, factors, largest);

    /// <inheritdoc/>
    public override void AddFour(nint row, nint stride, int n, double* factors, double* sums) =>
        AcrossFour<Product<TLanes, TVector>>(row, stride, n, factors, sums);

    /// <inheritdoc/>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScaleFour(
        nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride, double* sums)
    {
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        nint target1 = target + targetStride, target2 = target1 + targetStride, target3 = target2 + targetStride;
        if (n < TLanes.Count)
        {
            ScaleFew(row, n, factors, outer[0], target, sums);
            if (stride != 0)
            {
                ScaleFew(row1, n, factors, outer[1], target1, sums + 1);
                ScaleFew(row2, n, factors, outer[2], target2, sums + 2);
                ScaleFew(row3, n, factors, outer[3], target3, sums + 3);
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
            s0 = Scaled<T>(row, i, f, o0, edge, 0, s0);
            s1 = Scaled<T>(row1, i, f, o1, edge, TLanes.Count, s1);
            s2 = Scaled<T>(row2, i, f, o2, edge, 2 * TLanes.Count, s2);
            s3 = Scaled<T>(row3, i, f, o3, edge, 3 * TLanes.Count, s3);
        }

        int j = (int)(-target & (TLanes.Count * sizeof(T) - 1)) / sizeof(T);
        while (j + TLanes.Count <= n)
        {
            FetchFour(target, target1, target2, target3, j * sizeof(T) + PageBytes);
            for (int end = Math.Min(n, j + PageBytes / sizeof(T)); j + TLanes.Count <= end; j += TLanes.Count)
            {
                TVector f = TLanes.Load(factors + j);
                TVector y0 = TLanes.Multiply(Load<T>(row, j), TLanes.Multiply(f, o0));
                TVector y1 = TLanes.Multiply(Load<T>(row1, j), TLanes.Multiply(f, o1));
                TVector y2 = TLanes.Multiply(Load<T>(row2, j), TLanes.Multiply(f, o2));
                TVector y3 = TLanes.Multiply(Load<T>(row3, j), TLanes.Multiply(f, o3));
                s0 = TLanes.MultiplyAdd(y0, y0, s0);
                s1 = TLanes.MultiplyAdd(y1, y1, s1);
                s2 = TLanes.MultiplyAdd(y2, y2, s2);
                s3 = TLanes.MultiplyAdd(y3, y3, s3);
                Store<T>(y0, target, j);
                Store<T>(y1, target1, j);
                Store<T>(y2, target2, j);
                Store<T>(y3, target3, j);
            }
        }

        CopyEdges(edges, 0, (T*)target, n);
        CopyEdges(edges, 1, (T*)target1, n);
        CopyEdges(edges, 2, (T*)target2, n);
        CopyEdges(edges, 3, (T*)target3, n);
        sums[0] = TLanes.Sum(s0);
        sums[1] = TLanes.Sum(s1);
        sums[2] = TLanes.Sum(s2);
        sums[3] = TLanes.Sum(s3);
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
            a = Scaled<double>(row, i, TLanes.Load(factors + i), both, (nint)target, i, a);
            b = Scaled<double>(row, i + TLanes.Count, TLanes.Load(factors + i + TLanes.Count), both, (nint)target, i + TLanes.Count, b);
            c = Scaled<double>(row, i + 2 * TLanes.Count, TLanes.Load(factors + i + 2 * TLanes.Count), both, (nint)target, i + 2 * TLanes.Count, c);
            d = Scaled<double>(row, i + 3 * TLanes.Count, TLanes.Load(factors + i + 3 * TLanes.Count), both, (nint)target, i + 3 * TLanes.Count, d);
        }

        for (; i + TLanes.Count <= n; i += TLanes.Count)
            a = Scaled<double>(row, i, TLanes.Load(factors + i), both, (nint)target, i, a);

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
    private static void AlongFour<TFold, TFetch>(nint row, nint stride, int n, double* factors, double* results)
        where TFold : struct, IFold<TVector>
        where TFetch : struct
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
        while (i + 2 * TLanes.Count <= n)
        {
            if (typeof(TFetch) == typeof(EveryPage))
                FetchFour(row, row1, row2, row3, i * sizeof(T) + 2 * PageBytes);
            for (int end = Math.Min(n, i + PageBytes / sizeof(T)); i + 2 * TLanes.Count <= end; i += 2 * TLanes.Count)
            {
                if (typeof(TFetch) == typeof(EveryLine))
                {
                    FetchFour(row, row1, row2, row3, i * sizeof(T) + PageBytes);
                    if (2 * TLanes.Count * sizeof(T) > 64)
                        FetchFour(row, row1, row2, row3, i * sizeof(T) + PageBytes + 64);
                }

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
        while (i + TLanes.Count <= n)
        {
            FetchFour(row, row1, row2, row3, i * sizeof(T) + 2 * PageBytes);
            for (int end = Math.Min(n, i + PageBytes / sizeof(T)); i + TLanes.Count <= end; i += TLanes.Count)
            {
                TVector result = TFold.Join(Load<T>(row, i), a, TLanes.Load(results + i));
                result = TFold.Join(Load<T>(row1, i), b, result);
                result = TFold.Join(Load<T>(row2, i), c, result);
                TLanes.Store(TFold.Join(Load<T>(row3, i), d, result), results + i);
            }
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
            i = n - TLanes.Count;
            TVector result = TFold.Join(Load<T>(row, i), TLanes.Multiply(a, ones), TLanes.Load(results + i));
            result = TFold.Join(Load<T>(row1, i), TLanes.Multiply(b, ones), result);
            result = TFold.Join(Load<T>(row2, i), TLanes.Multiply(c, ones), result);
            TLanes.Store(TFold.Join(Load<T>(row3, i), TLanes.Multiply(d, ones), result), results + i);
        }
    }

    /// <summary>So many ones at the end of a vector, zeros before: what a last vector shares with the one before it counts once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Last(int count) => TLanes.Load(
        (double*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(ZerosAndOnes)) + 8 - TLanes.Count + Math.Min(count, TLanes.Count));

    /// <summary>
    /// One vector of a row scaled, and its squares added up. The factors meet first: a number times one of them may leave the range that
    /// the product is in.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Scaled<TTarget>(nint row, int i, TVector factors, TVector outer, nint target, int at, TVector sum)
    {
        TVector y = TLanes.Multiply(Load<T>(row, i), TLanes.Multiply(factors, outer));
        Store<TTarget>(y, target, at);
        return TLanes.MultiplyAdd(y, y, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyEdges(T* edges, int k, T* target, int n)
    {
        uint bytes = (uint)(TLanes.Count * sizeof(T));
        Unsafe.CopyBlockUnaligned(target, edges + k * TLanes.Count, bytes);
        Unsafe.CopyBlockUnaligned(target + n - TLanes.Count, edges + (4 + k) * TLanes.Count, bytes);
    }

    private static void ScaleFew(nint row, int n, double* factors, double outer, nint target, double* sum)
    {
        *sum = 0;
        for (int i = 0; i < n; i++)
        {
            double y = Get<T>(row, i) * (factors[i] * outer);
            *sum += y * y;
            Set<T>(y, target, i);
        }
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(nint row, int offset)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0((byte*)row + offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchFour(nint row, nint row1, nint row2, nint row3, int offset)
    {
        Fetch(row, offset);
        Fetch(row1, offset);
        Fetch(row2, offset);
        Fetch(row3, offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load<TNumber>(nint row, int i)
    {
        if (typeof(TNumber) == typeof(float))
            return TLanes.Load((float*)row + i);
        if (typeof(TNumber) == typeof(double))
            return TLanes.Load((double*)row + i);
        return typeof(TNumber) == typeof(Half) ? TLanes.Load((Half*)row + i) : TLanes.Load((UpperHalf*)row + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TNumber>(TVector x, nint row, int i)
    {
        if (typeof(TNumber) == typeof(float))
            TLanes.Store(x, (float*)row + i);
        else if (typeof(TNumber) == typeof(double))
            TLanes.Store(x, (double*)row + i);
        else if (typeof(TNumber) == typeof(Half))
            TLanes.Store(x, (Half*)row + i);
        else
            TLanes.Store(x, (UpperHalf*)row + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Get<TNumber>(nint row, int i)
    {
        if (typeof(TNumber) == typeof(float))
            return ((float*)row)[i];
        if (typeof(TNumber) == typeof(double))
            return ((double*)row)[i];
        return typeof(TNumber) == typeof(Half) ? (double)((Half*)row)[i] : (double)((UpperHalf*)row)[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Set<TNumber>(double x, nint row, int i)
    {
        if (typeof(TNumber) == typeof(float))
            ((float*)row)[i] = (float)x;
        else if (typeof(TNumber) == typeof(double))
            ((double*)row)[i] = x;
        else if (typeof(TNumber) == typeof(Half))
            ((Half*)row)[i] = (Half)x;
        else
            ((UpperHalf*)row)[i] = (UpperHalf)x;
    }

    private readonly struct EveryLine;

    private readonly struct EveryPage;
}
