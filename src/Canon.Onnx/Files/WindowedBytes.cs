namespace Canon.Onnx.Files;

/// <summary>Another source read in small pieces, mostly one after the other, by one thread: a window of it is held.</summary>
internal sealed class WindowedBytes(ByteSource whole) : ByteSource
{
    private readonly byte[] _window = new byte[(int)Math.Min(1 << 16, whole.Length)];
    private long _start;
    private int _held;

    /// <inheritdoc/>
    public override long Length => whole.Length;

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination)
    {
        if (destination.Length > _window.Length)
        {
            whole.Read(offset, destination);
            return;
        }

        if (offset < _start || offset + destination.Length > _start + _held)
        {
            _held = 0;
            int count = (int)Math.Min(_window.Length, Length - offset);
            whole.Read(offset, _window.AsSpan(0, count));
            (_start, _held) = (offset, count);
        }

        _window.AsSpan((int)(offset - _start), destination.Length).CopyTo(destination);
    }
}
