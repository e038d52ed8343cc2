using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Canon.Kernels;

/// <summary>
/// The kernels of rows with vectors of one width. Four sums grow side by side, so that none waits for itself.
/// </summary>
internal sealed unsafe class RowKernels<TLanes, TVector> : RowKernels
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <inheritdoc/>
    public override double Squares(bool single, nint row, int n) => single ? Squares<float>(row, n) : Squares<double>(row, n);

    /// <inheritdoc/>
    public override (double Own, double Scaled) BothSquares(bool single, nint row, int n, double* factors) =>
        single ? BothSquares<float>(row, n, factors) : BothSquares<double>(row, n, factors);

    /// <inheritdoc/>
    public override void AddSquares(bool single, nint row, int n, double factor, double* sums)
    {
        if (single)
            AddSquares<float>(row, n, factor, sums);
        else
            AddSquares<double>(row, n, factor, sums);
    }

    /// <inheritdoc/>
    public override double Scale(bool single, nint row, int n, double* factors, double outer, nint target) => single
        ? Scale<float, float>(row, n, factors, outer, target)
        : Scale<double, double>(row, n, factors, outer, target);

    /// <inheritdoc/>
    public override double Widen(bool single, nint row, int n, double* factors, double outer, nint target) => single
        ? Scale<float, double>(row, n, factors, outer, target)
        : Scale<double, double>(row, n, factors, outer, target);

    /// <inheritdoc/>
    public override double ScaleAndGoOn(bool single, nint row, int n, double* factors, double outer, nint target, nint next) => single
        ? ScaleAndGoOn<float>(row, n, factors, outer, target, next)
        : ScaleAndGoOn<double>(row, n, factors, outer, target, next);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Squares<T>(nint row, int n)
        where T : unmanaged
    {
        TVector a = TLanes.Zero, b = TLanes.Zero, c = TLanes.Zero, d = TLanes.Zero;
        int i = 0;
        for (; i + 4 * TLanes.Count <= n; i += 4 * TLanes.Count)
        {
            Prefetch<T>(row, i);
            TVector x0 = Load<T>(row, i), x1 = Load<T>(row, i + TLanes.Count);
            TVector x2 = Load<T>(row, i + 2 * TLanes.Count), x3 = Load<T>(row, i + 3 * TLanes.Count);
            a = TLanes.MultiplyAdd(x0, x0, a);
            b = TLanes.MultiplyAdd(x1, x1, b);
            c = TLanes.MultiplyAdd(x2, x2, c);
            d = TLanes.MultiplyAdd(x3, x3, d);
        }

        for (; i + TLanes.Count <= n; i += TLanes.Count)
        {
            TVector x = Load<T>(row, i);
            a = TLanes.MultiplyAdd(x, x, a);
        }

        double sum = Sum(a, b, c, d);
        for (; i < n; i++)
        {
            double x = Get<T>(row, i);
            sum += x * x;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Own, double Scaled) BothSquares<T>(nint row, int n, double* factors)
        where T : unmanaged
    {
        TVector a = TLanes.Zero, b = TLanes.Zero, c = TLanes.Zero, d = TLanes.Zero;
        TVector s = TLanes.Zero, t = TLanes.Zero, u = TLanes.Zero, v = TLanes.Zero;
        int i = 0;
        for (; i + 4 * TLanes.Count <= n; i += 4 * TLanes.Count)
        {
            Prefetch<T>(row, i);
            TVector x0 = Load<T>(row, i), x1 = Load<T>(row, i + TLanes.Count);
            TVector x2 = Load<T>(row, i + 2 * TLanes.Count), x3 = Load<T>(row, i + 3 * TLanes.Count);
            a = TLanes.MultiplyAdd(x0, x0, a);
            b = TLanes.MultiplyAdd(x1, x1, b);
            c = TLanes.MultiplyAdd(x2, x2, c);
            d = TLanes.MultiplyAdd(x3, x3, d);
            TVector y0 = TLanes.Multiply(x0, TLanes.Load(factors + i));
            TVector y1 = TLanes.Multiply(x1, TLanes.Load(factors + i + TLanes.Count));
            TVector y2 = TLanes.Multiply(x2, TLanes.Load(factors + i + 2 * TLanes.Count));
            TVector y3 = TLanes.Multiply(x3, TLanes.Load(factors + i + 3 * TLanes.Count));
            s = TLanes.MultiplyAdd(y0, y0, s);
            t = TLanes.MultiplyAdd(y1, y1, t);
            u = TLanes.MultiplyAdd(y2, y2, u);
            v = TLanes.MultiplyAdd(y3, y3, v);
        }

        for (; i + TLanes.Count <= n; i += TLanes.Count)
        {
            TVector x = Load<T>(row, i), y = TLanes.Multiply(x, TLanes.Load(factors + i));
            a = TLanes.MultiplyAdd(x, x, a);
            s = TLanes.MultiplyAdd(y, y, s);
        }

        double own = Sum(a, b, c, d), scaled = Sum(s, t, u, v);
        for (; i < n; i++)
        {
            double x = Get<T>(row, i), y = x * factors[i];
            own += x * x;
            scaled += y * y;
        }

        return (own, scaled);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSquares<T>(nint row, int n, double factor, double* sums)
        where T : unmanaged
    {
        TVector factors = TLanes.Splat(factor);
        int i = 0;
        for (; i + TLanes.Count <= n; i += TLanes.Count)
        {
            TVector y = TLanes.Multiply(Load<T>(row, i), factors);
            TLanes.Store(TLanes.MultiplyAdd(y, y, TLanes.Load(sums + i)), sums + i);
        }

        for (; i < n; i++)
        {
            double y = Get<T>(row, i) * factor;
            sums[i] += y * y;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Scale<T, TTarget>(nint row, int n, double* factors, double outer, nint target)
        where T : unmanaged
        where TTarget : unmanaged
    {
        TVector both = TLanes.Splat(outer);
        TVector a = TLanes.Zero, b = TLanes.Zero, c = TLanes.Zero, d = TLanes.Zero;
        int i = 0;
        for (; i + 4 * TLanes.Count <= n; i += 4 * TLanes.Count)
        {
            TVector y0 = Product<T>(row, i, TLanes.Load(factors + i), both);
            TVector y1 = Product<T>(row, i + TLanes.Count, TLanes.Load(factors + i + TLanes.Count), both);
            TVector y2 = Product<T>(row, i + 2 * TLanes.Count, TLanes.Load(factors + i + 2 * TLanes.Count), both);
            TVector y3 = Product<T>(row, i + 3 * TLanes.Count, TLanes.Load(factors + i + 3 * TLanes.Count), both);
            a = TLanes.MultiplyAdd(y0, y0, a);
            b = TLanes.MultiplyAdd(y1, y1, b);
            c = TLanes.MultiplyAdd(y2, y2, c);
            d = TLanes.MultiplyAdd(y3, y3, d);
            Store<TTarget>(y0, target, i);
            Store<TTarget>(y1, target, i + TLanes.Count);
            Store<TTarget>(y2, target, i + 2 * TLanes.Count);
            Store<TTarget>(y3, target, i + 3 * TLanes.Count);
        }

        double sum = Sum(a, b, c, d);
        for (; i < n; i++)
        {
            double y = Get<T>(row, i) * (factors[i] * outer);
            sum += y * y;
            Set<TTarget>(y, target, i);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double ScaleAndGoOn<T>(nint row, int n, double* factors, double outer, nint target, nint next)
        where T : unmanaged
    {
        TVector both = TLanes.Splat(outer);
        TVector a = TLanes.Zero, b = TLanes.Zero, c = TLanes.Zero, d = TLanes.Zero;
        int i = 0;
        for (; i + 4 * TLanes.Count <= n; i += 4 * TLanes.Count)
        {
            Prefetch<T>(next, i);
            a = Next<T>(row, i, factors, both, target, next, a);
            b = Next<T>(row, i + TLanes.Count, factors, both, target, next, b);
            c = Next<T>(row, i + 2 * TLanes.Count, factors, both, target, next, c);
            d = Next<T>(row, i + 3 * TLanes.Count, factors, both, target, next, d);
        }

        for (; i + TLanes.Count <= n; i += TLanes.Count)
            a = Next<T>(row, i, factors, both, target, next, a);

        double sum = Sum(a, b, c, d);
        for (; i < n; i++)
        {
            double y = Get<T>(next, i) * factors[i];
            sum += y * y;
            Set<T>(Get<T>(row, i) * (factors[i] * outer), target, i);
        }

        return sum;
    }

    /// <summary>One vector of a row scaled, and of the next one added up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Next<T>(nint row, int i, double* factors, TVector outer, nint target, nint next, TVector sum)
        where T : unmanaged
    {
        TVector f = TLanes.Load(factors + i);
        TVector y = TLanes.Multiply(Load<T>(next, i), f);
        Store<T>(Product<T>(row, i, f, outer), target, i);
        return TLanes.MultiplyAdd(y, y, sum);
    }

    // The factors meet first: a number times one of them may leave the range that the product is in.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Product<T>(nint row, int i, TVector factors, TVector outer)
        where T : unmanaged => TLanes.Multiply(Load<T>(row, i), TLanes.Multiply(factors, outer));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Sum(TVector a, TVector b, TVector c, TVector d) => TLanes.Sum(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)));

    // So far ahead, numbers have come from memory when they are needed; the machine itself looks no further than a page.
    private const int Ahead = 1536;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<T>(nint row, int i)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            byte* at = (byte*)row + (i * sizeof(T)) + Ahead;
            Sse.Prefetch0(at);
            if (4 * TLanes.Count * sizeof(T) > 64)
                Sse.Prefetch0(at + 64);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load<T>(nint row, int i)
        where T : unmanaged => sizeof(T) == sizeof(float) ? TLanes.Load((float*)row + i) : TLanes.Load((double*)row + i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(TVector x, nint row, int i)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(float))
            TLanes.Store(x, (float*)row + i);
        else
            TLanes.Store(x, (double*)row + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Get<T>(nint row, int i)
        where T : unmanaged => sizeof(T) == sizeof(float) ? ((float*)row)[i] : ((double*)row)[i];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Set<T>(double x, nint row, int i)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(float))
            ((float*)row)[i] = (float)x;
        else
            ((double*)row)[i] = x;
    }
}
