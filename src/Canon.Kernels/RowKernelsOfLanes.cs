using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Canon.Kernels;

/// <summary>
/// The kernels of rows with vectors of one width. Several sums grow side by side, so that none waits for itself.
/// </summary>
internal sealed unsafe class RowKernels<TLanes, TVector> : RowKernels
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // The machine fetches no further ahead than a page of memory. Where a row is only read, it is enough to ask for a line of a page that
    // comes soon; where rows are written over as they are read, every line is asked for a page ahead.
    private const int PageBytes = 4096;

    private readonly struct EveryLine;

    private readonly struct EveryPage;

    /// <inheritdoc/>
    public override void SquaresOfFour(StoredType type, nint row, nint stride, int n, double* factors, double* sums, bool areWrittenNext)
    {
        if (areWrittenNext)
            SquaresOfFour<EveryLine>(type, row, stride, n, factors, sums);
        else
            SquaresOfFour<EveryPage>(type, row, stride, n, factors, sums);
    }

    /// <inheritdoc/>
    public override (double Own, double Through) BothSquares(StoredType type, nint row, int n, double* factors) => type switch
    {
        StoredType.Float64 => BothSquares<double>(row, n, factors),
        StoredType.Float32 => BothSquares<float>(row, n, factors),
        StoredType.BFloat16 => BothSquares<UpperHalf>(row, n, factors),
        _ => BothSquares<Half>(row, n, factors),
    };

    /// <inheritdoc/>
    public override void DotsOfFour(StoredType type, nint row, nint stride, int n, double* z, double* dots)
    {
        switch (type)
        {
            case StoredType.Float64: DotsOfFour<double>(row, stride, n, z, dots); break;
            case StoredType.Float32: DotsOfFour<float>(row, stride, n, z, dots); break;
            case StoredType.BFloat16: DotsOfFour<UpperHalf>(row, stride, n, z, dots); break;
            default: DotsOfFour<Half>(row, stride, n, z, dots); break;
        }
    }

    /// <inheritdoc/>
    public override void AddFour(StoredType type, nint row, nint stride, int n, double* factors, double* sums)
    {
        switch (type)
        {
            case StoredType.Float64: AddFour<double>(row, stride, n, factors, sums); break;
            case StoredType.Float32: AddFour<float>(row, stride, n, factors, sums); break;
            case StoredType.BFloat16: AddFour<UpperHalf>(row, stride, n, factors, sums); break;
            default: AddFour<Half>(row, stride, n, factors, sums); break;
        }
    }

    /// <inheritdoc/>
    public override void AddSquaresOfFour(StoredType type, nint row, nint stride, int n, double* factors, double* sums)
    {
        switch (type)
        {
            case StoredType.Float64: AddSquaresOfFour<double>(row, stride, n, factors, sums); break;
            case StoredType.Float32: AddSquaresOfFour<float>(row, stride, n, factors, sums); break;
            case StoredType.BFloat16: AddSquaresOfFour<UpperHalf>(row, stride, n, factors, sums); break;
            default: AddSquaresOfFour<Half>(row, stride, n, factors, sums); break;
        }
    }

    /// <inheritdoc/>
    public override void ScaleFour(
        StoredType type, nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride, double* sums)
    {
        switch (type)
        {
            case StoredType.Float64: ScaleFour<double>(row, stride, n, factors, outer, target, targetStride, sums); break;
            case StoredType.Float32: ScaleFour<float>(row, stride, n, factors, outer, target, targetStride, sums); break;
            case StoredType.BFloat16: ScaleFour<UpperHalf>(row, stride, n, factors, outer, target, targetStride, sums); break;
            default: ScaleFour<Half>(row, stride, n, factors, outer, target, targetStride, sums); break;
        }
    }

    /// <inheritdoc/>
    public override double Widen(StoredType type, nint row, int n, double* factors, double outer, double* target) => type switch
    {
        StoredType.Float64 => Widen<double>(row, n, factors, outer, target),
        StoredType.Float32 => Widen<float>(row, n, factors, outer, target),
        StoredType.BFloat16 => Widen<UpperHalf>(row, n, factors, outer, target),
        _ => Widen<Half>(row, n, factors, outer, target),
    };

    /// <inheritdoc/>
    public override void Read(StoredType type, nint row, int n, double* target)
    {
        switch (type)
        {
            case StoredType.Float64: Convert<double, double>(row, n, (nint)target); break;
            case StoredType.Float32: Convert<float, double>(row, n, (nint)target); break;
            case StoredType.BFloat16: Convert<UpperHalf, double>(row, n, (nint)target); break;
            default: Convert<Half, double>(row, n, (nint)target); break;
        }
    }

    /// <inheritdoc/>
    public override void Write(StoredType type, double* row, int n, nint target)
    {
        switch (type)
        {
            case StoredType.Float64: Convert<double, double>((nint)row, n, target); break;
            case StoredType.Float32: Convert<double, float>((nint)row, n, target); break;
            case StoredType.BFloat16: Convert<double, UpperHalf>((nint)row, n, target); break;
            default: Convert<double, Half>((nint)row, n, target); break;
        }
    }

    private static void SquaresOfFour<TFetch>(StoredType type, nint row, nint stride, int n, double* factors, double* sums)
        where TFetch : struct
    {
        switch (type)
        {
            case StoredType.Float64: SquaresOfFour<double, TFetch>(row, stride, n, factors, sums); break;
            case StoredType.Float32: SquaresOfFour<float, TFetch>(row, stride, n, factors, sums); break;
            case StoredType.BFloat16: SquaresOfFour<UpperHalf, TFetch>(row, stride, n, factors, sums); break;
            default: SquaresOfFour<Half, TFetch>(row, stride, n, factors, sums); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SquaresOfFour<T, TFetch>(nint row, nint stride, int n, double* factors, double* sums)
        where T : unmanaged
        where TFetch : struct
    {
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
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
                a0 = AddSquare<T>(row, i, f, a0);
                b0 = AddSquare<T>(row, i + TLanes.Count, g, b0);
                a1 = AddSquare<T>(row1, i, f, a1);
                b1 = AddSquare<T>(row1, i + TLanes.Count, g, b1);
                a2 = AddSquare<T>(row2, i, f, a2);
                b2 = AddSquare<T>(row2, i + TLanes.Count, g, b2);
                a3 = AddSquare<T>(row3, i, f, a3);
                b3 = AddSquare<T>(row3, i + TLanes.Count, g, b3);
            }
        }

        if (i + TLanes.Count <= n)
        {
            TVector f = TLanes.Load(factors + i);
            a0 = AddSquare<T>(row, i, f, a0);
            a1 = AddSquare<T>(row1, i, f, a1);
            a2 = AddSquare<T>(row2, i, f, a2);
            a3 = AddSquare<T>(row3, i, f, a3);
            i += TLanes.Count;
        }

        sums[0] = TLanes.Sum(TLanes.Add(a0, b0)) + SquaresFrom<T>(row, i, n, factors);
        sums[1] = TLanes.Sum(TLanes.Add(a1, b1)) + SquaresFrom<T>(row1, i, n, factors);
        sums[2] = TLanes.Sum(TLanes.Add(a2, b2)) + SquaresFrom<T>(row2, i, n, factors);
        sums[3] = TLanes.Sum(TLanes.Add(a3, b3)) + SquaresFrom<T>(row3, i, n, factors);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddSquare<T>(nint row, int i, TVector factors, TVector sum)
        where T : unmanaged
    {
        TVector x = TLanes.Multiply(Load<T>(row, i), factors);
        return TLanes.MultiplyAdd(x, x, sum);
    }

    /// <summary>Of the entries from i on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double SquaresFrom<T>(nint row, int i, int n, double* factors)
        where T : unmanaged
    {
        double sum = 0;
        for (; i < n; i++)
        {
            double x = Get<T>(row, i) * factors[i];
            sum += x * x;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Own, double Through) BothSquares<T>(nint row, int n, double* factors)
        where T : unmanaged
    {
        TVector a = TLanes.Zero, b = TLanes.Zero, s = TLanes.Zero, t = TLanes.Zero;
        int i = 0;
        while (i + 2 * TLanes.Count <= n)
        {
            Fetch(row, i * sizeof(T) + 2 * PageBytes);
            for (int end = Math.Min(n, i + PageBytes / sizeof(T)); i + 2 * TLanes.Count <= end; i += 2 * TLanes.Count)
            {
                TVector x = Load<T>(row, i), y = Load<T>(row, i + TLanes.Count);
                a = TLanes.MultiplyAdd(x, x, a);
                b = TLanes.MultiplyAdd(y, y, b);
                x = TLanes.Multiply(x, TLanes.Load(factors + i));
                y = TLanes.Multiply(y, TLanes.Load(factors + i + TLanes.Count));
                s = TLanes.MultiplyAdd(x, x, s);
                t = TLanes.MultiplyAdd(y, y, t);
            }
        }

        if (i + TLanes.Count <= n)
        {
            TVector x = Load<T>(row, i);
            a = TLanes.MultiplyAdd(x, x, a);
            s = AddSquare<T>(row, i, TLanes.Load(factors + i), s);
            i += TLanes.Count;
        }

        double own = 0;
        for (int k = i; k < n; k++)
            own += Get<T>(row, k) * Get<T>(row, k);
        return (TLanes.Sum(TLanes.Add(a, b)) + own, TLanes.Sum(TLanes.Add(s, t)) + SquaresFrom<T>(row, i, n, factors));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotsOfFour<T>(nint row, nint stride, int n, double* z, double* dots)
        where T : unmanaged
    {
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        TVector b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero;
        int i = 0;
        for (; i + 2 * TLanes.Count <= n; i += 2 * TLanes.Count)
        {
            FetchFour(row, row1, row2, row3, i * sizeof(T) + PageBytes);
            TVector f = TLanes.Load(z + i), g = TLanes.Load(z + i + TLanes.Count);
            a0 = TLanes.MultiplyAdd(Load<T>(row, i), f, a0);
            b0 = TLanes.MultiplyAdd(Load<T>(row, i + TLanes.Count), g, b0);
            a1 = TLanes.MultiplyAdd(Load<T>(row1, i), f, a1);
            b1 = TLanes.MultiplyAdd(Load<T>(row1, i + TLanes.Count), g, b1);
            a2 = TLanes.MultiplyAdd(Load<T>(row2, i), f, a2);
            b2 = TLanes.MultiplyAdd(Load<T>(row2, i + TLanes.Count), g, b2);
            a3 = TLanes.MultiplyAdd(Load<T>(row3, i), f, a3);
            b3 = TLanes.MultiplyAdd(Load<T>(row3, i + TLanes.Count), g, b3);
        }

        dots[0] = TLanes.Sum(TLanes.Add(a0, b0)) + DotFrom<T>(row, i, n, z);
        dots[1] = TLanes.Sum(TLanes.Add(a1, b1)) + DotFrom<T>(row1, i, n, z);
        dots[2] = TLanes.Sum(TLanes.Add(a2, b2)) + DotFrom<T>(row2, i, n, z);
        dots[3] = TLanes.Sum(TLanes.Add(a3, b3)) + DotFrom<T>(row3, i, n, z);
    }

    /// <summary>Of the entries from i on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double DotFrom<T>(nint row, int i, int n, double* z)
        where T : unmanaged
    {
        double sum = 0;
        for (; i < n; i++)
            sum += Get<T>(row, i) * z[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour<T>(nint row, nint stride, int n, double* factors, double* sums)
        where T : unmanaged
    {
        // Of one row, which is finite, the others are the same, times nothing.
        double f1 = stride == 0 ? 0 : factors[1], f2 = stride == 0 ? 0 : factors[2], f3 = stride == 0 ? 0 : factors[3];
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        TVector a = TLanes.Splat(factors[0]), b = TLanes.Splat(f1), c = TLanes.Splat(f2), d = TLanes.Splat(f3);
        int i = 0;
        for (; i + TLanes.Count <= n; i += TLanes.Count)
        {
            TVector sum = TLanes.MultiplyAdd(Load<T>(row, i), a, TLanes.Load(sums + i));
            sum = TLanes.MultiplyAdd(Load<T>(row1, i), b, sum);
            sum = TLanes.MultiplyAdd(Load<T>(row2, i), c, sum);
            TLanes.Store(TLanes.MultiplyAdd(Load<T>(row3, i), d, sum), sums + i);
        }

        for (; i < n; i++)
            sums[i] += Get<T>(row, i) * factors[0] + Get<T>(row1, i) * f1 + Get<T>(row2, i) * f2 + Get<T>(row3, i) * f3;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSquaresOfFour<T>(nint row, nint stride, int n, double* factors, double* sums)
        where T : unmanaged
    {
        double f0 = factors[0], f1 = stride == 0 ? 0 : factors[1], f2 = stride == 0 ? 0 : factors[2], f3 = stride == 0 ? 0 : factors[3];
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        TVector a = TLanes.Splat(f0), b = TLanes.Splat(f1), c = TLanes.Splat(f2), d = TLanes.Splat(f3);
        int i = 0;
        while (i + TLanes.Count <= n)
        {
            FetchFour(row, row1, row2, row3, i * sizeof(T) + 2 * PageBytes);
            for (int end = Math.Min(n, i + PageBytes / sizeof(T)); i + TLanes.Count <= end; i += TLanes.Count)
            {
                TVector sum = AddSquare<T>(row, i, a, TLanes.Load(sums + i));
                sum = AddSquare<T>(row1, i, b, sum);
                sum = AddSquare<T>(row2, i, c, sum);
                TLanes.Store(AddSquare<T>(row3, i, d, sum), sums + i);
            }
        }

        for (; i < n; i++)
        {
            double x = Get<T>(row, i) * f0, y = Get<T>(row1, i) * f1, z = Get<T>(row2, i) * f2, w = Get<T>(row3, i) * f3;
            sums[i] += x * x + y * y + z * z + w * w;
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleFour<T>(
        nint row, nint stride, int n, double* factors, double* outer, nint target, nint targetStride, double* sums)
        where T : unmanaged
    {
        nint row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride;
        nint target1 = target + targetStride, target2 = target1 + targetStride, target3 = target2 + targetStride;
        if (n < TLanes.Count)
        {
            ScaleFew<T>(row, n, factors, outer[0], target, sums);
            if (stride != 0)
            {
                ScaleFew<T>(row1, n, factors, outer[1], target1, sums + 1);
                ScaleFew<T>(row2, n, factors, outer[2], target2, sums + 2);
                ScaleFew<T>(row3, n, factors, outer[3], target3, sums + 3);
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
            s0 = Scaled<T, T>(row, i, f, o0, edge, 0, s0);
            s1 = Scaled<T, T>(row1, i, f, o1, edge, TLanes.Count, s1);
            s2 = Scaled<T, T>(row2, i, f, o2, edge, 2 * TLanes.Count, s2);
            s3 = Scaled<T, T>(row3, i, f, o3, edge, 3 * TLanes.Count, s3);
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

    /// <summary>
    /// One vector of a row scaled, and its squares added up. The factors meet first: a number times one of them may leave the range that
    /// the product is in.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Scaled<T, TTarget>(nint row, int i, TVector factors, TVector outer, nint target, int at, TVector sum)
        where T : unmanaged
        where TTarget : unmanaged
    {
        TVector y = TLanes.Multiply(Load<T>(row, i), TLanes.Multiply(factors, outer));
        Store<TTarget>(y, target, at);
        return TLanes.MultiplyAdd(y, y, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyEdges<T>(T* edges, int k, T* target, int n)
        where T : unmanaged
    {
        uint bytes = (uint)(TLanes.Count * sizeof(T));
        Unsafe.CopyBlockUnaligned(target, edges + k * TLanes.Count, bytes);
        Unsafe.CopyBlockUnaligned(target + n - TLanes.Count, edges + (4 + k) * TLanes.Count, bytes);
    }

    private static void ScaleFew<T>(nint row, int n, double* factors, double outer, nint target, double* sum)
        where T : unmanaged
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
    private static double Widen<T>(nint row, int n, double* factors, double outer, double* target)
        where T : unmanaged
    {
        TVector both = TLanes.Splat(outer);
        TVector a = TLanes.Zero, b = TLanes.Zero, c = TLanes.Zero, d = TLanes.Zero;
        int i = 0;
        for (; i + 4 * TLanes.Count <= n; i += 4 * TLanes.Count)
        {
            a = Scaled<T, double>(row, i, TLanes.Load(factors + i), both, (nint)target, i, a);
            b = Scaled<T, double>(row, i + TLanes.Count, TLanes.Load(factors + i + TLanes.Count), both, (nint)target, i + TLanes.Count, b);
            c = Scaled<T, double>(row, i + 2 * TLanes.Count, TLanes.Load(factors + i + 2 * TLanes.Count), both, (nint)target, i + 2 * TLanes.Count, c);
            d = Scaled<T, double>(row, i + 3 * TLanes.Count, TLanes.Load(factors + i + 3 * TLanes.Count), both, (nint)target, i + 3 * TLanes.Count, d);
        }

        for (; i + TLanes.Count <= n; i += TLanes.Count)
            a = Scaled<T, double>(row, i, TLanes.Load(factors + i), both, (nint)target, i, a);

        double sum = TLanes.Sum(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)));
        for (; i < n; i++)
        {
            double y = Get<T>(row, i) * (factors[i] * outer);
            sum += y * y;
            target[i] = y;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convert<T, TTarget>(nint row, int n, nint target)
        where T : unmanaged
        where TTarget : unmanaged
    {
        int i = 0;
        for (; i + TLanes.Count <= n; i += TLanes.Count)
            Store<TTarget>(Load<T>(row, i), target, i);

        for (; i < n; i++)
            Set<TTarget>(Get<T>(row, i), target, i);
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
    private static TVector Load<T>(nint row, int i)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return TLanes.Load((float*)row + i);
        if (typeof(T) == typeof(double))
            return TLanes.Load((double*)row + i);
        return typeof(T) == typeof(Half) ? TLanes.Load((Half*)row + i) : TLanes.Load((UpperHalf*)row + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(TVector x, nint row, int i)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            TLanes.Store(x, (float*)row + i);
        else if (typeof(T) == typeof(double))
            TLanes.Store(x, (double*)row + i);
        else if (typeof(T) == typeof(Half))
            TLanes.Store(x, (Half*)row + i);
        else
            TLanes.Store(x, (UpperHalf*)row + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Get<T>(nint row, int i)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            return ((float*)row)[i];
        if (typeof(T) == typeof(double))
            return ((double*)row)[i];
        return typeof(T) == typeof(Half) ? (double)((Half*)row)[i] : (double)((UpperHalf*)row)[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Set<T>(double x, nint row, int i)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            ((float*)row)[i] = (float)x;
        else if (typeof(T) == typeof(double))
            ((double*)row)[i] = x;
        else if (typeof(T) == typeof(Half))
            ((Half*)row)[i] = (Half)x;
        else
            ((UpperHalf*)row)[i] = (UpperHalf)x;
    }
}
