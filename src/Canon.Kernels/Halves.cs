namespace Canon.Kernels;

/// <summary>
/// What numbers of 16 bits and float64 have to do with each other. A number is rounded to few digits where one is added to it that is so
/// large that float64 keeps no more of them, and taken away again: of two numbers as near it is the even one. float16 has the digits of
/// float64 that come first, and the exponents of its smallest numbers: one factor leads from those to its own.
/// </summary>
internal static class Halves
{
    /// <summary>Of 1.5 times a power of two: between it and the next no digit is lost on the way back.</summary>
    public const double KeptOfBFloat16 = 52776558133248; // 1.5·2^45: 7 digits behind the first

    /// <summary>The smallest power of two with all digits.</summary>
    public const double LeastBFloat16 = 1.1754943508222875e-38; // 2^-126

    /// <inheritdoc cref="KeptOfBFloat16"/>
    public const double KeptOfFloat16 = 6597069766656; // 1.5·2^42: 10 digits

    /// <inheritdoc cref="LeastBFloat16"/>
    public const double LeastFloat16 = 6.103515625e-05; // 2^-14

    /// <summary>The bits of float64 that are the exponent.</summary>
    public const ulong Exponent = 0x7FF0_0000_0000_0000;

    /// <summary>How far the last digit of float16 is from that of float64.</summary>
    public const int MoreDigits = 42;

    /// <summary>How far the sign is.</summary>
    public const int MoreBits = 48;

    /// <summary>The sign of float16.</summary>
    public const ulong Sign = 0x8000;

    /// <summary>The sign of float64, and the bits of float16 without its own as far up as its digits.</summary>
    public const ulong SignAndSize = (1UL << 63) | (0x7FFFUL << MoreDigits);

    /// <summary>float64 has so many times more exponents below 1 than float16.</summary>
    public const double MoreExponents = 2.7430620343968443e303; // 2^1008

    /// <summary>From float64 to the exponents of float16.</summary>
    public const double FewerExponents = 1 / MoreExponents;

    /// <summary>The first number above those of float16, for which infinity stands, and what else is none.</summary>
    public const double Infinity = 65536;
}
