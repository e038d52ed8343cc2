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

    private static void Write(Utf8JsonWriter json, Simplification simplified)
    {
        json.WriteStartObject("simplified");
        json.WriteNumber("parameters_before", simplified.ParametersBefore);
        json.WriteNumber("parameters_after", simplified.ParametersAfter);
        Json.Objects(json, "layers", simplified.Layers, layer =>
        {
            json.WriteString("name", layer.Name);
            json.WriteNumber("dead", layer.Dead);
            json.WriteNumber("constant", layer.Constant);
            json.WriteNumber("unobserved", layer.Unobserved);
            json.WriteNumber("duplicate", layer.Duplicate);
            json.WriteNumber("parameters_before", layer.ParametersBefore);
            json.WriteNumber("parameters_after", layer.ParametersAfter);
        });
        Json.Objects(json, "kept", simplified.Kept, kept =>
        {
            json.WriteString("name", kept.Name);
            json.WriteNumber("units", kept.Units);
            json.WriteString("reason", kept.Reason);
        });
        Json.Objects(json, "left", simplified.Left, left =>
        {
            json.WriteString("name", left.Name);
            json.WriteString("reason", left.Reason);
        });
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, CanonicalizeReport report)
    {
        json.WriteStartObject();
        json.WriteString("input", report.Input);
        json.WriteString("output", report.Output);
        json.WriteString("output_data", report.OutputData);
        if (report.Simplified is { } simplified)
            Write(json, simplified);
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
        if (report.InTheWay.Count > 0)
        {
            json.WriteStartArray("in_the_way");
            foreach (string node in report.InTheWay)
                json.WriteStringValue(node);
            json.WriteEndArray();
        }

        Json.Check(json, report.Inexact, report.Check.Report);
        json.WriteEndObject();
    }
}
