using System.Buffers;

namespace Canon.Onnx.Files;

/// <summary>Bytes at rest, read in pieces: of a file, of memory, a part of these, or bytes made on demand.</summary>
internal abstract class ByteSource
{
    /// <summary>How many bytes there are; may exceed 2 GiB.</summary>
    public abstract long Length { get; }

    /// <summary>Fills the destination with the bytes from <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The piece does not lie within the bytes.</exception>
    /// <exception cref="ModelFileException">The file that they come from cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, Length - offset);
        if (!destination.IsEmpty)
            ReadInside(offset, destination);
    }

    /// <summary>The <paramref name="count"/> bytes from <paramref name="offset"/> on, in an array of their own.</summary>
    /// <inheritdoc cref="Read(long, Span{byte})"/>
    public byte[] Read(long offset, int count)
    {
        byte[] bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Fills a non-empty piece that is known to lie within the source.</summary>
    protected abstract void ReadInside(long offset, Span<byte> destination);

    /// <summary>Makes elements first … last, one after the other.</summary>
    protected delegate void MakeElements(long first, long last, Span<byte> elements);

    /// <summary>Fills a piece that may begin and end inside an element: where it does, whole ones are made beside it.</summary>
    protected static void Fill(long offset, Span<byte> destination, int size, MakeElements make)
    {
        long first = offset / size, last = (offset + destination.Length - 1) / size;
        int length = checked((int)(last - first + 1) * size);
        if (length == destination.Length)
        {
            make(first, last, destination);
            return;
        }

        byte[] whole = ArrayPool<byte>.Shared.Rent(length);
        make(first, last, whole.AsSpan(0, length));
        whole.AsSpan((int)(offset % size), destination.Length).CopyTo(destination);
        ArrayPool<byte>.Shared.Return(whole);
    }
}

/// <summary>Bytes held in memory.</summary>
internal sealed class MemoryBytes(ReadOnlyMemory<byte> memory) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => memory.Length;

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination) =>
        memory.Span.Slice((int)offset, destination.Length).CopyTo(destination);
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
    protected override void ReadInside(long offset, Span<byte> destination) => _whole.Read(_offset + offset, destination);
}
