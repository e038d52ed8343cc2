using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>The index of a checkpoint in several files, as JSON: which tensor is in which of the files beside it.</summary>
/// <param name="Files">The name of its file for each tensor, in the order of the index.</param>
/// <param name="Metadata">What else it says under <c>metadata</c>.</param>
internal sealed record SafetensorsIndex(
    IReadOnlyList<KeyValuePair<string, string>> Files, IReadOnlyList<KeyValuePair<string, JsonElement>> Metadata)
{
    /// <summary>How the name of one ends.</summary>
    public const string Suffix = ".safetensors.index.json";

    private const string MetadataName = "metadata";
    private const string MapName = "weight_map";
    private const string SizeName = "total_size";

    // As much as the header of one file may take.
    private const long MaxLength = SafetensorsHeader.MaxLength;

    /// <summary>Reads an index that may come from strangers.</summary>
    /// <exception cref="ModelFileException">It cannot be read, is no index, or names a file outside its folder.</exception>
    public static SafetensorsIndex Read(string path)
    {
        using OpenFile bytes = OpenFile.Open(path);
        if (bytes.Length > MaxLength)
            throw Damaged($"it takes {bytes.Length} bytes, and {MaxLength} are the most");
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes.Read(0, (int)bytes.Length));
            return Parse(json.RootElement, Damaged);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The latter is what a text makes of half a surrogate pair.
            throw Damaged($"it is not JSON: {failure.Message.TrimEnd('.')}", failure);
        }

        ModelFileException Damaged(string problem, Exception? failure = null) =>
            new($"{path}: not the index of a checkpoint, or it is damaged: {problem}; download it again or save the checkpoint anew", failure);
    }

    /// <summary>The bytes of an index.</summary>
    /// <param name="totalSize">The bytes of all tensors.</param>
    public ReadOnlyMemory<byte> Write(long totalSize)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(
            bytes, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataName);
            if (Metadata.All(item => item.Key != SizeName))
                json.WriteNumber(SizeName, totalSize);
            foreach ((string key, JsonElement value) in Metadata)
            {
                json.WritePropertyName(key);
                if (key == SizeName)
                    json.WriteNumberValue(totalSize);
                else
                    value.WriteTo(json);
            }

            json.WriteEndObject();
            json.WriteStartObject(MapName);
            foreach ((string tensor, string file) in Files)
                json.WriteString(tensor, file);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return bytes.WrittenMemory;
    }

    private static SafetensorsIndex Parse(JsonElement root, Func<string, Exception?, ModelFileException> damaged)
    {
        ModelFileException Fail(string problem) => damaged(problem, null);
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(MapName, out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw Fail($"it has no object '{MapName}'");
        var files = new List<KeyValuePair<string, string>>();
        var names = new HashSet<string>();
        foreach (JsonProperty entry in map.EnumerateObject())
        {
            string tensor = SafetensorsHeader.Short(entry.Name);
            if (!names.Add(entry.Name))
                throw Fail($"tensor '{tensor}' stands twice in it");
            if (entry.Value.ValueKind != JsonValueKind.String)
                throw Fail($"the file of tensor '{tensor}' is no text");
            string file = entry.Value.GetString()!;
            if (!IsPlain(file))
                throw Fail($"tensor '{tensor}' is said to be in '{SafetensorsHeader.Short(file)}', and an index names files in its own folder alone");
            files.Add(new(entry.Name, file));
        }

        if (files.Count == 0)
            throw Fail("it names no tensor");
        if (!root.TryGetProperty(MetadataName, out JsonElement metadata) || metadata.ValueKind == JsonValueKind.Null)
            return new(files, []);
        if (metadata.ValueKind != JsonValueKind.Object)
            throw Fail($"its {MetadataName} are no object");
        return new(files, [.. metadata.EnumerateObject().Select(item => new KeyValuePair<string, JsonElement>(item.Name, item.Value.Clone()))]);
    }

    /// <summary>Whether a name is that of a file in the same folder, on every system.</summary>
    private static bool IsPlain(string file) =>
        file.Length > 0 && file is not ("." or "..") && file.AsSpan().IndexOfAny("/\\:\0") < 0;
}
