using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>A tensor of a safetensors file that is to be written: one of an open file, or one whose bytes are yet to be made.</summary>
public sealed class SafetensorsEntry
{
    /// <summary>A tensor of an open file, its bytes unchanged. The file must be open when they are written.</summary>
    /// <param name="tensor">The tensor.</param>
    public SafetensorsEntry(SafetensorsTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Name = tensor.Name;
        Type = tensor.Type;
        Shape = tensor.Shape;
        ByteLength = tensor.ByteLength;
        Bytes = tensor.Bytes;
    }

    /// <summary>A tensor whose bytes are made block by block when they are written.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">How the format calls the type of the elements, such as <c>F32</c>.</param>
    /// <param name="shape">The dimensions, none for a scalar.</param>
    /// <param name="fill">Called for each block in order.</param>
    /// <exception cref="ArgumentException">
    /// The format does not have the type or such a name, or the dimensions are negative or too large.
    /// </exception>
    public SafetensorsEntry(string name, string type, IReadOnlyList<long> shape, FillBlock fill)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(fill);
        if (name == SafetensorsHeader.MetadataName)
            throw new ArgumentException($"A tensor cannot be named '{name}': the format keeps its metadata there.", nameof(name));
        SafetensorsHeader.RefuseHalfCharacters(name, nameof(name));
        Name = name;
        Type = type;
        Shape = Array.AsReadOnly([.. shape]);
        ByteLength = SafetensorsTypes.ByteLength(type, Shape, problem => new ArgumentException($"Tensor '{name}': {problem}."));
        Bytes = new FilledBytes(ByteLength, fill);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>How the format calls the type of its elements, such as <c>F32</c>, <c>BF16</c> or <c>I64</c>.</summary>
    public string Type { get; }

    /// <summary>The dimensions, none for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The size in bytes; may exceed 2 GiB.</summary>
    public long ByteLength { get; }

    internal ByteSource Bytes { get; }
}
