using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>The element types of the format.</summary>
internal static class SafetensorsTypes
{
    /// <summary>The type that Canon computes with; null for integers, truth values and other reals.</summary>
    public static ElementType? Computed(string type) => type switch
    {
        "F16" => ElementType.Float16,
        "BF16" => ElementType.BFloat16,
        "F32" => ElementType.Float32,
        "F64" => ElementType.Float64,
        _ => null,
    };

    /// <summary>The bytes that a tensor takes.</summary>
    /// <exception cref="Exception">What <paramref name="fail"/> makes of the reason why there is no such tensor.</exception>
    public static long ByteLength(string type, IReadOnlyList<long> shape, Func<string, Exception> fail)
    {
        int bits = Bits(type);
        if (bits == 0)
            throw fail($"the format has no element type '{SafetensorsHeader.Short(type)}'");
        long total = TensorLayout.Count(shape, fail) * bits;
        return total % 8 == 0 ? total / 8 : throw fail($"its elements of {bits} bits do not fill whole bytes");
    }

    /// <summary>The bits that one element takes, or 0 for a type that the format does not have.</summary>
    public static int Bits(string type) => type switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" or "F8_E4M3FNUZ" or "F8_E5M2FNUZ" => 8,
        "I16" or "U16" or "F16" or "BF16" => 16,
        "I32" or "U32" or "F32" => 32,
        "I64" or "U64" or "F64" or "C64" => 64,
        _ => 0,
    };
}
