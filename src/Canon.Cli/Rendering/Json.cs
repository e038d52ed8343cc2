using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Canon.Cli.Rendering;

/// <summary>Output for other programs: one JSON object on a line.</summary>
internal static class Json
{
    public static void Write(TextWriter writer, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            write(json);
        writer.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    public static void Objects<T>(Utf8JsonWriter json, string key, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(key);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void Numbers(Utf8JsonWriter json, string? key, IEnumerable<double> values)
    {
        if (key is not null)
            json.WritePropertyName(key);
        json.WriteStartArray();
        foreach (double value in values)
            Value(json, value);
        json.WriteEndArray();
    }

    public static void Number(Utf8JsonWriter json, string key, double? value)
    {
        json.WritePropertyName(key);
        Value(json, value);
    }

    /// <summary>The tensors that are not exact, where anybody looked, and the self-check: what ends a report.</summary>
    public static void Check(Utf8JsonWriter json, IReadOnlyList<InexactTensor>? inexact, CheckReport check)
    {
        if (inexact is { } tensors)
        {
            Objects(json, "inexact", tensors, tensor =>
            {
                json.WriteString("tensor", tensor.Name);
                json.WriteNumber("entries", tensor.Entries);
            });
        }

        json.WriteStartObject("check");
        json.WriteNumber("samples", check.Samples);
        json.WriteNumber("seed", check.Seed);
        Number(json, "max_relative_error", check.MaxRelativeError);
        json.WriteEndObject();
    }

    // JSON has no infinity and no NaN.
    private static void Value(Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }
}
