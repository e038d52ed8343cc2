using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Canon.Onnx.Files;

/// <summary>
/// A whole file mapped into memory for reading; pages are loaded as they are read, and let go again, so that the memory of a program
/// does not grow with its files. The file must not be shortened by others while it is mapped.
/// </summary>
internal sealed unsafe partial class MappedFile : ByteSource, IDisposable
{
    // Parts are pages that are let go together; when so many have been read since that was done last, all are. What is read again and
    // again, such as a layer, stays.
    private const int PartBits = 20, HeldParts = 96;

    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private readonly int[] _readIn;
    private int _turn = 1;
    private int _read;
    private volatile bool _disposed;

    private MappedFile(MemoryMappedFile? file, MemoryMappedViewAccessor? view, long length)
    {
        _file = file;
        _view = view;
        Length = length;
        _readIn = new int[(length >> PartBits) + 1];
        if (view is not null)
        {
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
            _start += view.PointerOffset;
        }
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="ModelFileException">The file is missing, not a file, or may not be read.</exception>
    public static MappedFile Open(string path)
    {
        if (Directory.Exists(path))
            throw new ModelFileException($"{path}: cannot read: this is a folder, not a file");

        FileStream? stream = null;
        MemoryMappedFile? file = null;
        try
        {
            // To open a pipe is to wait for its writer. Like an empty file, it has no length.
            if (!OperatingSystem.IsWindows() && new FileInfo(RealPath.Of(path)) is { Exists: true, Length: 0 })
                return new MappedFile(null, null, 0);
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
            if (!stream.CanSeek)
                throw new IOException("this is a pipe or a device, not a file");
            long length = stream.Length;
            if (length == 0)
            {
                // An empty file cannot be mapped.
                stream.Dispose();
                return new MappedFile(null, null, 0);
            }

            file = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new MappedFile(file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), length);
        }
        catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
        {
            file?.Dispose();
            stream?.Dispose();
            throw ModelFileException.FromFileSystem(path, "read", failure);
        }
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> ReadInside(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        for (long part = offset >> PartBits; part <= (offset + count - 1) >> PartBits; part++)
        {
            int turn = Volatile.Read(ref _turn);
            if (_readIn[part] != turn && Interlocked.Exchange(ref _readIn[part], turn) != turn && Interlocked.Increment(ref _read) > HeldParts)
            {
                Interlocked.Exchange(ref _read, 0);
                Interlocked.Increment(ref _turn);
                LetGo();
            }
        }

        return new ReadOnlySpan<byte>(_start + offset, count);
    }

    /// <summary>Unmaps the file. Spans read from it must no longer be used.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    /// <summary>
    /// Unmaps the pages that were read; they stay in the system's cache, and who still reads them maps them anew. Windows takes pages
    /// from a program by itself.
    /// </summary>
    private void LetGo()
    {
        const int dontNeed = 4;
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            _ = Advise(_start, (nuint)Length, dontNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint length, int advice);
}
