namespace Canon.Kernels;

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly struct UpperHalf(ushort bits)
{
    private readonly ushort bits = bits;

    public static explicit operator double(UpperHalf x) => BitConverter.UInt32BitsToSingle((uint)x.bits << 16);

    /// <summary>To the nearest, ties to even.</summary>
    public static explicit operator UpperHalf(double x)
    {
        float nearest = (float)x;
        uint single = BitConverter.SingleToUInt32Bits(nearest);
        if (nearest != x)
        {
            // What float32 cannot hold stays visible in the last bit, so that rounding twice is rounding once.
            single = (Math.Abs((double)nearest) > Math.Abs(x) ? single - 1 : single) | 1;
        }

        return new((ushort)((single + 0x7FFF + (single >> 16 & 1)) >> 16));
    }
}
