using System.Globalization;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Files;

/// <summary>The files beside a model that hold tensors' data, each opened once and only when it is first read.</summary>
internal sealed class ExternalFiles(string modelPath) : IDisposable
{
    private readonly Dictionary<string, OpenFile> _files = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private bool _disposed;

    /// <summary>The bytes a tensor keeps in another file.</summary>
    /// <param name="tensor">The tensor, with its external_data.</param>
    /// <param name="byteLength">The bytes its header promises.</param>
    /// <param name="fail">Makes an exception of what is wrong with the reference.</param>
    /// <exception cref="Exception">What <paramref name="fail"/> makes of the reason why they cannot be read.</exception>
    public ByteSource Open(TensorProto tensor, long byteLength, Func<string, Exception> fail)
    {
        string location = Value(tensor, "location") ?? throw fail("its external data has no location");
        long offset = Number(tensor, "offset", fail) ?? 0;
        long length = Number(tensor, "length", fail) ?? byteLength;

        OpenFile file;
        try
        {
            file = Opened(Locate(location));
        }
        catch (Exception failure) when (failure is ModelFileException || ModelFileException.IsFileSystemFailure(failure))
        {
            throw fail($"its external data cannot be read: {failure.Message}");
        }

        if (offset > file.Length || length > file.Length - offset)
            throw fail($"its external data are bytes {offset} to {(UInt128)offset + (UInt128)length} of '{location}', "
                + $"which has only {file.Length}");
        return new PartOfBytes(file, offset, length);
    }

    /// <summary>Whether a location is no path, or one that leaves the folder on some system.</summary>
    public static bool Leaves(string location) =>
        location.Length == 0
        || location[0] is '/' or '\\'
        || location.Length > 1 && location[1] == ':'
        || location.Contains('\0')
        || location.Split('/', '\\').Contains("..");

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (OpenFile file in _files.Values)
                file.Dispose();
            _files.Clear();
        }
    }

    private static string? Value(TensorProto tensor, string key) =>
        tensor.ExternalData.LastOrDefault(entry => entry.Key == key)?.Value;

    private static long? Number(TensorProto tensor, string key, Func<string, Exception> fail)
    {
        if (Value(tensor, key) is not { } text)
            return null;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            throw fail($"the {key} of its external data, '{text}', is not a byte count");
        return number;
    }

    private OpenFile Opened(string path)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_files.TryGetValue(path, out OpenFile? file))
                _files.Add(path, file = OpenFile.Open(path));
            return file;
        }
    }

    /// <summary>The real path of a location, which must not leave the model's folder: models come from strangers.</summary>
    private string Locate(string location)
    {
        if (Leaves(location))
            throw new IOException($"'{location}' is not a path inside the model's folder");

        string folder = RealPath.Of(Path.GetDirectoryName(Path.GetFullPath(modelPath))!);
        string path = RealPath.Of(Path.Combine(folder, location));
        string inside = Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
        if (!path.StartsWith(inside, StringComparison.Ordinal))
            throw new IOException($"'{location}' is a link that leaves the model's folder");
        return path;
    }
}
