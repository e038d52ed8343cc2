using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>
/// A tensor of an open safetensors file. Its numbers stay in the file and can be read, from several threads as well, until that
/// is closed.
/// </summary>
public sealed class SafetensorsTensor
{
    private readonly StoredBytes? _values;

    internal SafetensorsTensor(SafetensorsPlace place, ByteSource bytes)
    {
        Name = place.Name;
        Type = place.Type;
        Shape = place.Shape;
        Bytes = bytes;
        if (SafetensorsTypes.Computed(place.Type) is { } type)
            _values = new StoredBytes(type, SafetensorsTypes.Bits(place.Type) / 8, bytes);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>How the format calls the type of its elements, such as <c>F32</c>, <c>BF16</c> or <c>I64</c>.</summary>
    public string Type { get; }

    /// <summary>The dimensions, none for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>How one number is stored; null where Canon does not compute with numbers of this type.</summary>
    public ElementType? ElementType => _values?.ElementType;

    /// <summary>The size in bytes; may exceed 2 GiB.</summary>
    public long ByteLength => Bytes.Length;

    internal ByteSource Bytes { get; }

    /// <summary>The numbers where they lie in the file, such as for <see cref="Parameter"/>.</summary>
    /// <param name="values">The numbers, the last dimension running fastest.</param>
    /// <returns>False where Canon does not compute with numbers of this type.</returns>
    public bool TryValues([NotNullWhen(true)] out Storage? values)
    {
        values = _values;
        return values is not null;
    }

    /// <summary>Reads the little-endian bytes from an offset on, of elements of any type.</summary>
    /// <param name="byteOffset">The first byte, from 0.</param>
    /// <param name="destination">Is filled with as many bytes as it holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bytes do not lie within the tensor.</exception>
    /// <exception cref="ModelFileException">The file cannot be read, or was shortened.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public void Read(long byteOffset, Span<byte> destination) => Bytes.Read(byteOffset, destination);
}
