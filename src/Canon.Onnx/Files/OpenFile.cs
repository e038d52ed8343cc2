namespace Canon.Onnx.Files;

/// <summary>A file that is read in pieces, from several threads at once. It must not change meanwhile; that it was shortened is noticed.</summary>
internal sealed class OpenFile : ByteSource, IDisposable
{
    private readonly string _path;
    private readonly FileStream? _stream;

    private OpenFile(string path, FileStream? stream, long length) => (_path, _stream, Length) = (path, stream, length);

    /// <inheritdoc/>
    public override long Length { get; }

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
                return new OpenFile(path, null, 0);
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
            if (!stream.CanSeek)
                throw new IOException("this is a pipe or a device, not a file");
            return new OpenFile(path, stream, stream.Length);
        }
        catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
        {
            stream?.Dispose();
            throw ModelFileException.FromFileSystem(path, "read", failure);
        }
    }

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination)
    {
        try
        {
            while (destination.Length > 0)
            {
                int count = RandomAccess.Read(_stream!.SafeFileHandle, destination, offset);
                if (count == 0)
                    throw new ModelFileException($"{_path}: cannot read: the file ends at byte {offset}, and had {Length} when it was opened");
                offset += count;
                destination = destination[count..];
            }
        }
        catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
        {
            throw ModelFileException.FromFileSystem(_path, "read", failure);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream?.Dispose();
}
