namespace Canon.Onnx.Files;

/// <summary>
/// A file that is read in pieces, from several threads at once; of small pieces, which mostly come one after the other, each thread reads
/// some at a time. It must not change meanwhile; that it was shortened is noticed.
/// </summary>
internal sealed class OpenFile : ByteSource, IDisposable
{
    private readonly Content _content;
    private readonly ThreadLocal<WindowedBytes> _windows;

    private OpenFile(Content content)
    {
        _content = content;
        _windows = new(() => new WindowedBytes(content));
    }

    /// <inheritdoc/>
    public override long Length => _content.Length;

    /// <summary>Opens a file.</summary>
    /// <exception cref="ModelFileException">The file is missing, not a file, or may not be read.</exception>
    public static OpenFile Open(string path)
    {
        if (Directory.Exists(path))
            throw new ModelFileException($"{path}: cannot read: this is a folder, not a file");

        FileStream? stream = null;
        try
        {
            // To open a pipe is to wait for its writer. Like an empty file, it has no length.
            if (!OperatingSystem.IsWindows() && new FileInfo(RealPath.Of(path)) is { Exists: true, Length: 0 })
                return new OpenFile(new Content(path, null, 0));
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
            if (!stream.CanSeek)
                throw new IOException("this is a pipe or a device, not a file");
            return new OpenFile(new Content(path, stream, stream.Length));
        }
        catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
        {
            stream?.Dispose();
            throw ModelFileException.FromFileSystem(path, "read", failure);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _windows.Dispose();
        _content.Dispose();
    }

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination)
    {
        if (destination.Length <= WindowedBytes.Size / 2)
            _windows.Value!.Read(offset, destination);
        else
            _content.Read(offset, destination);
    }

    private sealed class Content(string path, FileStream? stream, long length) : ByteSource, IDisposable
    {
        public override long Length => length;

        public void Dispose() => stream?.Dispose();

        protected override void ReadInside(long offset, Span<byte> destination)
        {
            try
            {
                while (destination.Length > 0)
                {
                    int count = RandomAccess.Read(stream!.SafeFileHandle, destination, offset);
                    if (count == 0)
                        throw new ModelFileException($"{path}: cannot read: the file ends at byte {offset}, and had {length} when it was opened");
                    offset += count;
                    destination = destination[count..];
                }
            }
            catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
            {
                throw ModelFileException.FromFileSystem(path, "read", failure);
            }
        }
    }
}
