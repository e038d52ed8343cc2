using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Canon.Onnx;

/// <summary>What a header says of one tensor.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">How the format calls the type of its elements.</param>
/// <param name="Shape">The dimensions, none for a scalar.</param>
/// <param name="Offset">Where its bytes begin, counted from the end of the header.</param>
/// <param name="Length">How many there are: as many as type and shape need.</param>
internal sealed record SafetensorsPlace(string Name, string Type, IReadOnlyList<long> Shape, long Offset, long Length);

/// <summary>The header of a file: its length in 8 bytes, then JSON that says which tensors follow.</summary>
/// <param name="Size">The bytes before the tensors.</param>
/// <param name="Tensors">The tensors in the order of their bytes, without gaps between them.</param>
/// <param name="Metadata">The texts under <see cref="MetadataName"/>.</param>
internal sealed record SafetensorsHeader(
    long Size, IReadOnlyList<SafetensorsPlace> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The name that no tensor has.</summary>
    public const string MetadataName = "__metadata__";

    /// <summary>The bytes of the length in front.</summary>
    public const int LengthSize = sizeof(ulong);

    /// <summary>The most bytes of JSON that readers of the format take.</summary>
    public const int MaxLength = 100_000_000;

    // Numbers begin where a processor likes to read them.
    private const int Alignment = 8;

    /// <summary>The bytes of the header, its length in front.</summary>
    public static ReadOnlyMemory<byte> Write(IEnumerable<SafetensorsPlace> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write(new byte[LengthSize]);
        // Names stay as they are, as other writers leave them: nothing here is put into a page of HTML.
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(MetadataName);
                foreach ((string key, string value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            foreach (SafetensorsPlace tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [tensor.Offset, tensor.Offset + tensor.Length]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (bytes.WrittenCount % Alignment != 0)
            bytes.Write(" "u8);
        byte[] header = bytes.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - LengthSize);
        return header;
    }

    /// <summary>A text as a message shows it: names in a damaged file can be of any length.</summary>
    public static string Short(string text) => text.Length <= 100 ? text : text[..100] + "…";

    /// <summary>Refuses a text with half of a surrogate pair, which UTF-8 cannot say.</summary>
    /// <exception cref="ArgumentException">It has one.</exception>
    public static void RefuseHalfCharacters(string text, string parameter)
    {
        int consumed;
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty; rest = rest[consumed..])
        {
            if (Rune.DecodeFromUtf16(rest, out _, out consumed) != OperationStatus.Done)
                throw new ArgumentException($"'{Short(text)}' holds half of a surrogate pair, which is no character.", parameter);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
