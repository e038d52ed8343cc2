using System.Buffers;

namespace Canon.Onnx.Files;

/// <summary>
/// A file in the making: written beside its target under a name of its own, and renamed once it is complete. Disposing
/// it before that removes it.
/// </summary>
internal sealed class TargetFile : IBufferWriter<byte>, IDisposable
{
    private readonly string _path;
    private readonly bool _overwrite;
    private readonly bool _flush;
    private readonly FileStream _stream;
    private readonly BlockStream _blocks;
    private bool _committed;
    private string? _replaced;

    private TargetFile(string path, string temporary, bool overwrite, bool flush, FileStream stream)
    {
        _path = path;
        Temporary = temporary;
        _overwrite = overwrite;
        _flush = flush;
        _stream = stream;
        _blocks = new BlockStream(stream);
    }

    /// <summary>Where it is until it is complete.</summary>
    public string Temporary { get; }

    /// <summary>Begins a file.</summary>
    /// <param name="path">The name that it is to have.</param>
    /// <param name="overwrite">Whether a file of that name may be replaced.</param>
    /// <param name="flush">Whether the disk is to have it before it gets its name.</param>
    /// <exception cref="ModelFileException">
    /// The target exists and may not be overwritten, or its folder cannot be written to.
    /// </exception>
    public static TargetFile Create(string path, bool overwrite, bool flush = true)
    {
        Refuse(path, overwrite);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string temporary = Path.Combine(folder, $".canon-{Guid.NewGuid():N}.tmp");
        return Translate(path, () =>
        {
            var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            return new TargetFile(path, temporary, overwrite, flush, stream);
        });
    }

    /// <summary>Refuses a target that cannot be written whatever it would hold: before long work, and again after it.</summary>
    /// <exception cref="ModelFileException">The target exists and may not be overwritten, or is a folder.</exception>
    public static void Refuse(string path, bool overwrite)
    {
        if (Directory.Exists(path))
            throw new ModelFileException($"{path}: cannot write: this is a folder; name a file");
        if (!overwrite && File.Exists(path))
            throw Exists(path);
    }

    /// <summary>Whether two files are to have one name, by whatever links their folders are reached.</summary>
    public bool IsSame(TargetFile other) => RealName(this) == RealName(other);

    /// <inheritdoc/>
    /// <param name="sizeHint">At most <see cref="BlockStream.BlockSize"/>.</param>
    /// <exception cref="ModelFileException">The file system refuses what was appended before.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0) => Translate(_path, () => _blocks.GetMemory(sizeHint));

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public void Advance(int count) => _blocks.Advance(count);

    /// <summary>Writes all that was appended, to the disk where that is asked for; nothing more can be.</summary>
    /// <exception cref="ModelFileException">The target came into being meanwhile, or the file system refuses.</exception>
    public void Complete() => Translate(_path, () =>
    {
        _blocks.Finish();
        // Unless the disk has it, a crash of the machine could leave the new name on an empty file.
        if (_flush && _stream.CanWrite)
            _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        Refuse(_path, _overwrite);
    });

    /// <summary>Gives the complete file its name.</summary>
    /// <exception cref="ModelFileException">The target came into being meanwhile, or the file system refuses.</exception>
    public void Commit()
    {
        Complete();
        Translate(_path, () => File.Move(Temporary, _path, _overwrite));
        _committed = true;
    }

    /// <summary>
    /// Gives two complete files their names, or neither: first the data, then the model, which refers to them. If the model
    /// cannot have its name, the data lose theirs, and what they replaced is put back. Who looks between the two renames,
    /// or after the machine stopped there, finds the new data without the new model.
    /// </summary>
    /// <exception cref="ModelFileException">A target came into being meanwhile, or the file system refuses.</exception>
    public static void Commit(TargetFile data, TargetFile model)
    {
        data.Complete();
        model.Complete();
        data.SetAside();
        try
        {
            data.Commit();
            model.Commit();
        }
        catch
        {
            data.TakeBack();
            throw;
        }
    }

    /// <summary>Removes the file unless it was committed.</summary>
    public void Dispose()
    {
        _blocks.Dispose();
        _stream.Dispose();
        if (!_committed)
            File.Delete(Temporary);
        if (_replaced is not null)
            File.Delete(_replaced);
    }

    private static string RealName(TargetFile file) =>
        Path.Combine(RealPath.Of(Path.GetDirectoryName(file.Temporary)!), Path.GetFileName(file._path));

    private void SetAside() => Translate(_path, () =>
    {
        if (!File.Exists(_path))
            return;
        string aside = $"{Temporary}.old";
        File.Move(_path, aside);
        _replaced = aside;
    });

    private void TakeBack() => Translate(_path, () =>
    {
        // Even where this fails: what was replaced is not to be removed.
        (string? replaced, _replaced) = (_replaced, null);
        if (replaced is not null)
            File.Move(replaced, _path, overwrite: true);
        else if (_committed)
            File.Delete(_path);
    });

    private static ModelFileException Exists(string path) =>
        new($"{path}: cannot write: the file exists; allow overwriting or choose another name");

    private static void Translate(string path, Action action) => Translate(path, () =>
    {
        action();
        return 0;
    });

    private static T Translate<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
        {
            throw ModelFileException.FromFileSystem(path, "write", failure);
        }
    }
}
