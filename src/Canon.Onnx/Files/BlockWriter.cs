using System.Buffers;

namespace Canon.Onnx.Files;

/// <summary>Writes bytes of any length into files block by block, and tells how far all of it is.</summary>
/// <param name="total">The bytes of all files together.</param>
/// <param name="progress">Told after each block.</param>
/// <param name="cancellation">Looked at before each block.</param>
internal sealed class BlockWriter(long total, IProgress<WriteProgress>? progress, CancellationToken cancellation)
{
    /// <summary>The bytes written so far.</summary>
    public long Written { get; private set; }

    /// <summary>Appends bytes in memory.</summary>
    public void Put(TargetFile file, ReadOnlySpan<byte> bytes)
    {
        file.Write(bytes);
        Written += bytes.Length;
    }

    /// <summary>Appends a piece of a source.</summary>
    public void Copy(TargetFile file, ByteSource content, long offset, long length)
    {
        for (long done = 0; done < length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(length - done, BlockStream.BlockSize);
            content.Read(offset + done, file.GetSpan(count)[..count]);
            file.Advance(count);
            done += count;
            Written += count;
            progress?.Report(new WriteProgress(Written, total));
        }
    }
}
