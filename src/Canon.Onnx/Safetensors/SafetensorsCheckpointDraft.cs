using System.Globalization;
using System.Reflection;
using System.Text;
using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>What came of a checkpoint that was written.</summary>
/// <param name="Files">Its safetensors files.</param>
/// <param name="Kept">How many of them an earlier run had finished.</param>
/// <param name="Discarded">Whether an earlier run had left files of other inputs or options, which were removed.</param>
public sealed record SavedCheckpoint(int Files, int Kept, bool Discarded);

/// <summary>
/// A checkpoint that is to be written, in as many files as the one that it is made of, each with the tensors of that one in their order.
/// One of several files is written to a hidden folder first: after a stop at any moment what is finished is there for the next run, if it is
/// of the same inputs, files and basis; until the last file is finished nothing stands under its final name.
/// </summary>
public sealed class SafetensorsCheckpointDraft
{
    private readonly SafetensorsCheckpoint _source;
    private readonly IReadOnlyList<SafetensorsDraft> _files;
    private readonly SafetensorsIndex? _index;
    private readonly string _manifest;

    /// <summary>Describes a checkpoint; nothing is written yet.</summary>
    /// <param name="path">Where to: a safetensors file, or an index, <c>OUT.safetensors.index.json</c>, where the source has one.</param>
    /// <param name="source">What it is made of; must be open when it is written.</param>
    /// <param name="tensors">The tensors, in order; those that the source does not have go to its last file.</param>
    /// <param name="basis">All that their bytes depend on besides the source's files, such as options: what decides whether files that an earlier run has finished are the same.</param>
    /// <exception cref="ArgumentException">The path is no index where the source is one, or the tensors are none that a file can have.</exception>
    /// <exception cref="ModelFileException">Names, shapes and metadata exceed what a header of the format holds.</exception>
    public SafetensorsCheckpointDraft(
        string path, SafetensorsCheckpoint source, IReadOnlyList<SafetensorsEntry> tensors, string basis)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(basis);
        IReadOnlyList<string> paths = FilesOf(path, source);
        Path = path;
        _source = source;
        var places = source.Files.SelectMany((file, k) => file.Tensors.Select(tensor => (tensor.Name, k))).ToDictionary();
        ILookup<int, SafetensorsEntry> byFile = tensors.ToLookup(
            tensor => places.GetValueOrDefault(tensor?.Name ?? "", source.Files.Count - 1));
        _files = [.. source.Files.Select((file, k) => new SafetensorsDraft(paths[k], [.. byFile[k]], file.Metadata))];
        if (source.Index is { } index)
        {
            Dictionary<string, string> names = _files.SelectMany(file => file.Tensors.Select(
                tensor => KeyValuePair.Create(tensor.Name, System.IO.Path.GetFileName(file.Path)))).ToDictionary();
            IEnumerable<string> order = index.Files.Select(entry => entry.Key).Where(names.ContainsKey)
                .Concat(tensors.Select(tensor => tensor.Name).Where(name => !places.ContainsKey(name)));
            _index = index with { Files = [.. order.Select(name => KeyValuePair.Create(name, names[name]))] };
        }

        _manifest = Manifest(source, basis);
    }

    /// <summary>The file or the index to write.</summary>
    public string Path { get; }

    /// <summary>Whether a path is by its name that of an index of several files.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Whether it ends with <c>.safetensors.index.json</c>.</returns>
    public static bool IsIndex(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.EndsWith(SafetensorsIndex.Suffix, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The files that will be written, an index last: <c>OUT-00001-of-00003.safetensors</c> and so on beside it.</summary>
    /// <param name="path">The file or the index to write.</param>
    /// <param name="source">What it is made of.</param>
    /// <returns>The paths.</returns>
    /// <exception cref="ArgumentException">The path is no index where the source is one, or the other way round.</exception>
    public static IReadOnlyList<string> FilesOf(string path, SafetensorsCheckpoint source)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(source);
        int count = source.Files.Count;
        if (IsIndex(path) != source.IsSharded)
        {
            throw new ArgumentException(
                source.IsSharded
                    ? $"{path}: {source.Path} is the index of {count} files, and so is what is written; name it OUT{SafetensorsIndex.Suffix}"
                    : $"{path}: {source.Path} is one file without an index, and so is what is written; name it OUT.safetensors");
        }

        if (!source.IsSharded)
            return [path];
        string stem = path[..^SafetensorsIndex.Suffix.Length];
        return
        [
            .. Enumerable.Range(1, count).Select(k => string.Create(CultureInfo.InvariantCulture, $"{stem}-{k:D5}-of-{count:D5}.safetensors")),
            path,
        ];
    }

    /// <summary>The folder in which an earlier run has left finished files of a checkpoint; null where there is none.</summary>
    /// <param name="path">The index that was to be written.</param>
    /// <returns>The folder.</returns>
    public static string? Unfinished(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string folder = ShardedTarget.FolderOf(path);
        return Directory.Exists(folder) ? folder : null;
    }

    /// <summary>
    /// Writes checkpoints that belong together, such as weights and the state of their optimizer. They appear complete, or not at all. After a
    /// stop while files are given their names some may stand there, without an index that names them; the next run finishes them.
    /// </summary>
    /// <param name="drafts">One or two.</param>
    /// <param name="overwrite">Whether existing files may be replaced.</param>
    /// <param name="progress">Told the fraction that is written of what is not yet there.</param>
    /// <param name="cancellation">Stops the writing; finished files of a checkpoint of several are left for the next run.</param>
    /// <returns>What came of each.</returns>
    /// <exception cref="ModelFileException">
    /// A file exists or cannot be written, a number is too large for its type, or another run is writing the same checkpoint.
    /// </exception>
    /// <exception cref="ObjectDisposedException">A file that tensors are taken from was closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<SavedCheckpoint> Save(
        IReadOnlyList<SafetensorsCheckpointDraft> drafts,
        bool overwrite = false,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        cancellation.ThrowIfCancellationRequested();
        List<SafetensorsDraft> single = [.. drafts.Where(draft => draft._index is null).Select(draft => draft._files[0])];
        switch (drafts.Count, single)
        {
            case (1, [var only]):
                only.Save(overwrite, progress, cancellation);
                return [new(1, 0, false)];
            case (2, [var first, var second]):
                SafetensorsDraft.Save(first, second, overwrite, progress, cancellation);
                return [new(1, 0, false), new(1, 0, false)];
            case (1 or 2, _):
                return SaveSharded(drafts, single.FirstOrDefault(), overwrite, progress, cancellation);
            default:
                throw new ArgumentException("One checkpoint is written, or two.", nameof(drafts));
        }
    }

    private static SavedCheckpoint[] SaveSharded(
        IReadOnlyList<SafetensorsCheckpointDraft> drafts,
        SafetensorsDraft? single,
        bool overwrite,
        IProgress<double>? progress,
        CancellationToken cancellation)
    {
        var opened = new Dictionary<SafetensorsCheckpointDraft, ShardedTarget>();
        try
        {
            foreach (SafetensorsCheckpointDraft draft in drafts.Where(draft => draft._index is not null))
                opened.Add(draft, ShardedTarget.Open(draft.Path, draft._files, draft._manifest, overwrite));
            using TargetFile? beside = single is null ? null : TargetFile.Create(single.Path, overwrite);

            List<(ShardedTarget Target, SafetensorsDraft File)> missing =
                [.. opened.Values.SelectMany(target => target.Missing.Select(file => (target, file)))];
            var blocks = new BlockWriter(
                missing.Sum(shard => shard.File.Length) + (single?.Length ?? 0), Fraction.Of(progress), cancellation);
            foreach ((ShardedTarget target, SafetensorsDraft file) in missing)
                target.Write(file, blocks);
            if (beside is not null)
            {
                single!.WriteTo(beside, blocks);
                beside.Complete();
            }

            foreach (ShardedTarget target in opened.Values)
                target.Place();
            foreach ((SafetensorsCheckpointDraft draft, ShardedTarget target) in opened)
                target.PlaceIndex(draft._index!.Write(draft._files.Sum(file => file.Tensors.Sum(tensor => tensor.ByteLength))));
            beside?.Commit();
            foreach (ShardedTarget target in opened.Values)
                target.Finish();
            return
            [
                .. drafts.Select(draft => opened.TryGetValue(draft, out ShardedTarget? target)
                    ? new SavedCheckpoint(draft._files.Count, target.Kept, target.Discarded)
                    : new SavedCheckpoint(1, 0, false)),
            ];
        }
        catch (ModelFileException failure) when (opened.Values.FirstOrDefault(target => target.Keeps) is { } target)
        {
            throw new ModelFileException(
                $"{failure.Message}; finished files are kept in {target.Folder}, and the same command goes on with the rest", failure);
        }
        finally
        {
            foreach (ShardedTarget target in opened.Values)
                target.Dispose();
        }
    }

    /// <summary>Which files it is made of, as far as can be told without reading them all, by which program, and the basis.</summary>
    private static string Manifest(SafetensorsCheckpoint source, string basis)
    {
        string version = typeof(SafetensorsCheckpointDraft).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        var text = new StringBuilder($"canon {version}\n");
        foreach (string path in source.Files.Select(file => file.Path).Append(source.Path).Distinct())
        {
            var file = new FileInfo(RealPath.Of(path));
            text.Append(CultureInfo.InvariantCulture, $"{file.FullName}\t{file.Length}\t{file.LastWriteTimeUtc.Ticks}\n");
        }

        return text.Append(basis).ToString();
    }
}
