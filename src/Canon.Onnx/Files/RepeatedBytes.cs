namespace Canon.Onnx.Files;

/// <summary>One element over and over; made anew for each piece.</summary>
internal sealed class RepeatedBytes(byte[] element, long length) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination)
    {
        int phase = (int)(offset % element.Length);
        for (int i = 0; i < destination.Length; i++)
            destination[i] = element[(phase + i) % element.Length];
    }
}
