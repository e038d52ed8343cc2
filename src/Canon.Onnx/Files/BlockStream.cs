using System.Buffers;

namespace Canon.Onnx.Files;

/// <summary>
/// Bytes on their way to a stream: a block is written while the next one is filled. A failure of the stream is thrown when the next block
/// is begun, or at the end, and at every try after that.
/// </summary>
internal sealed class BlockStream(Stream stream) : IBufferWriter<byte>, IDisposable
{
    /// <summary>The most bytes that are written at once: whole elements of 1, 2, 4, 8 or 16 bytes.</summary>
    public const int BlockSize = 1 << 20;

    private byte[] _block = [];
    private byte[] _otherBlock = [];
    private int _filled;
    private Task _writing = Task.CompletedTask;

    /// <inheritdoc/>
    /// <param name="sizeHint">At most <see cref="BlockSize"/>.</param>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_block.Length - _filled < Math.Max(1, sizeHint))
        {
            BeginWriting();
            if (_block.Length == 0)
                _block = GC.AllocateUninitializedArray<byte>(BlockSize);
        }

        return _block.AsMemory(_filled);
    }

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public void Advance(int count) => _filled += count;

    /// <summary>Waits until the stream has all bytes.</summary>
    public void Finish()
    {
        BeginWriting();
        _writing.GetAwaiter().GetResult();
    }

    /// <summary>Waits for the block that is being written, whatever becomes of it; what was not begun is dropped.</summary>
    public void Dispose() =>
        _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

    private void BeginWriting()
    {
        _writing.GetAwaiter().GetResult();
        if (_filled == 0)
            return;
        ReadOnlyMemory<byte> filled = _block.AsMemory(0, _filled);
        (_block, _otherBlock, _filled) = (_otherBlock, _block, 0);
        _writing = Task.Run(() => stream.Write(filled.Span));
    }
}
