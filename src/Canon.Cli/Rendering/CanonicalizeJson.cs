using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>The report as one JSON object. The keys are stable.</summary>
internal static class CanonicalizeJson
{
    public static void Write(CanonicalizeReport report, TextWriter writer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json, report);
        writer.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void Write(Utf8JsonWriter json, CanonicalizeReport report)
    {
        json.WriteStartObject();
        json.WriteString("input", report.Input);
        json.WriteString("output", report.Output);
        Number(json, "global_gain", report.Gain?.Global);
        Number(json, "global_gain_log2", report.Gain?.GlobalLog2);
        Numbers(json, "gain_direction", report.Gain?.Direction ?? []);
        Numbers(json, "gain", report.Gain?.Entries ?? []);
        Objects(json, "layers", report.Layers, layer =>
        {
            json.WriteString("name", layer.Name);
            json.WriteString("kind", layer.Kind);
            json.WriteNumber("rows", layer.Rows);
            json.WriteNumber("columns", layer.Columns);
            Numbers(json, "gain", layer.Gain);
            Numbers(json, "interference", layer.Interference);
            json.WriteNumber("dead_units", layer.DeadUnits);
            json.WriteNumber("constant_units", layer.ConstantUnits);
        });
        json.WriteStartArray("branches");
        foreach (BranchReport branch in report.Branches)
            Numbers(json, null, branch.RelativeGain);
        json.WriteEndArray();
        Objects(json, "refusals", report.Form.Refusals, refusal =>
        {
            json.WriteString("rule", refusal.Rule);
            json.WriteString("at", refusal.At);
            json.WriteString("reason", refusal.Reason);
        });
        Objects(json, "steps", report.Form.Derivation.Steps, step =>
        {
            json.WriteString("rule", step.Rule);
            json.WriteString("at", step.At);
        });
        json.WriteStartObject("check");
        json.WriteNumber("samples", report.Check.Samples);
        json.WriteNumber("seed", report.Check.Seed);
        Number(json, "max_relative_error", report.MaxRelativeError);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Objects<T>(Utf8JsonWriter json, string key, IEnumerable<T> items, Action<T> write)
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

    private static void Numbers(Utf8JsonWriter json, string? key, IEnumerable<double> values)
    {
        if (key is not null)
            json.WritePropertyName(key);
        json.WriteStartArray();
        foreach (double value in values)
            Value(json, value);
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string key, double? value)
    {
        json.WritePropertyName(key);
        Value(json, value);
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
