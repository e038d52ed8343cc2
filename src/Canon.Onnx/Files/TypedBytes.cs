using System.Buffers.Binary;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Files;

/// <summary>
/// The numbers of a tensor's typed field (float_data, int32_data, …) as the bytes raw_data would have; made anew for
/// each piece.
/// </summary>
internal sealed class TypedBytes : ByteSource
{
    private delegate void WriteEntry(int index, Span<byte> to);

    private readonly int _entrySize;
    private readonly WriteEntry _write;

    private TypedBytes(int count, int entrySize, WriteEntry write)
    {
        Length = (long)count * entrySize;
        _entrySize = entrySize;
        _write = write;
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>The typed field that the schema assigns to elements of <paramref name="type"/>; it may be empty.</summary>
    public static TypedBytes Of(TensorProto tensor, DataType type)
    {
        int size = TensorLayout.Bits(type) / 8;
        switch (type)
        {
            case DataType.Float or DataType.Complex64:
                return new TypedBytes(tensor.FloatData.Count, 4, (i, to) =>
                    BinaryPrimitives.WriteSingleLittleEndian(to, tensor.FloatData[i]));
            case DataType.Double or DataType.Complex128:
                return new TypedBytes(tensor.DoubleData.Count, 8, (i, to) =>
                    BinaryPrimitives.WriteDoubleLittleEndian(to, tensor.DoubleData[i]));
            case DataType.Int64:
                return new TypedBytes(tensor.Int64Data.Count, 8, (i, to) =>
                    BinaryPrimitives.WriteInt64LittleEndian(to, tensor.Int64Data[i]));
            case DataType.Uint64:
                return new TypedBytes(tensor.Uint64Data.Count, 8, (i, to) =>
                    BinaryPrimitives.WriteUInt64LittleEndian(to, tensor.Uint64Data[i]));
            case DataType.Uint32:
                return new TypedBytes(tensor.Uint64Data.Count, 4, (i, to) =>
                    BinaryPrimitives.WriteUInt32LittleEndian(to, (uint)tensor.Uint64Data[i]));
            case DataType.Int32:
                return new TypedBytes(tensor.Int32Data.Count, 4, (i, to) =>
                    BinaryPrimitives.WriteInt32LittleEndian(to, tensor.Int32Data[i]));
            default:
                // An entry of int32_data holds one narrow element, or two of 4 bits.
                return size == 2
                    ? new TypedBytes(tensor.Int32Data.Count, 2, (i, to) =>
                        BinaryPrimitives.WriteInt16LittleEndian(to, (short)tensor.Int32Data[i]))
                    : new TypedBytes(tensor.Int32Data.Count, 1, (i, to) => to[0] = (byte)tensor.Int32Data[i]);
        }
    }

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination) => Fill(offset, destination, _entrySize, (first, last, elements) =>
    {
        for (int i = 0; i <= last - first; i++)
            _write((int)first + i, elements.Slice(i * _entrySize, _entrySize));
    });
}
