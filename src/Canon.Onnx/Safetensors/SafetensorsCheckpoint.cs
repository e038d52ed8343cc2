using System.Diagnostics.CodeAnalysis;

namespace Canon.Onnx;

/// <summary>
/// An open checkpoint: one safetensors file, or several with an index, <c>model.safetensors.index.json</c>, that says which tensor is in
/// which. Tensors stay in the files, as those of <see cref="SafetensorsFile"/> do. Index and files must agree: every tensor is in one
/// file, that which the index names.
/// </summary>
/// <example><code>
/// using var checkpoint = SafetensorsCheckpoint.Open("model.safetensors.index.json");
/// Console.WriteLine($"{checkpoint.Tensors.Count} tensors in {checkpoint.Files.Count} files");
/// </code></example>
public sealed class SafetensorsCheckpoint : IDisposable
{
    private readonly Dictionary<string, SafetensorsTensor> _byName = [];

    private SafetensorsCheckpoint(string path, IReadOnlyList<SafetensorsFile> files, SafetensorsIndex? index)
    {
        Path = path;
        Files = files;
        Index = index;
        Tensors = [.. files.SelectMany(file => file.Tensors)];
        var found = new Dictionary<string, string>();
        foreach (SafetensorsFile file in files)
        {
            foreach (SafetensorsTensor tensor in file.Tensors)
            {
                string name = System.IO.Path.GetFileName(file.Path);
                if (!found.TryAdd(tensor.Name, name))
                    throw Torn($"tensor '{SafetensorsHeader.Short(tensor.Name)}' is in {found[tensor.Name]}, and in {name} as well");
                _byName.Add(tensor.Name, tensor);
            }
        }

        if (index is null)
            return;
        foreach ((string tensor, string file) in index.Files)
        {
            if (!found.Remove(tensor, out string? actual))
                throw Torn($"tensor '{SafetensorsHeader.Short(tensor)}' should be in {file}, and is not");
            if (actual != file)
                throw Torn($"tensor '{SafetensorsHeader.Short(tensor)}' should be in {file}, and is in {actual}");
        }

        if (found.Count > 0)
            throw Torn($"tensor '{SafetensorsHeader.Short(found.Keys.First())}' is in {found.Values.First()}, and the index does not name it");
    }

    /// <summary>The path that it was opened by: of the file, or of the index.</summary>
    public string Path { get; }

    /// <summary>Whether it is in several files, or in one that has an index.</summary>
    public bool IsSharded => Index is not null;

    /// <summary>The files in the order of their names.</summary>
    public IReadOnlyList<SafetensorsFile> Files { get; }

    /// <summary>The tensors, file after file, in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    internal SafetensorsIndex? Index { get; }

    /// <summary>Opens a checkpoint. Nothing of the size of its tensors is read or copied.</summary>
    /// <param name="path">A safetensors file, or an index: a file whose name ends with <c>.json</c>.</param>
    /// <returns>The open checkpoint.</returns>
    /// <exception cref="ModelFileException">
    /// A file is missing, cannot be read or is damaged; the index names one outside its folder; or index and files do not agree.
    /// </exception>
    public static SafetensorsCheckpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = new List<SafetensorsFile>();
        try
        {
            if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            {
                files.Add(SafetensorsFile.Open(path));
                return new(path, files, null);
            }

            SafetensorsIndex index = SafetensorsIndex.Read(path);
            string folder = System.IO.Path.GetDirectoryName(path)!;
            foreach (string name in index.Files.Select(entry => entry.Value).Distinct().Order(StringComparer.Ordinal))
            {
                string file = System.IO.Path.Combine(folder, name);
                if (!File.Exists(file))
                    throw new ModelFileException($"{path}: there is no {SafetensorsHeader.Short(name)} beside it, which it names; download it, or save the checkpoint anew");
                files.Add(SafetensorsFile.Open(file));
            }

            return new(path, files, index);
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>Finds a tensor by its name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="tensor">The tensor.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryTensor(string name, [NotNullWhen(true)] out SafetensorsTensor? tensor)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out tensor);
    }

    /// <summary>Closes its files. Tensors can then no longer be read.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in Files)
            file.Dispose();
    }

    private ModelFileException Torn(string problem) =>
        new($"{Path}: index and files do not agree: {problem}; download all of them again, or save the checkpoint anew");
}
