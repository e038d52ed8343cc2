using System.Buffers.Binary;
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Unicode;
using Canon.Onnx.Files;

namespace Canon.Onnx;

/// <summary>Reads the header of a file that may come from strangers.</summary>
/// <param name="bytes">The file.</param>
/// <param name="file">Its path.</param>
internal sealed class SafetensorsHeaderReader(ByteSource bytes, string file)
{
    private const string SaveAnew = "load it in Python and save it with safetensors.torch.save_file";

    // The beginnings of what is often taken for such a file.
    private static readonly (byte[] Start, string Advice)[] Others =
    [
        ([.. "PK"u8], $"this looks like a zip file, as PyTorch writes its checkpoints; {SaveAnew}"),
        ([0x80, 2], $"this looks like a pickle, as PyTorch wrote its checkpoints; {SaveAnew}"),
        ([0x80, 3], $"this looks like a pickle; {SaveAnew}"),
        ([0x80, 4], $"this looks like a pickle; {SaveAnew}"),
        ([0x80, 5], $"this looks like a pickle; {SaveAnew}"),
        ([0x89, .. "HDF"u8], $"this looks like an HDF5 file; {SaveAnew}"),
        ([.. "GGUF"u8], "this looks like a GGUF file; get the model as safetensors"),
        ([.. "version https://git-lfs"u8], "this is a Git LFS pointer; fetch the file itself with git lfs pull"),
        ([.. "{"u8], "this looks like JSON; the name of an index of several files ends with .json"),
        ([.. "<"u8], "this looks like a web page; download the file itself"),
    ];

    /// <summary>The header.</summary>
    /// <exception cref="ModelFileException">The file is no safetensors file, or is damaged.</exception>
    public SafetensorsHeader Read()
    {
        ReadOnlySpan<byte> json = Json();
        if (!Utf8.IsValid(json))
            throw Damaged("its header is not UTF-8");
        try
        {
            return Parse(json);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The latter is what the reader makes of half a surrogate pair.
            throw Damaged($"its header is not JSON: {failure.Message.TrimEnd('.')}", failure);
        }
    }

    private ReadOnlySpan<byte> Json()
    {
        const int size = SafetensorsHeader.LengthSize;
        if (bytes.Length == 0)
            throw new ModelFileException($"{file}: not a safetensors file: the file is empty, or a pipe or device");
        if (bytes.Length <= size)
            throw Other($"it ends after {bytes.Length} bytes, within its header");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Read(0, size));
        if (length > SafetensorsHeader.MaxLength)
            throw Other($"its header would take {length} bytes, and {SafetensorsHeader.MaxLength} are the most");
        if (length > (ulong)(bytes.Length - size))
            throw Other($"its header should take {length} bytes, but only {bytes.Length - size} follow");
        ReadOnlySpan<byte> json = bytes.Read(size, (int)length);
        return json.StartsWith("{"u8) ? json : throw Other("its header does not begin with '{'");
    }

    private SafetensorsHeader Parse(ReadOnlySpan<byte> json)
    {
        var tensors = new List<SafetensorsPlace>();
        var metadata = new Dictionary<string, string>();
        var names = new HashSet<string>();
        long size = SafetensorsHeader.LengthSize + json.Length;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name))
                throw Damaged($"'{SafetensorsHeader.Short(name)}' stands twice in its header");
            reader.Read();
            if (name == SafetensorsHeader.MetadataName)
                ReadMetadata(ref reader, metadata);
            else
                tensors.Add(Tensor(ref reader, name, bytes.Length - size));
        }

        // Whatever follows the end of the header but spaces is refused by this.
        reader.Read();
        tensors = [.. tensors.OrderBy(tensor => tensor.Offset).ThenBy(tensor => tensor.Length)];
        CheckCover(tensors, bytes.Length - size);
        return new SafetensorsHeader(
            size, tensors.AsReadOnly(), new ReadOnlyDictionary<string, string>(metadata));
    }

    private void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Damaged("its metadata are no object of texts");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Damaged($"its metadata '{SafetensorsHeader.Short(key)}' are no text");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw Damaged($"its metadata '{SafetensorsHeader.Short(key)}' stand there twice");
        }
    }

    private SafetensorsPlace Tensor(ref Utf8JsonReader reader, string name, long dataLength)
    {
        ModelFileException Fail(string problem) => Damaged($"tensor '{SafetensorsHeader.Short(name)}': {problem}");
        string? type = null;
        long[]? shape = null, offsets = null;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Fail("what the header says of it is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string property = reader.GetString()!;
            reader.Read();
            switch (property)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = reader.GetString();
                    break;
                case "shape" when shape is null && TryNumbers(ref reader, out shape):
                case "data_offsets" when offsets is null && TryNumbers(ref reader, out offsets):
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Fail($"its {property} stands there twice, or is no {(property == "dtype" ? "text" : "list of whole numbers")}");
                default:
                    reader.Skip();
                    break;
            }
        }

        if (type is null || shape is null || offsets is null)
            throw Fail("the header must give its dtype, shape and data_offsets");
        long length = SafetensorsTypes.ByteLength(type, shape, Fail);
        if (offsets is not [>= 0 and var begin, var end] || end < begin)
            throw Fail($"its data_offsets [{string.Join(", ", offsets.Take(3))}] are no begin and end");
        if (end > dataLength)
            throw Fail($"it has bytes {begin} to {end}, but only {dataLength} follow the header; the file is cut off");
        if (end - begin != length)
            throw Fail($"{type} [{string.Join(", ", shape.Take(8))}] needs {length} bytes, but it has {end - begin}");
        return new SafetensorsPlace(name, type, shape.AsReadOnly(), begin, length);
    }

    /// <summary>The numbers of a list; false where it is none, or holds something else.</summary>
    private static bool TryNumbers(ref Utf8JsonReader reader, out long[]? numbers)
    {
        numbers = null;
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        var found = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number))
                return false;
            found.Add(number);
        }

        numbers = [.. found];
        return true;
    }

    private void CheckCover(List<SafetensorsPlace> tensors, long dataLength)
    {
        long end = 0;
        foreach (SafetensorsPlace tensor in tensors)
        {
            if (tensor.Offset != end)
                throw Damaged(
                    $"tensor '{SafetensorsHeader.Short(tensor.Name)}' begins at byte {tensor.Offset}, but the one before it ends at {end}");
            end += tensor.Length;
        }

        if (end != dataLength)
            throw Damaged($"{dataLength} bytes follow its header, and its tensors take {end}");
    }

    /// <summary>What does not even begin as such a file, and may be of another kind.</summary>
    private ModelFileException Other(string problem)
    {
        foreach ((byte[] start, string advice) in Others)
        {
            if (bytes.Length >= start.Length && bytes.Read(0, start.Length).SequenceEqual(start))
                return new ModelFileException($"{file}: not a safetensors file: {advice}");
        }

        return Damaged(problem);
    }

    private ModelFileException Damaged(string problem, Exception? failure = null) =>
        new($"{file}: not a safetensors file, or it is damaged: {problem}; download it again or save it anew", failure);
}
