namespace Canon.Onnx.Files;

/// <summary>The numbers that bytes are, one after the other.</summary>
/// <param name="type">How one is stored.</param>
/// <param name="size">In so many bytes.</param>
/// <param name="bytes">The bytes of all.</param>
internal sealed class StoredBytes(ElementType type, int size, ByteSource bytes) : Storage(type, bytes.Length / size)
{
    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination) => bytes.Read(checked(offset * size), destination);
}
