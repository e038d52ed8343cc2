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

    public static void Store(Vector512<double> x, double* to) => x.Store(to);

    public static void Store(Vector512<double> x, float* to) => Avx512F.ConvertToVector256Single(x).Store(to);

    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b) => a + b;

    public static Vector512<double> Multiply(Vector512<double> a, Vector512<double> b) => a * b;

    public static Vector512<double> MultiplyAdd(Vector512<double> a, Vector512<double> b, Vector512<double> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);

    public static double Sum(Vector512<double> x) => Vector512.Sum(x);
}

/// <summary>AVX2. Half a vector of float32 at a time: to join halves takes as long as all the rest.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<double>>
{
    public static int Count => 4;

    public static Vector256<double> Zero => Vector256<double>.Zero;

    public static Vector256<double> Splat(double x) => Vector256.Create(x);

    public static Vector256<double> Load(double* from) => Vector256.Load(from);

    public static Vector256<double> Load(float* from) => Avx.ConvertToVector256Double(Vector128.Load(from));

    public static void Store(Vector256<double> x, double* to) => x.Store(to);

    public static void Store(Vector256<double> x, float* to) => Avx.ConvertToVector128Single(x).Store(to);

    public static Vector256<double> Add(Vector256<double> a, Vector256<double> b) => a + b;

    public static Vector256<double> Multiply(Vector256<double> a, Vector256<double> b) => a * b;

    public static Vector256<double> MultiplyAdd(Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);

    public static double Sum(Vector256<double> x) => Vector256.Sum(x);
}

/// <summary>Arm64, and every other machine.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Vector128<double>>
{
    public static int Count => 2;

    public static Vector128<double> Zero => Vector128<double>.Zero;

    public static Vector128<double> Splat(double x) => Vector128.Create(x);

    public static Vector128<double> Load(double* from) => Vector128.Load(from);

    public static Vector128<double> Load(float* from) => Vector128.WidenLower(Vector64.Load(from).ToVector128Unsafe());

    public static void Store(Vector128<double> x, double* to) => x.Store(to);

    public static void Store(Vector128<double> x, float* to) => Vector128.Narrow(x, x).GetLower().Store(to);

    public static Vector128<double> Add(Vector128<double> a, Vector128<double> b) => a + b;

    public static Vector128<double> Multiply(Vector128<double> a, Vector128<double> b) => a * b;

    public static Vector128<double> MultiplyAdd(Vector128<double> a, Vector128<double> b, Vector128<double> c) =>
        Vector128.FusedMultiplyAdd(a, b, c);

    public static double Sum(Vector128<double> x) => Vector128.Sum(x);
}
