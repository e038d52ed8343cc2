using System.Buffers;
using System.Globalization;
using System.Text;
using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>
/// A checkpoint of several files in the making, in a hidden folder beside its index. Files that are finished stay there when the work is
/// stopped, with a manifest of what they are made of; work of the same manifest goes on with what is missing. When all are finished they are
/// moved to their places, the index last: until then there is none.
/// </summary>
internal sealed class ShardedTarget : IDisposable
{
    private const string ManifestName = "manifest";
    private const string PlacedName = "placed";

    private readonly string _path;
    private readonly IReadOnlyList<SafetensorsDraft> _shards;
    private readonly bool _overwrite;
    private readonly FileStream _manifest;
    private readonly HashSet<string> _finished = [];
    private bool _isUseless;

    private ShardedTarget(string path, IReadOnlyList<SafetensorsDraft> shards, bool overwrite, FileStream manifest)
    {
        _path = path;
        Folder = FolderOf(path);
        _shards = shards;
        _overwrite = overwrite;
        _manifest = manifest;
    }

    /// <summary>Where its files are until all are finished.</summary>
    public string Folder { get; }

    /// <summary>Whether something is finished that the next run can go on with.</summary>
    public bool Keeps => !_isUseless && _finished.Count > 0;

    /// <summary>How many files an earlier run has finished.</summary>
    public int Kept { get; private set; }

    /// <summary>Whether an earlier run has left files that are of no use for this one.</summary>
    public bool Discarded { get; private set; }

    /// <summary>Where those of an index are.</summary>
    public static string FolderOf(string path)
    {
        string full = Path.GetFullPath(path);
        return Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.unfinished");
    }

    /// <summary>Begins, or goes on with what has the same manifest.</summary>
    /// <param name="path">The index.</param>
    /// <param name="shards">The files, by their final paths.</param>
    /// <param name="manifest">All that the bytes of the files depend on.</param>
    /// <param name="overwrite">Whether files may be replaced.</param>
    /// <exception cref="ModelFileException">A file is in the way, the folder cannot be written to, or another run is writing there.</exception>
    public static ShardedTarget Open(string path, IReadOnlyList<SafetensorsDraft> shards, string manifest, bool overwrite)
    {
        string folder = FolderOf(path);
        if (!Directory.Exists(folder))
        {
            foreach (string file in shards.Select(shard => shard.Path).Prepend(path))
                TargetFile.Refuse(file, overwrite);
        }

        var target = new ShardedTarget(path, shards, overwrite, Lock(path, folder));
        try
        {
            target.Begin(manifest);
            return target;
        }
        catch
        {
            target._manifest.Dispose();
            throw;
        }
    }

    /// <summary>The files that are still to be written.</summary>
    public IEnumerable<SafetensorsDraft> Missing => _shards.Where(shard => !_finished.Contains(shard.Path));

    /// <summary>Writes one of them.</summary>
    public void Write(SafetensorsDraft shard, BlockWriter blocks)
    {
        try
        {
            using TargetFile file = TargetFile.Create(Unplaced(shard), overwrite: true);
            shard.WriteTo(file, blocks);
            file.Commit();
            _finished.Add(shard.Path);
        }
        catch (ModelFileException failure) when (failure.InnerException is NetworkException)
        {
            // The next run would come as far as this one.
            _isUseless = true;
            throw;
        }
    }

    /// <summary>Moves the files to their places, where a file that is replaced is gone, and with it the index that names it.</summary>
    public void Place()
    {
        Put(PlacedName, Encoding.UTF8.GetBytes(string.Concat(_shards.Select(shard =>
            Stamp(shard.Path, File.Exists(Unplaced(shard)) ? Unplaced(shard) : shard.Path)))));
        Translate(() =>
        {
            List<SafetensorsDraft> unplaced = [.. _shards.Where(shard => File.Exists(Unplaced(shard)))];
            if (unplaced.Count > 0)
                TargetFile.Refuse(_path, _overwrite);
            File.Delete(_path);
            foreach (SafetensorsDraft shard in unplaced)
                File.Move(Unplaced(shard), shard.Path, _overwrite);
            return 0;
        });
    }

    /// <summary>Writes the index, by which the checkpoint is there.</summary>
    public void PlaceIndex(ReadOnlyMemory<byte> index)
    {
        string name = Path.GetFileName(_path);
        Put(name, index.Span);
        Translate(() =>
        {
            File.Move(Path.Combine(Folder, name), _path, _overwrite);
            return 0;
        });
    }

    /// <summary>Removes the folder, now that its files are in their places.</summary>
    public void Finish() => _isUseless = true;

    /// <summary>Lets go of the folder; where it holds nothing to go on with it is removed.</summary>
    public void Dispose()
    {
        _manifest.Dispose();
        if (!Keeps && Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The manifest, which nobody else can open meanwhile.</summary>
    private static FileStream Lock(string path, string folder)
    {
        try
        {
            if (!Directory.Exists(Path.GetDirectoryName(folder)))
                throw new DirectoryNotFoundException();
            Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, ManifestName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (File.Exists(Path.Combine(folder, ManifestName)))
        {
            throw new ModelFileException($"{path}: cannot write: another run is writing it; wait for that, or choose another name", failure);
        }
        catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
        {
            throw ModelFileException.FromFileSystem(path, "write", failure);
        }
    }

    private void Begin(string manifest) => Translate(() =>
    {
        using var reader = new StreamReader(_manifest, Encoding.UTF8, false, -1, leaveOpen: true);
        string found = reader.ReadToEnd();
        HashSet<string> placed = found == manifest && File.Exists(Inside(PlacedName)) ? [.. File.ReadAllLines(Inside(PlacedName))] : [];
        bool IsPlaced(SafetensorsDraft shard) => File.Exists(shard.Path) && placed.Contains(Stamp(shard.Path, shard.Path).TrimEnd('\n'));

        // A file of this work that is in its place already is not in its way; nor is the index, which is the last to come.
        foreach (SafetensorsDraft shard in _shards.Where(shard => !IsPlaced(shard)))
            TargetFile.Refuse(shard.Path, _overwrite);
        if (!_shards.All(IsPlaced))
            TargetFile.Refuse(_path, _overwrite);

        Discarded = found != manifest && Directory.EnumerateFiles(Folder).Any(file => file.EndsWith(".safetensors", StringComparison.Ordinal));
        foreach (string file in Directory.EnumerateFiles(Folder))
        {
            bool isHalf = Path.GetExtension(file) == ".tmp";
            if (Path.GetFileName(file) != ManifestName && (isHalf || found != manifest))
                File.Delete(file);
        }

        if (found != manifest)
        {
            _manifest.Position = 0;
            _manifest.SetLength(0);
            _manifest.Write(Encoding.UTF8.GetBytes(manifest));
            _manifest.Flush(flushToDisk: true);
        }

        _finished.UnionWith(_shards.Where(shard => shard.Resembles(Unplaced(shard)) || IsPlaced(shard) && shard.Resembles(shard.Path))
            .Select(shard => shard.Path));
        Kept = _finished.Count;
        return 0;
    });

    private string Inside(string name) => Path.Combine(Folder, name);

    private string Unplaced(SafetensorsDraft shard) => Inside(Path.GetFileName(shard.Path));

    /// <summary>A line that tells a file from another one that has come to its place: a move keeps the time.</summary>
    private static string Stamp(string path, string file)
    {
        var info = new FileInfo(file);
        return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}\t{info.Length}\t{info.LastWriteTimeUtc.Ticks}\n");
    }

    private void Put(string name, ReadOnlySpan<byte> bytes)
    {
        using TargetFile file = TargetFile.Create(Inside(name), overwrite: true);
        file.Write(bytes);
        file.Commit();
    }

    private T Translate<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception failure) when (ModelFileException.IsFileSystemFailure(failure))
        {
            throw ModelFileException.FromFileSystem(_path, "write", failure);
        }
    }
}
