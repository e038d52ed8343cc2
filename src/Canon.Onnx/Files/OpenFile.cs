using Microsoft.Win32.SafeHandles;

namespace Canon.Onnx.Files;

/// <summary>
/// A file that is read in pieces, from several threads at once. Where a small piece begins in the one before or right behind it, as many
/// bytes are read as are likely to follow. The file must not change meanwhile; that it was shortened is noticed.
/// </summary>
internal sealed class OpenFile : ByteSource, IDisposable
{
    private const int WindowSize = 1 << 16;

    // Of a thread; it may be of another file.
    [ThreadStatic]
    private static Window? _window;

    private readonly string _path;
    private readonly SafeFileHandle? _handle;

    private OpenFile(string path, SafeFileHandle? handle, long length) => (_path, _handle, Length) = (path, handle, length);

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="ModelFileException">The file is missing, not a file, or may not be read.</exception>
    public static OpenFile Open(string path)
    {
        if (Directory.Exists(path))
            throw new ModelFileException($"{path}: cannot read: this is a folder, not a file");

        SafeFileHandle? handle = null;
        try
        {
            // To open a pipe is to wait for its writer. Like an empty file, it has no length.
            if (!OperatingSystem.IsWindows() && new FileInfo(RealPath.Of(path)) is { Exists: true, Length: 0 })
                return new OpenFile(path, null, 0);
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return new OpenFile(path, handle, RandomAccess.GetLength(handle));
        }
        catch (NotSupportedException)
        {
            handle?.Dispose();
            throw new ModelFileException($"{path}: cannot read: this is a pipe or a device, not a file");
        }
        catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
        {
            handle?.Dispose();
            throw ModelFileException.FromFileSystem(path, "read", failure);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle?.Dispose();

    /// <inheritdoc/>
    protected override void ReadInside(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_handle is null or { IsClosed: true }, this);
        if (destination.Length > WindowSize / 2)
        {
            Fill(offset, destination);
            return;
        }

        Window window = _window ??= new Window();
        if (window.File != this)
            (window.File, window.Held, window.Last, window.Next) = (this, 0, 0, -1);
        bool goesOn = offset >= window.Last && offset <= window.Next;
        (window.Last, window.Next) = (offset, offset + destination.Length);
        if (goesOn && !window.Has(offset, destination.Length))
        {
            int count = (int)Math.Min(WindowSize, Length - offset);
            window.Held = 0;
            Fill(offset, window.Bytes.AsSpan(0, count));
            (window.Start, window.Held) = (offset, count);
        }

        if (window.Has(offset, destination.Length))
            window.Bytes.AsSpan((int)(offset - window.Start), destination.Length).CopyTo(destination);
        else
            Fill(offset, destination);
    }

    private void Fill(long offset, Span<byte> destination)
    {
        try
        {
            while (destination.Length > 0)
            {
                int count = RandomAccess.Read(_handle!, destination, offset);
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

    private sealed class Window
    {
        public readonly byte[] Bytes = new byte[WindowSize];
        public OpenFile? File;
        public long Start;
        public int Held;

        // Where the piece begins and ends that was read last.
        public long Last;
        public long Next;

        public bool Has(long offset, int count) => offset >= Start && offset + count <= Start + Held;
    }
}
