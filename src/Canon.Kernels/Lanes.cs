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
    public static Vector512<double> Load(UpperHalf* from) =>
        Avx512F.ConvertToVector512Double((Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)from)) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(Half* from)
    {
        Vector512<long> bits = Avx512F.ConvertToVector512Int64(Vector128.Load((short*)from)) << Halves.MoreDigits;
        Vector512<double> x = (bits.AsUInt64() & Vector512.Create(Halves.SignAndSize)).AsDouble() * Vector512.Create(Halves.MoreExponents);
        Vector512<ulong> infinite = Vector512.GreaterThanOrEqual(Vector512.Abs(x), Vector512.Create(Halves.Infinity)).AsUInt64();
        return (x.AsUInt64() | (infinite & Vector512.Create(Halves.Exponent))).AsDouble();
    }

    public static void Store(Vector512<double> x, double* to) => x.Store(to);

    public static void Store(Vector512<double> x, float* to) => Avx512F.ConvertToVector256Single(x).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> x, UpperHalf* to)
    {
        Vector256<uint> bits = Avx512F.ConvertToVector256Single(Rounded(x, Halves.KeptOfBFloat16, Halves.LeastBFloat16)).AsUInt32() >> 16;
        Avx512F.VL.ConvertToVector128UInt16(bits).Store((ushort*)to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> x, Half* to)
    {
        Vector512<double> rounded = Rounded(x, Halves.KeptOfFloat16, Halves.LeastFloat16);
        Vector512<ulong> digits = (rounded * Vector512.Create(Halves.FewerExponents)).AsUInt64() >> Halves.MoreDigits;
        Vector512<ulong> bits = digits | ((rounded.AsUInt64() >> Halves.MoreBits) & Vector512.Create(Halves.Sign));
        Avx512F.ConvertToVector128UInt16(bits).Store((ushort*)to);
    }

    public static void StorePastCaches(Vector512<double> x, Vector512<double> y, double* to)
    {
        x.StoreAlignedNonTemporal(to);
        y.StoreAlignedNonTemporal(to + Count);
    }

    public static void StorePastCaches(Vector512<double> x, Vector512<double> y, float* to) =>
        Vector512.Create(Avx512F.ConvertToVector256Single(x), Avx512F.ConvertToVector256Single(y)).StoreAlignedNonTemporal(to);

    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;

    public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => a * b;

    public static Vector512<double> MultiplyAdd(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);

    public static Vector512<double> Max(Vector512<double> a, Vector512<double> b) => Vector512.Max(a, b);

    public static Vector512<double> Abs(Vector512<double> x) => Vector512.Abs(x);

    public static bool IsAnyGreater(Vector512<double> a, Vector512<double> b) => Vector512.GreaterThanAny(a, b);

    public static Vector512<double> WhereGreater(Vector512<double> a, Vector512<double> b, Vector512<double> x, Vector512<double> y) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(a, b), x, y);

    public static double Sum(Vector512<double> x) => Vector512.Sum(x);

    public static double Largest(Vector512<double> x) => Lanes256.Largest(Lanes256.Max(x.GetLower(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Rounded(Vector512<double> x, double kept, double least)
    {
        Vector512<double> power = Vector512.MaxNative((x.AsUInt64() & Vector512.Create(Halves.Exponent)).AsDouble(), Vector512.Create(least));
        Vector512<double> rounded = MultiplyAdd(power, Vector512.Create(-kept), MultiplyAdd(power, Vector512.Create(kept), x));
        return rounded | (x & Vector512.Create(-0.0));
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
    public static Vector256<double> Load(UpperHalf* from) =>
        Avx.ConvertToVector256Double((Sse41.ConvertToVector128Int32((ushort*)from) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(Half* from)
    {
        Vector256<long> bits = Avx2.ConvertToVector256Int64((short*)from) << Halves.MoreDigits;
        Vector256<double> x = (bits.AsUInt64() & Vector256.Create(Halves.SignAndSize)).AsDouble() * Vector256.Create(Halves.MoreExponents);
        Vector256<ulong> infinite = Vector256.GreaterThanOrEqual(Vector256.Abs(x), Vector256.Create(Halves.Infinity)).AsUInt64();
        return (x.AsUInt64() | (infinite & Vector256.Create(Halves.Exponent))).AsDouble();
    }

    public static void Store(Vector256<double> x, double* to) => x.Store(to);

    public static void Store(Vector256<double> x, float* to) => Avx.ConvertToVector128Single(x).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> x, UpperHalf* to)
    {
        Vector128<uint> bits = Avx.ConvertToVector128Single(Rounded(x, Halves.KeptOfBFloat16, Halves.LeastBFloat16)).AsUInt32() >> 16;
        *(ulong*)to = Vector128.Narrow(bits, bits).AsUInt64().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> x, Half* to)
    {
        Vector256<double> rounded = Rounded(x, Halves.KeptOfFloat16, Halves.LeastFloat16);
        Vector256<ulong> digits = (rounded * Vector256.Create(Halves.FewerExponents)).AsUInt64() >> Halves.MoreDigits;
        Vector256<ulong> bits = digits | ((rounded.AsUInt64() >> Halves.MoreBits) & Vector256.Create(Halves.Sign));
        Vector128<uint> narrow = Vector128.Narrow(bits.GetLower(), bits.GetUpper());
        *(ulong*)to = Vector128.Narrow(narrow, narrow).AsUInt64().ToScalar();
    }

    public static void StorePastCaches(Vector256<double> x, Vector256<double> y, double* to)
    {
        x.StoreAlignedNonTemporal(to);
        y.StoreAlignedNonTemporal(to + Count);
    }

    public static void StorePastCaches(Vector256<double> x, Vector256<double> y, float* to) =>
        Vector256.Create(Avx.ConvertToVector128Single(x), Avx.ConvertToVector128Single(y)).StoreAlignedNonTemporal(to);

    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;

    public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => a * b;

    public static Vector256<double> MultiplyAdd(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Vector256.FusedMultiplyAdd(a, b, c);

    public static Vector256<double> Max(Vector256<double> a, Vector256<double> b) => Vector256.Max(a, b);

    public static Vector256<double> Abs(Vector256<double> x) => Vector256.Abs(x);

    public static bool IsAnyGreater(Vector256<double> a, Vector256<double> b) => Vector256.GreaterThanAny(a, b);

    public static Vector256<double> WhereGreater(Vector256<double> a, Vector256<double> b, Vector256<double> x, Vector256<double> y) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(a, b), x, y);

    public static double Sum(Vector256<double> x) => Vector256.Sum(x);

    public static double Largest(Vector256<double> x) => Lanes128.Largest(Lanes128.Max(x.GetLower(), x.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Rounded(Vector256<double> x, double kept, double least)
    {
        Vector256<double> power = Vector256.MaxNative((x.AsUInt64() & Vector256.Create(Halves.Exponent)).AsDouble(), Vector256.Create(least));
        Vector256<double> rounded = MultiplyAdd(power, Vector256.Create(-kept), MultiplyAdd(power, Vector256.Create(kept), x));
        return rounded | (x & Vector256.Create(-0.0));
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
    public static Vector128<double> Load(UpperHalf* from) =>
        Vector128.WidenLower((Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)from).AsUInt16()) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Load(Half* from)
    {
        Vector128<long> bits = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)from).AsInt16())) << Halves.MoreDigits;
        Vector128<double> x = (bits.AsUInt64() & Vector128.Create(Halves.SignAndSize)).AsDouble() * Vector128.Create(Halves.MoreExponents);
        Vector128<ulong> infinite = Vector128.GreaterThanOrEqual(Vector128.Abs(x), Vector128.Create(Halves.Infinity)).AsUInt64();
        return (x.AsUInt64() | (infinite & Vector128.Create(Halves.Exponent))).AsDouble();
    }

    public static void Store(Vector128<double> x, double* to) => x.Store(to);

    public static void Store(Vector128<double> x, float* to) => Vector128.Narrow(x, x).GetLower().Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> x, UpperHalf* to)
    {
        Vector128<double> rounded = Rounded(x, Halves.KeptOfBFloat16, Halves.LeastBFloat16);
        Vector128<uint> bits = Vector128.Narrow(rounded, rounded).AsUInt32() >> 16;
        *(uint*)to = Vector128.Narrow(bits, bits).AsUInt32().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<double> x, Half* to)
    {
        Vector128<double> rounded = Rounded(x, Halves.KeptOfFloat16, Halves.LeastFloat16);
        Vector128<ulong> digits = (rounded * Vector128.Create(Halves.FewerExponents)).AsUInt64() >> Halves.MoreDigits;
        Vector128<ulong> bits = digits | ((rounded.AsUInt64() >> Halves.MoreBits) & Vector128.Create(Halves.Sign));
        Vector128<uint> narrow = Vector128.Narrow(bits, bits);
        *(uint*)to = Vector128.Narrow(narrow, narrow).AsUInt32().ToScalar();
    }

    public static void StorePastCaches(Vector128<double> x, Vector128<double> y, double* to)
    {
        x.StoreAlignedNonTemporal(to);
        y.StoreAlignedNonTemporal(to + Count);
    }

    public static void StorePastCaches(Vector128<double> x, Vector128<double> y, float* to) =>
        Vector128.Narrow(x, y).StoreAlignedNonTemporal(to);

    public static Vector128<double> Add(Vector128<double> a, Vector128<double> b) => a + b;

    public static Vector128<double> Multiply(Vector128<double> a, Vector128<double> b) => a * b;

    public static Vector128<double> MultiplyAdd(Vector128<double> a, Vector128<double> b, Vector128<double> c) => Vector128.FusedMultiplyAdd(a, b, c);

    public static Vector128<double> Max(Vector128<double> a, Vector128<double> b) => Vector128.Max(a, b);

    public static Vector128<double> Abs(Vector128<double> x) => Vector128.Abs(x);

    public static bool IsAnyGreater(Vector128<double> a, Vector128<double> b) => Vector128.GreaterThanAny(a, b);

    public static Vector128<double> WhereGreater(Vector128<double> a, Vector128<double> b, Vector128<double> x, Vector128<double> y) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), x, y);

    public static double Sum(Vector128<double> x) => Vector128.Sum(x);

    public static double Largest(Vector128<double> x) => Math.Max(x.ToScalar(), x.GetElement(1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Rounded(Vector128<double> x, double kept, double least)
    {
        Vector128<double> power = Vector128.MaxNative((x.AsUInt64() & Vector128.Create(Halves.Exponent)).AsDouble(), Vector128.Create(least));
        Vector128<double> rounded = MultiplyAdd(power, Vector128.Create(-kept), MultiplyAdd(power, Vector128.Create(kept), x));
        return rounded | (x & Vector128.Create(-0.0));
    }
}
