using Canon.Tests.Files;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>Where cases are run: a folder for the model, with files and links that it may refer to and others that it may not.</summary>
internal sealed class FuzzFolder : IDisposable
{
    private static readonly byte[] _secret = "what no model may read"u8.ToArray();
    private readonly TemporaryFolder _root = new();
    private readonly string[] _around, _beside;

    /// <summary>Makes the folder.</summary>
    public FuzzFolder()
    {
        Directory.CreateDirectory(_root["model/sub"]);
        _root.Put("outside.bin", [.. Enumerable.Repeat(_secret, 200).SelectMany(bytes => bytes)]);
        byte[] weights = new byte[80_000];
        new System.Random(1).NextBytes(weights);
        _root.Put("model/weights.bin", weights);
        _root.Put("model/sub/weights.bin", weights);
        File.CreateSymbolicLink(_root["model/inner-link.bin"], "weights.bin");
        File.CreateSymbolicLink(_root["model/outer-link.bin"], "../outside.bin");
        File.CreateSymbolicLink(_root["model/links"], "..");
        File.CreateSymbolicLink(_root["model/circle"], "circle");
        File.WriteAllBytes(Model, []);
        File.WriteAllText(Note, "");
        _around = [.. _root.Names];
        _beside = Beside();
    }

    /// <summary>The file of the case.</summary>
    public string Model => _root["model/model.onnx"];

    /// <summary>What is saved of it.</summary>
    public string Output => _root["model/out.onnx"];

    /// <summary>A note of the case that is run: left behind with the model where the process ends.</summary>
    public string Note => _root["case.txt"];

    /// <summary>What is wrong with the files after a case; null where nothing is.</summary>
    public string? Problem(byte[] model, bool saved)
    {
        if (!_root.Names.SequenceEqual(_around))
            return $"there are files outside the folder: {string.Join(", ", _root.Names.Except(_around))}";
        string[] made = [.. Beside().Except(_beside)];
        if (!saved && made.Length > 0)
            return $"something was left behind: {string.Join(", ", made)}";
        if (saved && !made.All(name => name is "out.onnx" or "out.onnx.data"))
            return $"something was left beside the output: {string.Join(", ", made)}";
        if (!File.ReadAllBytes(Model).AsSpan().SequenceEqual(model))
            return "the model itself was changed";
        return made.Any(name => File.ReadAllBytes(_root[$"model/{name}"]).AsSpan().IndexOf(_secret) >= 0)
            ? "a file from outside the folder was read"
            : null;
    }

    /// <summary>Removes what was saved.</summary>
    public void Clear()
    {
        foreach (string name in Beside().Except(_beside))
            File.Delete(_root[$"model/{name}"]);
    }

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    private string[] Beside() => [.. Directory.EnumerateFileSystemEntries(_root["model"]).Select(path => Path.GetFileName(path)!).Order()];
}
