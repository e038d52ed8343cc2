using System.Runtime.CompilerServices;

namespace Canon.Kernels;

/// <summary>What numbers come to, of which each has a factor; none of them to 0.</summary>
internal interface IFold<TVector>
{
    static abstract TVector Join(TVector x, TVector factor, TVector result);

    static abstract double Join(double x, double factor, double result);

    static abstract TVector Both(TVector a, TVector b);

    static abstract double Whole(TVector result);
}

/// <summary>Σ (x·factor)².</summary>
internal readonly struct Square<TLanes, TVector> : IFold<TVector>
    where TLanes : struct, ILanes<TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Join(TVector x, TVector factor, TVector result)
    {
        TVector product = TLanes.Multiply(x, factor);
        return TLanes.MultiplyAdd(product, product, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Join(double x, double factor, double result) => x * factor * (x * factor) + result;

    public static TVector Both(TVector a, TVector b) => TLanes.Add(a, b);

    public static double Whole(TVector result) => TLanes.Sum(result);
}

/// <summary>Σ x·factor.</summary>
internal readonly struct Product<TLanes, TVector> : IFold<TVector>
    where TLanes : struct, ILanes<TVector>
{
    public static TVector Join(TVector x, TVector factor, TVector result) => TLanes.MultiplyAdd(x, factor, result);

    public static double Join(double x, double factor, double result) => x * factor + result;

    public static TVector Both(TVector a, TVector b) => TLanes.Add(a, b);

    public static double Whole(TVector result) => TLanes.Sum(result);
}

/// <summary>The largest |x·factor|; not a number where one of them is none.</summary>
internal readonly struct AbsoluteValue<TLanes, TVector> : IFold<TVector>
    where TLanes : struct, ILanes<TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Join(TVector x, TVector factor, TVector result) =>
        TLanes.Max(TLanes.Abs(TLanes.Multiply(x, factor)), result);

    public static double Join(double x, double factor, double result) => Math.Max(Math.Abs(x * factor), result);

    public static TVector Both(TVector a, TVector b) => TLanes.Max(a, b);

    public static double Whole(TVector result) => TLanes.Largest(result);
}
