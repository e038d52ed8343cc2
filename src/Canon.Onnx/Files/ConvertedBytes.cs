using System.Buffers.Binary;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Files;

/// <summary>The elements of a tensor as numbers of another type, rounded as Cast does; made anew for each piece.</summary>
internal sealed class ConvertedBytes : ByteSource
{
    private delegate void Convert(ReadOnlySpan<byte> from, Span<byte> to);

    private readonly ByteSource _source;
    private readonly int _from;
    private readonly int _to;
    private readonly Convert _convert;

    private ConvertedBytes(ByteSource source, int from, int to, Convert convert)
    {
        _source = source;
        _from = from;
        _to = to;
        _convert = convert;
    }

    /// <inheritdoc/>
    public override long Length => _source.Length / _from * _to;

    /// <summary>The bytes of elements as another type; null where the two are not both of reals or both of integers.</summary>
    public static ByteSource? Of(ByteSource source, DataType from, DataType to)
    {
        if (from == to)
            return source;
        Convert? convert = IsReal(from) && IsReal(to) ? (bytes, result) => WriteReal(result, to, ReadReal(bytes, from))
            : IsInteger(from) && IsInteger(to) ? (bytes, result) => WriteInteger(result, to, ReadInteger(bytes, from))
            : null;
        return convert is null ? null : new ConvertedBytes(source, TensorLayout.Bits(from) / 8, TensorLayout.Bits(to) / 8, convert);
    }

    /// <summary>Whether a type is one of floating-point numbers that can be weights.</summary>
    public static bool IsReal(DataType type) => type is DataType.Float16 or DataType.Bfloat16 or DataType.Float or DataType.Double;

    /// <summary>Whether a type is one of whole bytes that hold integers or truth values.</summary>
    public static bool IsInteger(DataType type) => type
        is DataType.Int8 or DataType.Int16 or DataType.Int32 or DataType.Int64
        or DataType.Uint8 or DataType.Uint16 or DataType.Uint32 or DataType.Uint64 or DataType.Bool;

    /// <summary>A number in the layout of raw_data.</summary>
    public static double ReadReal(ReadOnlySpan<byte> from, DataType type) => type switch
    {
        DataType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(from),
        DataType.Bfloat16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(from) << 16),
        DataType.Float => BinaryPrimitives.ReadSingleLittleEndian(from),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(from),
    };

    /// <summary>An integer in the layout of raw_data; of the unsigned ones of 64 bits the same bits.</summary>
    public static long ReadInteger(ReadOnlySpan<byte> from, DataType type) => type switch
    {
        DataType.Int8 => (sbyte)from[0],
        DataType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(from),
        DataType.Uint16 => BinaryPrimitives.ReadUInt16LittleEndian(from),
        DataType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(from),
        DataType.Uint32 => BinaryPrimitives.ReadUInt32LittleEndian(from),
        DataType.Int64 or DataType.Uint64 => BinaryPrimitives.ReadInt64LittleEndian(from),
        _ => from[0],
    };

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> ReadInside(long offset, int count)
    {
        long first = offset / _to;
        int elements = (int)((offset + count - 1) / _to - first + 1);
        ReadOnlySpan<byte> source = _source.Read(first * _from, checked(elements * _from));
        byte[] bytes = new byte[checked(elements * _to)];
        for (int i = 0; i < elements; i++)
            _convert(source[(i * _from)..], bytes.AsSpan(i * _to, _to));
        return bytes.AsSpan((int)(offset % _to), count);
    }

    private static void WriteReal(Span<byte> to, DataType type, double number)
    {
        switch (type)
        {
            case DataType.Float16:
                BinaryPrimitives.WriteHalfLittleEndian(to, (Half)(float)number);
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
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(to, number);
                break;
        }
    }

    private static void WriteInteger(Span<byte> to, DataType type, long number)
    {
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(wide, type == DataType.Bool && number != 0 ? 1 : number);
        wide[..to.Length].CopyTo(to);
    }
}
