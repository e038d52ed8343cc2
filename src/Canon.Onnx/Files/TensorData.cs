using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Files;

/// <summary>
/// The numbers of one tensor, whose <see cref="Bytes"/> are little-endian and in the layout of raw_data, however the file stores them. Good while the <see cref="ModelFile"/> it comes from is open.
/// </summary>
internal sealed class TensorData
{
    private readonly TensorLayout _layout;

    internal TensorData(TensorLayout layout, ByteSource bytes)
    {
        _layout = layout;
        Bytes = bytes;
    }

    /// <summary>The type of the elements.</summary>
    public DataType ElementType => _layout.ElementType;

    /// <summary>The dimensions: none negative, and their product is <see cref="ElementCount"/>.</summary>
    public IReadOnlyList<long> Dims => _layout.Dims;

    /// <summary>The number of elements.</summary>
    public long ElementCount => _layout.ElementCount;

    /// <summary>The number of bytes, which are known to be present; may exceed 2 GiB.</summary>
    public long ByteLength => Bytes.Length;

    /// <summary>The bytes.</summary>
    public ByteSource Bytes { get; }

    /// <summary>As many elements of the same type, with other dimensions.</summary>
    internal TensorData As(IReadOnlyList<long> dims, ByteSource bytes) => new(_layout with { Dims = dims }, bytes);
}
