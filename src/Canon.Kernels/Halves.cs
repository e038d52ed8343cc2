using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Canon.Kernels;

/// <summary>
/// Numbers of 16 bits, as the lower halves of lanes of 32, from float32 and to it. Before they are rounded to 16 bits, numbers have been
/// rounded to odd: the last bit of float32 tells whether there was more, and rounding twice is then rounding once.
/// </summary>
internal static class Halves
{
    // float32 has 112 more exponents below 1 than float16, and 13 more digits.
    private const float MoreExponents = 5.192296858534828e33f; // 2^112
    private const int MoreDigits = 13;
    private const uint Sign = 0x8000, SmallestNormal = 0x38800000, Half = 0x3F000000, Infinity = 0x7C00;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> FromBFloat16(Vector128<uint> bits) => (bits << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FromBFloat16(Vector256<uint> bits) => (bits << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ToBFloat16(Vector128<uint> odd) =>
        (odd + Vector128.Create(0x7FFFu) + ((odd >> 16) & Vector128<uint>.One)) >> 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> ToBFloat16(Vector256<uint> odd) =>
        (odd + Vector256.Create(0x7FFFu) + ((odd >> 16) & Vector256<uint>.One)) >> 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> FromFloat16(Vector128<uint> bits)
    {
        Vector128<uint> sign = bits & Vector128.Create(Sign), size = bits ^ sign;
        Vector128<uint> finite = ((size << MoreDigits).AsSingle() * Vector128.Create(MoreExponents)).AsUInt32();
        Vector128<uint> infinite = Vector128.GreaterThanOrEqual(size.AsInt32(), Vector128.Create((int)Infinity)).AsUInt32();
        return (finite | (sign << 16) | (infinite & Vector128.Create(0x7F800000u))).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FromFloat16(Vector256<uint> bits)
    {
        Vector256<uint> sign = bits & Vector256.Create(Sign), size = bits ^ sign;
        Vector256<uint> finite = ((size << MoreDigits).AsSingle() * Vector256.Create(MoreExponents)).AsUInt32();
        Vector256<uint> infinite = Vector256.GreaterThanOrEqual(size.AsInt32(), Vector256.Create((int)Infinity)).AsUInt32();
        return (finite | (sign << 16) | (infinite & Vector256.Create(0x7F800000u))).AsSingle();
    }

    /// <summary>Of numbers that float16 can hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<uint> ToFloat16(Vector128<uint> odd)
    {
        Vector128<uint> sign = (odd >> 16) & Vector128.Create(Sign), size = odd & Vector128.Create(0x7FFFFFFFu);
        Vector128<uint> last = (size >> MoreDigits) & Vector128<uint>.One;
        Vector128<uint> normal = (size - Vector128.Create((112u << 23) - 0xFFF) + last) >> MoreDigits;

        // The digits of ½ + x that are left are those of x.
        Vector128<uint> small = (size.AsSingle() + Vector128.Create(0.5f)).AsUInt32() - Vector128.Create(Half);
        Vector128<uint> isSmall = Vector128.LessThan(size.AsInt32(), Vector128.Create((int)SmallestNormal)).AsUInt32();
        return Vector128.ConditionalSelect(isSmall, small, normal) | sign;
    }

    /// <summary>Of numbers that float16 can hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> ToFloat16(Vector256<uint> odd)
    {
        Vector256<uint> sign = (odd >> 16) & Vector256.Create(Sign), size = odd & Vector256.Create(0x7FFFFFFFu);
        Vector256<uint> last = (size >> MoreDigits) & Vector256<uint>.One;
        Vector256<uint> normal = (size - Vector256.Create((112u << 23) - 0xFFF) + last) >> MoreDigits;
        Vector256<uint> small = (size.AsSingle() + Vector256.Create(0.5f)).AsUInt32() - Vector256.Create(Half);
        Vector256<uint> isSmall = Vector256.LessThan(size.AsInt32(), Vector256.Create((int)SmallestNormal)).AsUInt32();
        return Vector256.ConditionalSelect(isSmall, small, normal) | sign;
    }
}
