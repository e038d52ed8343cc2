using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Canon.Kernels;

/// <summary>Numbers of 16 bits, by way of float32.</summary>
internal static unsafe class Halves
{
    // The smallest normal float32: below it float32 has fewer digits than rounding by way of it needs.
    private const double SmallestNormal = 1.1754943508222875e-38;

    /// <summary>float32 from bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToSingle(ushort* source, float* target, int count)
    {
        int k = 0;
        for (; k + 16 <= count; k += 16)
        {
            (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(Vector256.Load(source + k));
            (lower << 16).AsSingle().Store(target + k);
            (upper << 16).AsSingle().Store(target + k + 8);
        }

        for (; k < count; k++)
            target[k] = BitConverter.UInt32BitsToSingle((uint)source[k] << 16);
    }

    /// <summary>bfloat16 from float32, to the nearest, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromSingle(float* source, ushort* target, int count)
    {
        int k = 0;
        for (; k + 16 <= count; k += 16)
            Vector256.Narrow(Rounded(Vector256.Load(source + k)), Rounded(Vector256.Load(source + k + 8))).Store(target + k);

        for (; k < count; k++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[k]);
            target[k] = (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
        }
    }

    /// <summary>
    /// float32 from float64 so that rounding it again to at most 22 bits is rounding once: what float32 cannot hold stays visible in
    /// its last bit (rounding to odd).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToOddSingle(double* source, float* target, int count)
    {
        int k = 0;
        for (; k + 8 <= count; k += 8)
        {
            Vector256<double> lower = Vector256.Load(source + k), upper = Vector256.Load(source + k + 4);
            if ((Held(lower) & Held(upper)) == Vector256<ulong>.AllBitsSet)
            {
                Store(Odd(lower), target + k);
                Store(Odd(upper), target + k + 4);
            }
            else
            {
                for (int i = k; i < k + 8; i++)
                    target[i] = ToOddSingle(source[i]);
            }
        }

        for (; k < count; k++)
            target[k] = ToOddSingle(source[k]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rounded(Vector256<float> numbers)
    {
        Vector256<uint> bits = numbers.AsUInt32();
        return (bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One)) >> 16;
    }

    /// <summary>Of which float32 holds 24 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Held(Vector256<double> numbers)
    {
        Vector256<double> size = Vector256.Abs(numbers);
        return (Vector256.GreaterThanOrEqual(size, Vector256.Create(SmallestNormal)) | Vector256.Equals(size, Vector256<double>.Zero)).AsUInt64();
    }

    // To join the halves of a vector takes as long as all the rest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<double> numbers, float* target)
    {
        if (Avx.IsSupported)
            Avx.ConvertToVector128Single(numbers).Store(target);
        else
            Vector128.Narrow(numbers.GetLower(), numbers.GetUpper()).Store(target);
    }

    /// <summary>The 24 bits that float32 holds, the last one set where there was more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Odd(Vector256<double> numbers)
    {
        Vector256<ulong> bits = numbers.AsUInt64(), rest = Vector256.Create(0x1FFFFFFFul);
        Vector256<ulong> exact = Vector256.Equals(bits & rest, Vector256<ulong>.Zero);
        return ((bits & ~rest) | Vector256.AndNot(Vector256.Create(0x20000000ul), exact)).AsDouble();
    }

    private static float ToOddSingle(double x)
    {
        float nearest = (float)x;
        if (nearest == x || !float.IsFinite(nearest))
            return nearest;
        uint bits = BitConverter.SingleToUInt32Bits(nearest);
        return BitConverter.UInt32BitsToSingle((Math.Abs((double)nearest) > Math.Abs(x) ? bits - 1 : bits) | 1);
    }
}
