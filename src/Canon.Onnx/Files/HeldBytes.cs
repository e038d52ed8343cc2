namespace Canon.Onnx.Files;

/// <summary>Another source read into memory, in arrays of which none need hold all of it.</summary>
internal sealed class HeldBytes : ByteSource
{
    private readonly int _size;
    private readonly byte[][] _parts;

    /// <summary>Reads all of a source.</summary>
    /// <param name="whole">The source.</param>
    /// <param name="size">The most bytes of an array.</param>
    public HeldBytes(ByteSource whole, int size = 1 << 28)
    {
        Length = whole.Length;
        _size = size;
        _parts = new byte[(Length + size - 1) / size][];
        for (int part = 0; part < _parts.Length; part++)
        {
            long start = (long)part * size;
            _parts[part] = GC.AllocateUninitializedArray<byte>((int)Math.Min(size, Length - start));
            whole.Read(start, _parts[part]);
        }
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            ReadOnlySpan<byte> part = _parts[offset / _size].AsSpan((int)(offset % _size));
            part = part[..Math.Min(part.Length, destination.Length)];
            part.CopyTo(destination);
            destination = destination[part.Length..];
            offset += part.Length;
        }
    }
}
