namespace Canon.Onnx.Files;

/// <summary>The bytes a caller makes while they are written, block after block in one buffer.</summary>
/// <param name="length">How many bytes there are.</param>
/// <param name="fill">Makes them.</param>
/// <param name="block">The buffer, of <see cref="BlockWriter.BlockSize"/>.</param>
internal sealed class FilledBytes(long length, FillBlock fill, byte[] block) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> ReadInside(long offset, int count)
    {
        fill(offset, block.AsSpan(0, count));
        return block.AsSpan(0, count);
    }
}
