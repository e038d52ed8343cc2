using System.Runtime.CompilerServices;

namespace Canon.Kernels;

/// <content>Rows times their factors: written, and their squares added up.</content>
internal sealed unsafe partial class RowKernels<T, TLanes, TVector>
{
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

    /// <summary>
    /// One vector of a row scaled. The factors meet first: a number times one of them may leave the range that the product is in.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Scaled(nint row, int i, TVector factors, TVector outer) =>
        TLanes.Multiply(Load<T>(row, i), TLanes.Multiply(factors, outer));

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

    private readonly struct Summed;

    private readonly struct Unsummed;
}
