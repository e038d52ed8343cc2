using System.Buffers;
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
        Convert? convert = RealNumbers.Are(from) && RealNumbers.Are(to) ? (bytes, result) => Cast(bytes, from, result, to)
            : IsInteger(from) && IsInteger(to) ? (bytes, result) => WriteInteger(result, to, ReadInteger(bytes, from))
            : null;
        return convert is null ? null : new ConvertedBytes(source, TensorLayout.Bits(from) / 8, TensorLayout.Bits(to) / 8, convert);
    }

    /// <summary>Whether a type is one of whole bytes that hold integers or truth values.</summary>
    public static bool IsInteger(DataType type) => type
        is DataType.Int8 or DataType.Int16 or DataType.Int32 or DataType.Int64
        or DataType.Uint8 or DataType.Uint16 or DataType.Uint32 or DataType.Uint64 or DataType.Bool;

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
    protected override void ReadInside(long offset, Span<byte> destination) => Fill(offset, destination, _to, (first, last, elements) =>
    {
        int length = checked((int)(last - first + 1) * _from);
        byte[] source = ArrayPool<byte>.Shared.Rent(length);
        _source.Read(first * _from, source.AsSpan(0, length));
        for (int i = 0; i <= last - first; i++)
            _convert(source.AsSpan(i * _from), elements.Slice(i * _to, _to));
        ArrayPool<byte>.Shared.Return(source);
    });

    private static void Cast(ReadOnlySpan<byte> bytes, DataType from, Span<byte> result, DataType to)
    {
        double number = RealNumbers.Read(bytes, from);
        // Engines round a double to float on its way to float16.
        RealNumbers.Write(result, to, to == DataType.Float16 ? (float)number : number);
    }

    private static void WriteInteger(Span<byte> to, DataType type, long number)
    {
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(wide, type == DataType.Bool && number != 0 ? 1 : number);
        wide[..to.Length].CopyTo(to);
    }
}
