using Canon.Onnx.Schema;

namespace Canon.Onnx.Files;

/// <summary>
/// An open ONNX file: the model without its weights in memory, the weights left in the file. Reading is safe
/// from several threads as long as the model is not changed.
/// </summary>
internal sealed class ModelFile : IDisposable
{
    private readonly OpenFile _file;
    private readonly Skeleton _skeleton;
    private readonly ExternalFiles _external;

    private ModelFile(string path, OpenFile file, Skeleton skeleton)
    {
        Path = path;
        _file = file;
        _skeleton = skeleton;
        _external = new ExternalFiles(path);
    }

    /// <summary>The path the file was opened by.</summary>
    public string Path { get; }

    /// <summary>
    /// The model. A tensor whose data stayed in the file has <c>view</c> set in place of raw_data; copies of the
    /// tensor keep it, so that graphs may be rearranged freely before they are written.
    /// </summary>
    public ModelProto Model => _skeleton.Model;

    /// <summary>The files beside it that hold data of its tensors, each once.</summary>
    public IReadOnlyList<string> DataFiles =>
    [
        .. TensorTree.Tensors(Model).Where(entry => IsExternal(entry.Tensor))
            .Select(entry => entry.Tensor.ExternalData.LastOrDefault(pair => pair.Key == "location")?.Value)
            .OfType<string>().Distinct()
            .Select(location => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, location)),
    ];

    /// <summary>Opens an ONNX file.</summary>
    /// <exception cref="ModelFileException">The file cannot be read, or is no ONNX model.</exception>
    public static ModelFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        OpenFile file = OpenFile.Open(path);
        try
        {
            return new ModelFile(path, file, Skeleton.Read(file, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The data of a tensor of this model, of a copy of one, or of a tensor made by hand.
    /// </summary>
    /// <exception cref="ModelFileException">
    /// The tensor holds texts, its dimensions are absurd, its data are missing or of another size than its dimensions
    /// say, or its external data cannot be read or lie outside the model's folder.
    /// </exception>
    public TensorData Data(TensorProto tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Exception Fail(string problem) =>
            new ModelFileException($"{Path}: {Describe(tensor)}: {problem}; check the file or export the model anew");

        TensorLayout layout = TensorLayout.Of(tensor, Fail);
        var found = new List<ByteSource>();
        if (InlineBytes(tensor) is { Length: > 0 } inline)
            found.Add(inline);
        if (TypedBytes.Of(tensor, layout.ElementType) is { Length: > 0 } typed)
            found.Add(typed);
        if (IsExternal(tensor))
            found.Add(_external.Open(tensor, layout.ByteLength, Fail));
        if (found.Count > 1)
            throw Fail("it stores its data in two places");

        ByteSource bytes = found.Count == 1 ? found[0] : new MemoryBytes(default);
        if (bytes.Length != layout.ByteLength)
            throw Fail($"{layout} needs {layout.ByteLength} bytes, but the tensor holds {bytes.Length}");
        return new TensorData(layout, bytes);
    }

    /// <summary>Whether some tensor has its data in another file.</summary>
    public bool HasExternalData => TensorTree.Tensors(Model).Any(entry => IsExternal(entry.Tensor));

    /// <summary>
    /// Writes a model whose tensors have their data in this file, in the file's external files, in the message itself or
    /// in <paramref name="replacements"/>. The weights are streamed: into the new file, or into a second one beside it
    /// (<see cref="DataLayout.FileOf"/>). All appears complete or not at all, and may replace this very file and
    /// its external ones. (Windows does not let a file be replaced while it is open: there, choose another name.)
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="model">The model: <see cref="Model"/>, a changed copy, or one built anew.</param>
    /// <param name="replacements">New data for tensors of <paramref name="model"/>.</param>
    /// <param name="options">What may be overwritten, and where data are put.</param>
    /// <param name="progress">Told after each block.</param>
    /// <param name="cancellation">Looked at before each block.</param>
    /// <exception cref="ArgumentException">A replacement fits no tensor of the model, or two fit the same.</exception>
    /// <exception cref="ModelFileException">
    /// A file exists, cannot be written, or would exceed the 2 GiB that the format allows.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left behind.</exception>
    public void Write(
        string path,
        ModelProto model,
        IReadOnlyList<TensorReplacement>? replacements = null,
        WriteOptions? options = null,
        IProgress<WriteProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(model);
        options ??= new WriteOptions();
        cancellation.ThrowIfCancellationRequested();
        WritePlan plan = WritePlan.Make(this, path, model, replacements ?? [], options);
        using TargetFile target = TargetFile.Create(path, options.Overwrite, options.Flush);
        using TargetFile? data = plan.HasData ? TargetFile.Create(DataLayout.FileOf(path), options.Overwrite, options.Flush) : null;
        plan.Write(target, data, progress, cancellation);
        if (options.Overwrite)
            OpenExternal();
        if (data is null)
            target.Commit();
        else
            TargetFile.Commit(data, target);
    }

    /// <summary>Closes the file. Data read from it must no longer be used.</summary>
    public void Dispose()
    {
        _external.Dispose();
        _file.Dispose();
    }

    internal static bool IsExternal(TensorProto tensor) =>
        tensor.DataLocation == TensorProto.Types.DataLocation.External;

    /// <summary>The content of raw_data, wherever it is, or null if the tensor has none.</summary>
    /// <exception cref="ModelFileException">The tensor refers to data of another file.</exception>
    internal ByteSource? InlineBytes(TensorProto tensor)
    {
        if (!tensor.HasView)
            return tensor.HasRawData ? new MemoryBytes(tensor.RawData.Memory) : null;
        if ((uint)tensor.View >= (uint)_skeleton.Views.Count)
            throw new ModelFileException($"{Path}: {Describe(tensor)}: its data belong to another open file");
        (long offset, long length) = _skeleton.Views[tensor.View];
        return new PartOfBytes(_file, offset, length);
    }

    /// <summary>Opens what was not read so far: it may be about to be replaced.</summary>
    private void OpenExternal()
    {
        foreach ((TensorProto tensor, _) in TensorTree.Tensors(Model).Where(entry => IsExternal(entry.Tensor)))
        {
            try
            {
                Data(tensor);
            }
            catch (ModelFileException)
            {
                // It could not be read before either.
            }
        }
    }

    private string Describe(TensorProto tensor)
    {
        string name = tensor.Name.Length == 0 ? "an unnamed tensor" : $"tensor '{tensor.Name}'";
        NodeProto? node = TensorTree.Tensors(Model).FirstOrDefault(entry => ReferenceEquals(entry.Tensor, tensor)).Node;
        string owner = node is null ? "" : $" of {node.OpType} node '{node.Name}' (output '{node.Output.FirstOrDefault()}')";
        string place = tensor.HasView && (uint)tensor.View < (uint)_skeleton.Views.Count
            ? $" (data at byte {_skeleton.Views[tensor.View].Offset})"
            : "";
        return name + owner + place;
    }
}
