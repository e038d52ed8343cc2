using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Canon.Kernels;

/// <summary>
/// Vectors of numbers in the precision of a product, float32 or float64. What flows between layers is float64 whatever that is:
/// <c>Narrow</c> rounds it, <c>Widen</c> writes it back. <c>Splat</c> has one number in all lanes; <c>MultiplyAdd</c> is x·y + z, rounded
/// once. All must be inlined: no vector outlives a call in its register.
/// </summary>
/// <typeparam name="T">The number.</typeparam>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface IVectors<T, TVector>
    where T : unmanaged
{
    static abstract int Lanes { get; }

    static abstract TVector Load(T* at);

    static abstract void Store(TVector vector, T* at);

    static abstract TVector Splat(T* at);

    static abstract TVector Narrow(double* at);

    static abstract void Widen(TVector vector, double* at);

    static abstract TVector MultiplyAdd(TVector x, TVector y, TVector z);
}

/// <summary>Vectors of 512 bits.</summary>
internal readonly unsafe struct Vectors512<T> : IVectors<T, Vector512<T>>
    where T : unmanaged
{
    public static int Lanes => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* at) => Vector512.Load(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> vector, T* at) => vector.Store(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Splat(T* at) => Vector512.Create(*at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Narrow(double* at) => sizeof(T) == sizeof(double)
        ? Vector512.Load(at).As<double, T>()
        : Vector512.Narrow(Vector512.Load(at), Vector512.Load(at + 8)).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Vector512<T> vector, double* at)
    {
        if (sizeof(T) == sizeof(double))
        {
            vector.AsDouble().Store(at);
        }
        else
        {
            Vector512.WidenLower(vector.AsSingle()).Store(at);
            Vector512.WidenUpper(vector.AsSingle()).Store(at + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> x, Vector512<T> y, Vector512<T> z) => sizeof(T) == sizeof(double)
        ? Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>()
        : Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>();
}

/// <summary>Vectors of 256 bits.</summary>
internal readonly unsafe struct Vectors256<T> : IVectors<T, Vector256<T>>
    where T : unmanaged
{
    public static int Lanes => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* at) => Vector256.Load(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> vector, T* at) => vector.Store(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Splat(T* at) => Vector256.Create(*at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Narrow(double* at) => sizeof(T) == sizeof(double)
        ? Vector256.Load(at).As<double, T>()
        : Vector256.Narrow(Vector256.Load(at), Vector256.Load(at + 4)).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Vector256<T> vector, double* at)
    {
        if (sizeof(T) == sizeof(double))
        {
            vector.AsDouble().Store(at);
        }
        else
        {
            Vector256.WidenLower(vector.AsSingle()).Store(at);
            Vector256.WidenUpper(vector.AsSingle()).Store(at + 4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> x, Vector256<T> y, Vector256<T> z) => sizeof(T) == sizeof(double)
        ? Vector256.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>()
        : Vector256.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>();
}

/// <summary>Vectors of 128 bits.</summary>
internal readonly unsafe struct Vectors128<T> : IVectors<T, Vector128<T>>
    where T : unmanaged
{
    public static int Lanes => Vector128<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* at) => Vector128.Load(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> vector, T* at) => vector.Store(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Splat(T* at) => Vector128.Create(*at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Narrow(double* at) => sizeof(T) == sizeof(double)
        ? Vector128.Load(at).As<double, T>()
        : Vector128.Narrow(Vector128.Load(at), Vector128.Load(at + 2)).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(Vector128<T> vector, double* at)
    {
        if (sizeof(T) == sizeof(double))
        {
            vector.AsDouble().Store(at);
        }
        else
        {
            Vector128.WidenLower(vector.AsSingle()).Store(at);
            Vector128.WidenUpper(vector.AsSingle()).Store(at + 2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> x, Vector128<T> y, Vector128<T> z) => sizeof(T) == sizeof(double)
        ? Vector128.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>()
        : Vector128.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>();
}
