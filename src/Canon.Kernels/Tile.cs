using System.Numerics;
using System.Runtime.CompilerServices;

namespace Canon.Kernels;

/// <summary>The innermost loop of a product: a tile of its output, which stays in registers.</summary>
internal static class Tile
{
    /// <summary>Rows: with two vectors of columns twelve sums, which fit the registers of every machine.</summary>
    public const int Rows = 6;
}

/// <summary>Tiles in one precision, with vectors of one width.</summary>
internal static unsafe class Tile<TVectors, T, TVector>
    where TVectors : IVectors<T, TVector>
    where T : unmanaged, INumberBase<T>
{
    /// <summary>
    /// <paramref name="height"/> rows and <paramref name="breadth"/> columns of the output, <paramref name="stride"/> numbers from row to
    /// row, gain <paramref name="depth"/> numbers of each row, which stand one row after the other, times as many rows of a panel.
    /// Where <paramref name="fresh"/> sums begin with zero.
    /// </summary>
    public static void Run(T* rows, int depth, T* panel, double* target, int stride, bool fresh, int height, int breadth)
    {
        if (height == Tile.Rows && breadth == 2 * TVectors.Lanes)
            Whole(rows, depth, panel, target, stride, fresh);
        else if (height == Tile.Rows && breadth == TVectors.Lanes)
            Half(rows, depth, panel, target, stride, fresh);
        else
            Edge(rows, depth, panel, target, stride, fresh, height, breadth);
    }

    /// <summary>Rounds float64 to the precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Narrow(double* source, T* target, int count) => Round(source, target, count);

    /// <summary>
    /// Rounds <paramref name="depth"/> numbers of a row from the <paramref name="first"/> on, whose parts of <paramref name="length"/>
    /// numbers begin where the offsets say; of a negative one all are zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(double* input, int* offsets, int length, int first, int depth, T* row)
    {
        int part = first / length, from = first - part * length;
        for (int k = 0; k < depth; part++, from = 0)
        {
            int count = Math.Min(length - from, depth - k);
            if (offsets[part] < 0)
                new Span<T>(row + k, count).Clear();
            else
                Round(input + offsets[part] + from, row + k, count);
            k += count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(double* source, T* target, int count)
    {
        int k = 0;
        for (; k + TVectors.Lanes <= count; k += TVectors.Lanes)
            TVectors.Store(TVectors.Narrow(source + k), target + k);
        for (; k < count; k++)
            target[k] = T.CreateTruncating(source[k]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Whole(T* rows, int depth, T* panel, double* target, int stride, bool fresh)
    {
        int lanes = TVectors.Lanes;
        double* t0 = target, t1 = t0 + stride, t2 = t1 + stride, t3 = t2 + stride, t4 = t3 + stride, t5 = t4 + stride;
        TVector s0 = default!, s1 = default!, s2 = default!, s3 = default!, s4 = default!, s5 = default!;
        TVector u0 = default!, u1 = default!, u2 = default!, u3 = default!, u4 = default!, u5 = default!;
        if (!fresh)
        {
            s0 = TVectors.Narrow(t0);
            u0 = TVectors.Narrow(t0 + lanes);
            s1 = TVectors.Narrow(t1);
            u1 = TVectors.Narrow(t1 + lanes);
            s2 = TVectors.Narrow(t2);
            u2 = TVectors.Narrow(t2 + lanes);
            s3 = TVectors.Narrow(t3);
            u3 = TVectors.Narrow(t3 + lanes);
            s4 = TVectors.Narrow(t4);
            u4 = TVectors.Narrow(t4 + lanes);
            s5 = TVectors.Narrow(t5);
            u5 = TVectors.Narrow(t5 + lanes);
        }

        T* r1 = rows + depth, r2 = r1 + depth, r3 = r2 + depth, r4 = r3 + depth, r5 = r4 + depth;
        for (int k = 0; k < depth; k++, panel += 2 * lanes)
        {
            TVector b = TVectors.Load(panel), c = TVectors.Load(panel + lanes);
            TVector x = TVectors.Splat(rows + k);
            s0 = TVectors.MultiplyAdd(x, b, s0);
            u0 = TVectors.MultiplyAdd(x, c, u0);
            x = TVectors.Splat(r1 + k);
            s1 = TVectors.MultiplyAdd(x, b, s1);
            u1 = TVectors.MultiplyAdd(x, c, u1);
            x = TVectors.Splat(r2 + k);
            s2 = TVectors.MultiplyAdd(x, b, s2);
            u2 = TVectors.MultiplyAdd(x, c, u2);
            x = TVectors.Splat(r3 + k);
            s3 = TVectors.MultiplyAdd(x, b, s3);
            u3 = TVectors.MultiplyAdd(x, c, u3);
            x = TVectors.Splat(r4 + k);
            s4 = TVectors.MultiplyAdd(x, b, s4);
            u4 = TVectors.MultiplyAdd(x, c, u4);
            x = TVectors.Splat(r5 + k);
            s5 = TVectors.MultiplyAdd(x, b, s5);
            u5 = TVectors.MultiplyAdd(x, c, u5);
        }

        TVectors.Widen(s0, t0);
        TVectors.Widen(u0, t0 + lanes);
        TVectors.Widen(s1, t1);
        TVectors.Widen(u1, t1 + lanes);
        TVectors.Widen(s2, t2);
        TVectors.Widen(u2, t2 + lanes);
        TVectors.Widen(s3, t3);
        TVectors.Widen(u3, t3 + lanes);
        TVectors.Widen(s4, t4);
        TVectors.Widen(u4, t4 + lanes);
        TVectors.Widen(s5, t5);
        TVectors.Widen(u5, t5 + lanes);
    }

    /// <summary>Of the panel the first vector alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Half(T* rows, int depth, T* panel, double* target, int stride, bool fresh)
    {
        int lanes = TVectors.Lanes;
        double* t0 = target, t1 = t0 + stride, t2 = t1 + stride, t3 = t2 + stride, t4 = t3 + stride, t5 = t4 + stride;
        TVector s0 = default!, s1 = default!, s2 = default!, s3 = default!, s4 = default!, s5 = default!;
        if (!fresh)
        {
            s0 = TVectors.Narrow(t0);
            s1 = TVectors.Narrow(t1);
            s2 = TVectors.Narrow(t2);
            s3 = TVectors.Narrow(t3);
            s4 = TVectors.Narrow(t4);
            s5 = TVectors.Narrow(t5);
        }

        T* r1 = rows + depth, r2 = r1 + depth, r3 = r2 + depth, r4 = r3 + depth, r5 = r4 + depth;
        for (int k = 0; k < depth; k++, panel += 2 * lanes)
        {
            TVector b = TVectors.Load(panel);
            TVector x = TVectors.Splat(rows + k);
            s0 = TVectors.MultiplyAdd(x, b, s0);
            x = TVectors.Splat(r1 + k);
            s1 = TVectors.MultiplyAdd(x, b, s1);
            x = TVectors.Splat(r2 + k);
            s2 = TVectors.MultiplyAdd(x, b, s2);
            x = TVectors.Splat(r3 + k);
            s3 = TVectors.MultiplyAdd(x, b, s3);
            x = TVectors.Splat(r4 + k);
            s4 = TVectors.MultiplyAdd(x, b, s4);
            x = TVectors.Splat(r5 + k);
            s5 = TVectors.MultiplyAdd(x, b, s5);
        }

        TVectors.Widen(s0, t0);
        TVectors.Widen(s1, t1);
        TVectors.Widen(s2, t2);
        TVectors.Widen(s3, t3);
        TVectors.Widen(s4, t4);
        TVectors.Widen(s5, t5);
    }

    /// <summary>Computed aside, where a tile reaches beyond the output.</summary>
    private static void Edge(T* rows, int depth, T* panel, double* target, int stride, bool fresh, int height, int breadth)
    {
        int width = 2 * TVectors.Lanes;
        double* aside = stackalloc double[Tile.Rows * width];
        if (!fresh)
        {
            new Span<double>(aside, Tile.Rows * width).Clear();
            Copy(target, stride, aside, width);
        }

        if (breadth > TVectors.Lanes)
            Whole(rows, depth, panel, aside, width, fresh);
        else
            Half(rows, depth, panel, aside, width, fresh);
        Copy(aside, width, target, stride);

        void Copy(double* source, int sourceStride, double* destination, int destinationStride)
        {
            for (int row = 0; row < height; row++)
                new Span<double>(source + (row * sourceStride), breadth).CopyTo(new Span<double>(destination + (row * destinationStride), breadth));
        }
    }
}
