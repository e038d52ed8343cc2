using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Canon.Kernels;

/// <summary>AVX-512.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<double>>
{
    public static int Count => 8;

    public static Vector512<double> Zero => Vector512<double>.Zero;

    public static Vector512<double> Splat(double x) => Vector512.Create(x);

    public static Vector512<double> Load(double* from) => Vector512.Load(from);

    public static Vector512<double> Load(float* from) => Avx512F.ConvertToVector512Double(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(UpperHalf* from) => Avx512F.ConvertToVector512Double(Halves.FromBFloat16(Bits(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(Half* from) => Avx512F.ConvertToVector512Double(Halves.FromFloat16(Bits(from)));

    public static void Store(Vector512<double> x, double* to) => x.Store(to);

    public static void Store(Vector512<double> x, float* to) => Avx512F.ConvertToVector256Single(x).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> x, UpperHalf* to) => Store(Halves.ToBFloat16(Odd(x)), (ushort*)to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> x, Half* to) => Store(Halves.ToFloat16(Odd(x)), (ushort*)to);

    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;

    public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => a * b;

    public static Vector512<double> MultiplyAdd(Vector512<double> a, Vector512<double> b, Vector512<double> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);

    public static double Sum(Vector512<double> x) => Vector512.Sum(x);

    private static Vector256<uint> Bits(void* from) => Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)from)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<uint> x, ushort* to)
    {
        if (Avx512F.VL.IsSupported)
            Avx512F.VL.ConvertToVector128UInt16(x).Store(to);
        else
            Vector128.Narrow(x.GetLower(), x.GetUpper()).Store(to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Odd(Vector512<double> x)
    {
        Vector256<float> cut = Avx512F.ConvertToVector256Single(x, FloatRoundingMode.ToZero);
        Vector512<ulong> more = (~Vector512.Equals(Avx512F.ConvertToVector512Double(cut), x)).AsUInt64();
        return cut.AsUInt32() | (Avx512F.ConvertToVector256UInt32(more) & Vector256<uint>.One);
    }
}

/// <summary>AVX2. Half a vector of float32 at a time: to join halves takes as long as all the rest.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<double>>
{
    public static int Count => 4;

    public static Vector256<double> Zero => Vector256<double>.Zero;

    public static Vector256<double> Splat(double x) => Vector256.Create(x);

    public static Vector256<double> Load(double* from) => Vector256.Load(from);

    public static Vector256<double> Load(float* from) => Avx.ConvertToVector256Double(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(UpperHalf* from) => Avx.ConvertToVector256Double(Halves.FromBFloat16(Bits(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(Half* from) => Avx.ConvertToVector256Double(Halves.FromFloat16(Bits(from)));

    public static void Store(Vector256<double> x, double* to) => x.Store(to);

    public static void Store(Vector256<double> x, float* to) => Avx.ConvertToVector128Single(x).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> x, UpperHalf* to) => Store(Halves.ToBFloat16(Odd(x)), (ulong*)to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> x, Half* to) => Store(Halves.ToFloat16(Odd(x)), (ulong*)to);

    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;

    public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => a * b;

    public static Vector256<double> MultiplyAdd(Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);

    public static double Sum(Vector256<double> x) => Vector256.Sum(x);

    private static Vector128<uint> Bits(void* from) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)from).AsUInt16());

    private static void Store(Vector128<uint> x, ulong* to) => *to = Vector128.Narrow(x, x).AsUInt64().ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Odd(Vector256<double> x)
    {
        Vector128<float> nearest = Avx.ConvertToVector128Single(x);
        Vector256<double> back = Avx.ConvertToVector256Double(nearest);
        Vector256<ulong> over = Vector256.GreaterThan(Vector256.Abs(back), Vector256.Abs(x)).AsUInt64();
        Vector256<ulong> more = (~Vector256.Equals(back, x)).AsUInt64();
        return (nearest.AsUInt32() + Vector128.Narrow(over.GetLower(), over.GetUpper()))
            | (Vector128.Narrow(more.GetLower(), more.GetUpper()) & Vector128<uint>.One);
    }
}

/// <summary>Arm64, and every other machine.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Vector128<double>>
{
    public static int Count => 2;

    public static Vector128<double> Zero => Vector128<double>.Zero;

    public static Vector128<double> Splat(double x) => Vector128.Create(x);

    public static Vector128<double> Load(double* from) => Vector128.Load(from);

    public static Vector128<double> Load(float* from) => Vector128.WidenLower(Vector64.Load(from).ToVector128Unsafe());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(UpperHalf* from) => Vector128.WidenLower(Halves.FromBFloat16(Bits(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(Half* from) => Vector128.WidenLower(Halves.FromFloat16(Bits(from)));

    public static void Store(Vector128<double> x, double* to) => x.Store(to);

    public static void Store(Vector128<double> x, float* to) => Vector128.Narrow(x, x).GetLower().Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> x, UpperHalf* to) => Store(Halves.ToBFloat16(Odd(x)), (uint*)to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> x, Half* to) => Store(Halves.ToFloat16(Odd(x)), (uint*)to);

    public static Vector128<double> Add(Vector128<double> a, Vector128<double> b) => a + b;

    public static Vector128<double> Multiply(Vector128<double> a, Vector128<double> b) => a * b;

    public static Vector128<double> MultiplyAdd(Vector128<double> a, Vector128<double> b, Vector128<double> c) =>
        Vector128.FusedMultiplyAdd(a, b, c);

    public static double Sum(Vector128<double> x) => Vector128.Sum(x);

    private static Vector128<uint> Bits(void* from) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)from).AsUInt16());

    private static void Store(Vector128<uint> x, uint* to) => *to = Vector128.Narrow(x, x).AsUInt32().ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Odd(Vector128<double> x)
    {
        Vector128<float> nearest = Vector128.Narrow(x, x);
        Vector128<double> back = Vector128.WidenLower(nearest);
        Vector128<ulong> over = Vector128.GreaterThan(Vector128.Abs(back), Vector128.Abs(x)).AsUInt64();
        Vector128<ulong> more = (~Vector128.Equals(back, x)).AsUInt64();
        return (nearest.AsUInt32() + Vector128.Narrow(over, over)) | (Vector128.Narrow(more, more) & Vector128<uint>.One);
    }
}
