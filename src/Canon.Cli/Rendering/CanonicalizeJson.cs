using System.Text.Json;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>The report as one JSON object. The keys are stable.</summary>
internal static class CanonicalizeJson
{
    public static void Write(CanonicalizeReport report, TextWriter writer)
    {
        Json.Write(writer, json => Write(json, report));
    }

    private static void Write(Utf8JsonWriter json, CanonicalizeReport report)
    {
        json.WriteStartObject();
        json.WriteString("input", report.Input);
        json.WriteString("output", report.Output);
        Json.Number(json, "global_gain", report.Gain?.Global);
        Json.Number(json, "global_gain_log2", report.Gain?.GlobalLog2);
        Json.Numbers(json, "gain_direction", report.Gain?.Direction ?? []);
        Json.Numbers(json, "gain", report.Gain?.Entries ?? []);
        Json.Objects(json, "layers", report.Layers, layer =>
        {
            json.WriteString("name", layer.Name);
            json.WriteString("kind", layer.Kind);
            json.WriteNumber("rows", layer.Rows);
            json.WriteNumber("columns", layer.Columns);
            Json.Numbers(json, "gain", layer.Gain);
            Json.Numbers(json, "interference", layer.Interference);
            json.WriteNumber("dead_units", layer.DeadUnits);
            json.WriteNumber("constant_units", layer.ConstantUnits);
        });
        json.WriteStartArray("branches");
        foreach (BranchReport branch in report.Branches)
            Json.Numbers(json, null, branch.RelativeGain);
        json.WriteEndArray();
        Json.Objects(json, "refusals", report.Form.Refusals, refusal =>
        {
            json.WriteString("rule", refusal.Rule);
            json.WriteString("at", refusal.At);
            json.WriteString("reason", refusal.Reason);
        });
        Json.Objects(json, "steps", report.Form.Derivation.Steps, step =>
        {
            json.WriteString("rule", step.Rule);
            json.WriteString("at", step.At);
        });
        json.WriteStartObject("check");
        json.WriteNumber("samples", report.Check.Samples);
        json.WriteNumber("seed", report.Check.Seed);
        Json.Number(json, "max_relative_error", report.MaxRelativeError);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
