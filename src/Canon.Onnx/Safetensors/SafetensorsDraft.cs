using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>
/// A safetensors file that is to be written. Its tensors follow each other without gaps, in the order given: put those with the
/// largest elements first to have the numbers of all begin at multiples of their size.
/// </summary>
/// <example><code>
/// using var file = SafetensorsFile.Open("model.safetensors");
/// var entries = file.Tensors.Select(tensor => new SafetensorsEntry(tensor)).ToList();
/// new SafetensorsDraft("copy.safetensors", entries, file.Metadata).Save();
/// </code></example>
public sealed class SafetensorsDraft
{
    private readonly ReadOnlyMemory<byte> _header;

    /// <summary>Describes a file; nothing is written yet.</summary>
    /// <param name="path">The file to write; may be an open one where the system lets an open file be replaced.</param>
    /// <param name="tensors">The tensors, in the order of their bytes.</param>
    /// <param name="metadata">Texts about the file; null for none.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, they are too large together, or a text is not Unicode.</exception>
    /// <exception cref="ModelFileException">Names, shapes and metadata exceed what a header of the format holds.</exception>
    public SafetensorsDraft(
        string path, IReadOnlyList<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        Path = path;
        Tensors = Array.AsReadOnly([.. tensors]);
        Metadata = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>()).AsReadOnly();
        foreach ((string key, string value) in Metadata)
        {
            ArgumentNullException.ThrowIfNull(value, nameof(metadata));
            SafetensorsHeader.RefuseHalfCharacters(key, nameof(metadata));
            SafetensorsHeader.RefuseHalfCharacters(value, nameof(metadata));
        }

        var names = new HashSet<string>();
        var places = new List<SafetensorsPlace>();
        long offset = 0;
        foreach (SafetensorsEntry tensor in Tensors)
        {
            ArgumentNullException.ThrowIfNull(tensor, nameof(tensors));
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"Two tensors are named '{tensor.Name}'.", nameof(tensors));
            if (tensor.ByteLength > long.MaxValue - SafetensorsHeader.MaxLength * 2L - offset)
                throw new ArgumentException("The tensors take too many bytes together.", nameof(tensors));
            places.Add(new SafetensorsPlace(tensor.Name, tensor.Type, tensor.Shape, offset, tensor.ByteLength));
            offset += tensor.ByteLength;
        }

        _header = SafetensorsHeader.Write(places, Metadata);
        if (_header.Length - SafetensorsHeader.LengthSize > SafetensorsHeader.MaxLength)
            throw new ModelFileException(
                $"{path}: cannot write: names, shapes and metadata take {_header.Length} bytes, and a safetensors file holds at most "
                + $"{SafetensorsHeader.MaxLength}; shorten them or split the file");
        Length = _header.Length + offset;
    }

    /// <summary>The file to write.</summary>
    public string Path { get; }

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsEntry> Tensors { get; }

    /// <summary>The texts about the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The size of the file in bytes.</summary>
    internal long Length { get; }

    /// <summary>Writes the file, which appears complete or not at all.</summary>
    /// <param name="overwrite">Whether an existing file may be replaced.</param>
    /// <param name="progress">Told the fraction that is written.</param>
    /// <param name="cancellation">Stops the writing; nothing is left behind.</param>
    /// <exception cref="ModelFileException">
    /// The file exists or cannot be written, or a number is too large for its type.
    /// </exception>
    /// <exception cref="ObjectDisposedException">A file that tensors are taken from was closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Save(bool overwrite = false, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        using TargetFile target = TargetFile.Create(Path, overwrite);
        WriteTo(target, new BlockWriter(Length, Fraction.Of(progress), cancellation));
        target.Commit();
    }

    /// <summary>
    /// Writes two files that belong together, such as weights and the state of their optimizer: both appear complete, or
    /// neither. Who looks while they are given their names, or after the machine stopped there, may find the first without the second.
    /// </summary>
    /// <param name="first">One file.</param>
    /// <param name="second">The other.</param>
    /// <param name="overwrite">Whether existing files may be replaced.</param>
    /// <param name="progress">Told the fraction that is written of both.</param>
    /// <param name="cancellation">Stops the writing; nothing is left behind.</param>
    /// <exception cref="ArgumentException">Both are the same file.</exception>
    /// <exception cref="ModelFileException">
    /// A file exists or cannot be written, or a number is too large for its type.
    /// </exception>
    /// <exception cref="ObjectDisposedException">A file that tensors are taken from was closed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static void Save(
        SafetensorsDraft first,
        SafetensorsDraft second,
        bool overwrite = false,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        cancellation.ThrowIfCancellationRequested();
        using TargetFile firstTarget = TargetFile.Create(first.Path, overwrite);
        using TargetFile secondTarget = TargetFile.Create(second.Path, overwrite);
        if (firstTarget.IsSame(secondTarget))
            throw new ArgumentException($"Both are {second.Path}.", nameof(second));
        var blocks = new BlockWriter(first.Length + second.Length, Fraction.Of(progress), cancellation);
        first.WriteTo(firstTarget, blocks);
        second.WriteTo(secondTarget, blocks);
        TargetFile.Commit(firstTarget, secondTarget);
    }

    /// <summary>Whether a file has this header and this size.</summary>
    internal bool Resembles(string path)
    {
        if (!File.Exists(path))
            return false;
        using OpenFile file = OpenFile.Open(path);
        return file.Length == Length && _header.Span.SequenceEqual(file.Read(0, _header.Length));
    }

    internal void WriteTo(TargetFile target, BlockWriter blocks)
    {
        blocks.Put(target, _header.Span);
        try
        {
            foreach (SafetensorsEntry tensor in Tensors)
                blocks.Copy(target, tensor.Bytes, 0, tensor.ByteLength);
        }
        catch (NetworkException failure)
        {
            throw new ModelFileException($"{Path}: cannot write: {failure.Message}", failure);
        }
    }
}
