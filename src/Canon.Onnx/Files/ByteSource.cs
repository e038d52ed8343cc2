namespace Canon.Onnx.Files;

/// <summary>Bytes at rest, read in pieces: a mapped file, a part of one, memory, or values made on demand.</summary>
internal abstract class ByteSource
{
    /// <summary>How many bytes there are; may exceed 2 GiB.</summary>
    public abstract long Length { get; }

    /// <summary>
    /// The <paramref name="count"/> bytes from <paramref name="offset"/> on. The span is good until the next read and
    /// while the file it comes from is open.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The piece does not lie within the bytes.</exception>
    public ReadOnlySpan<byte> Read(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length - offset);
        return count == 0 ? [] : ReadInside(offset, count);
    }

    /// <summary>The bytes of a non-empty piece that is known to lie within the source.</summary>
    protected abstract ReadOnlySpan<byte> ReadInside(long offset, int count);
}

/// <summary>Bytes held in memory.</summary>
internal sealed class MemoryBytes(ReadOnlyMemory<byte> memory) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => memory.Length;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> ReadInside(long offset, int count) => memory.Span.Slice((int)offset, count);
}

/// <summary>A contiguous part of another source.</summary>
internal sealed class PartOfBytes : ByteSource
{
    private readonly ByteSource _whole;
    private readonly long _offset;

    /// <summary>The <paramref name="length"/> bytes of <paramref name="whole"/> from <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie within the whole.</exception>
    public PartOfBytes(ByteSource whole, long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, whole.Length - offset);
        _whole = whole;
        _offset = offset;
        Length = length;
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> ReadInside(long offset, int count) => _whole.Read(_offset + offset, count);
}
