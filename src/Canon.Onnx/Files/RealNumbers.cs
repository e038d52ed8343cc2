using System.Buffers.Binary;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Files;

/// <summary>Floating-point numbers in the layout of raw_data.</summary>
internal static class RealNumbers
{
    /// <summary>Whether a type is one of floating-point numbers that can be weights.</summary>
    public static bool Are(DataType type) => type is DataType.Float16 or DataType.Bfloat16 or DataType.Float or DataType.Double;

    /// <summary>The number that bytes are in a type.</summary>
    public static double Read(ReadOnlySpan<byte> from, DataType type) => type switch
    {
        DataType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(from),
        DataType.Bfloat16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(from) << 16),
        DataType.Float => BinaryPrimitives.ReadSingleLittleEndian(from),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(from),
    };

    /// <summary>A number rounded to a type; what is too large for it becomes infinite.</summary>
    public static void Write(Span<byte> to, DataType type, double number)
    {
        switch (type)
        {
            case DataType.Float16:
                BinaryPrimitives.WriteHalfLittleEndian(to, (Half)number);
                break;
            case DataType.Bfloat16:
                uint bits = BitConverter.SingleToUInt32Bits((float)number);
                // To the nearest, ties to even.
                uint rounded = double.IsNaN(number) ? 0x7FC0 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
                BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)rounded);
                break;
            case DataType.Float:
                BinaryPrimitives.WriteSingleLittleEndian(to, (float)number);
                break;
            case DataType.Double:
                BinaryPrimitives.WriteDoubleLittleEndian(to, number);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not a floating-point type");
        }
    }
}
