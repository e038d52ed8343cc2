using System.Runtime.CompilerServices;

namespace Canon.Kernels;

/// <content>How numbers of each type are loaded and stored, by vectors and by themselves.</content>
internal sealed unsafe partial class RowKernels<T, TLanes, TVector>
{
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
    private static void StorePastCaches(TVector x, TVector y, nint row, int i)
    {
        if (typeof(T) == typeof(float))
            TLanes.StorePastCaches(x, y, (float*)row + i);
        else if (typeof(T) == typeof(double))
            TLanes.StorePastCaches(x, y, (double*)row + i);
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
}
