namespace Canon.Kernels;

/// <summary>
/// How numbers of 16 bits stand to float64. A number is rounded to few digits by adding one that is so large that float64 keeps no more of
/// them, and taking it away again; ties go to the even one. The exponent and the digits of float16, moved to where float64 has its own, are
/// a number of the smallest exponents that float64 has: one factor leads from there to what it means.
/// </summary>
internal static class Halves
{
    /// <summary>1.5·2^45: added to a number below 2, it leaves 7 binary digits behind the point.</summary>
    public const double KeptOfBFloat16 = 52776558133248;

    /// <summary>2^-126: below it bfloat16 has fewer digits.</summary>
    public const double LeastBFloat16 = 1.1754943508222875e-38;

    /// <summary>1.5·2^42: it leaves 10.</summary>
    public const double KeptOfFloat16 = 6597069766656;

    /// <summary>2^-14: below it float16 has fewer digits.</summary>
    public const double LeastFloat16 = 6.103515625e-05;

    /// <summary>The bits of float64 that are the exponent.</summary>
    public const ulong Exponent = 0x7FF0_0000_0000_0000;

    /// <summary>How many more digits float64 has.</summary>
    public const int MoreDigits = 42;

    /// <summary>How many more bits: so far is one sign from the other.</summary>
    public const int MoreBits = 48;

    /// <summary>The sign of float16.</summary>
    public const ulong Sign = 0x8000;

    /// <summary>The sign of float64, and where the exponent and the digits of float16 stand in it.</summary>
    public const ulong SignAndSize = (1UL << 63) | (0x7FFFUL << MoreDigits);

    /// <summary>2^1008: float64 has as many more exponents below 1.</summary>
    public const double MoreExponents = 2.7430620343968443e303;

    /// <summary>The way back.</summary>
    public const double FewerExponents = 1 / MoreExponents;

    /// <summary>What the bits for infinity would mean as a number; those of what is no number mean more.</summary>
    public const double Infinity = 65536;
}
