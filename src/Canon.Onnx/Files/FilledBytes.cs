namespace Canon.Onnx.Files;

/// <summary>The bytes a caller makes while they are written, block after block.</summary>
/// <param name="length">How many bytes there are.</param>
/// <param name="fill">Makes them.</param>
internal sealed class FilledBytes(long length, FillBlock fill) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination) => fill(offset, destination);
}
