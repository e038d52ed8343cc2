namespace Canon.Onnx.Files;

/// <summary>One element over and over; made anew for each piece.</summary>
internal sealed class RepeatedBytes(byte[] element, long length) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> ReadInside(long offset, int count)
    {
        byte[] bytes = new byte[count];
        int phase = (int)(offset % element.Length);
        for (int i = 0; i < count; i++)
            bytes[i] = element[(phase + i) % element.Length];
        return bytes;
    }
}
