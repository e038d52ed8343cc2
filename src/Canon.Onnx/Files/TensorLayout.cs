using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Files;

/// <summary>What a tensor's header promises: element type, dimensions, and so the number of its elements and bytes.</summary>
/// <param name="ElementType">The type of the elements.</param>
/// <param name="Dims">The dimensions, none for a scalar.</param>
/// <param name="ElementCount">The product of the dimensions.</param>
/// <param name="ByteLength">The bytes of all elements in the layout of raw_data; 4-bit elements lie two in a byte.</param>
internal sealed record TensorLayout(
    DataType ElementType, IReadOnlyList<long> Dims, long ElementCount, long ByteLength)
{
    /// <summary>The bits one element takes in raw_data, or 0 for texts and unknown types.</summary>
    public static int Bits(DataType type) => type switch
    {
        DataType.Uint4 or DataType.Int4 or DataType.Float4E2M1 => 4,
        DataType.Uint8 or DataType.Int8 or DataType.Bool or DataType.Float8E4M3Fn or DataType.Float8E4M3Fnuz
            or DataType.Float8E5M2 or DataType.Float8E5M2Fnuz or DataType.Float8E8M0 => 8,
        DataType.Uint16 or DataType.Int16 or DataType.Float16 or DataType.Bfloat16 => 16,
        DataType.Float or DataType.Int32 or DataType.Uint32 => 32,
        DataType.Double or DataType.Int64 or DataType.Uint64 or DataType.Complex64 => 64,
        DataType.Complex128 => 128,
        _ => 0,
    };

    /// <summary>The layout a tensor's header promises; nothing is allocated for it.</summary>
    /// <exception cref="Exception">What <paramref name="fail"/> makes of the reason why there is none.</exception>
    public static TensorLayout Of(TensorProto tensor, Func<string, Exception> fail)
    {
        var type = (DataType)tensor.DataType;
        int bits = Bits(type);
        if (bits == 0)
            throw fail($"elements of type {type} have no bytes to read; only numbers and booleans do");

        long count = Count(tensor.Dims, fail);
        return new TensorLayout(type, [.. tensor.Dims], count, (count * bits + 7) / 8);
    }

    /// <summary>How many elements dimensions hold; the bits of that many elements of any type do not overflow.</summary>
    /// <exception cref="Exception">What <paramref name="fail"/> makes of the reason why they hold none.</exception>
    public static long Count(IReadOnlyList<long> dims, Func<string, Exception> fail)
    {
        // Room for the bits of every element below, so that no later product overflows.
        const long mostElements = long.MaxValue / 128 - 1;
        long count = 1;
        foreach (long dim in dims)
        {
            if (dim < 0)
                throw fail($"dimension {dim} is negative");
            if (dim == 0)
                count = 0;
        }

        foreach (long dim in dims)
        {
            if (count > 0 && dim > mostElements / count)
                throw fail($"the product of its dimensions [{Show(dims)}] overflows");
            count *= dim;
        }

        return count;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{ElementType} [{Show(Dims)}]";

    private static string Show(IReadOnlyCollection<long> dims) =>
        string.Join(", ", dims.Take(8)) + (dims.Count > 8 ? ", …" : "");
}
