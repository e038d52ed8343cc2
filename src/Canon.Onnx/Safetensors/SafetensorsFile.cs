using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>
/// An open safetensors file. Its tensors stay in the file, which must not change while it is open; it may be
/// replaced by another file, as <see cref="SafetensorsDraft"/> does.
/// </summary>
/// <example><code>
/// using var file = SafetensorsFile.Open("model.safetensors");
/// if (file.TryTensor("fc.weight", out var tensor) &amp;&amp; tensor.TryValues(out var values))
///     network = Network.Linear(Parameter.Matrix(tensor.Name, (int)tensor.Shape[0], (int)tensor.Shape[1], values));
/// </code></example>
public sealed class SafetensorsFile : IDisposable
{
    private readonly OpenFile _file;
    private readonly Dictionary<string, SafetensorsTensor> _byName;

    private SafetensorsFile(string path, OpenFile file)
    {
        SafetensorsHeader header = new SafetensorsHeaderReader(file, path).Read();
        Path = path;
        Tensors =
        [
            .. header.Tensors.Select(place => new SafetensorsTensor(
                place, new PartOfBytes(file, header.Size + place.Offset, place.Length))),
        ];
        Metadata = header.Metadata;
        _file = file;
        _byName = Tensors.ToDictionary(tensor => tensor.Name);
    }

    /// <summary>The path that the file was opened by.</summary>
    public string Path { get; }

    /// <summary>The tensors in the order of their bytes in the file.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>The texts that the file holds under <c>__metadata__</c>; none where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file. Nothing of the size of its tensors is read or copied.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="ModelFileException">The file cannot be read, or is no sound safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        OpenFile file = OpenFile.Open(path);
        try
        {
            return new SafetensorsFile(path, file);
        }
        catch
        {
            file.Dispose();
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

    /// <summary>Closes the file. Its tensors can then no longer be read.</summary>
    public void Dispose() => _file.Dispose();
}
