using System.Buffers.Binary;
using Canon.Onnx.Schema;
using Google.Protobuf;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Writing;

/// <summary>Numbers as the elements of a small tensor.</summary>
internal static class Elements
{
    /// <summary>A tensor with these numbers, each rounded to the type.</summary>
    /// <exception cref="NetworkException">A number is too large for the type.</exception>
    public static TensorProto Tensor(string name, DataType type, IEnumerable<long> dims, IReadOnlyList<double> numbers)
    {
        int size = type switch
        {
            DataType.Double => 8,
            DataType.Float => 4,
            _ => 2,
        };
        byte[] bytes = new byte[numbers.Count * size];
        for (int i = 0; i < numbers.Count; i++)
        {
            double stored = Write(bytes.AsSpan(i * size, size), type, numbers[i]);
            if (!double.IsFinite(stored))
                throw new NetworkException(
                    $"{name}: entry {i} is {numbers[i]:G6}, which {type} cannot hold: "
                    + "the canonical form of this network exceeds the range of the model's type");
        }

        return new TensorProto
        {
            Name = name,
            DataType = (int)type,
            Dims = { dims },
            RawData = UnsafeByteOperations.UnsafeWrap(bytes),
        };
    }

    private static double Write(Span<byte> to, DataType type, double number)
    {
        switch (type)
        {
            case DataType.Double:
                BinaryPrimitives.WriteDoubleLittleEndian(to, number);
                return number;
            case DataType.Float:
                BinaryPrimitives.WriteSingleLittleEndian(to, (float)number);
                return (float)number;
            case DataType.Float16:
                BinaryPrimitives.WriteHalfLittleEndian(to, (Half)number);
                return (double)(Half)number;
            case DataType.Bfloat16:
                uint bits = BitConverter.SingleToUInt32Bits((float)number);
                // To the nearest, ties to even.
                uint upper = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
                BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)upper);
                return BitConverter.UInt32BitsToSingle(upper << 16);
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not a floating-point type");
        }
    }
}
