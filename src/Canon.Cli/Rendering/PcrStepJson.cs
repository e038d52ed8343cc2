using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>The report as one JSON object. The keys are stable.</summary>
internal static class PcrStepJson
{
    public static void Write(PcrStepReport report, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        json.WriteString("input", report.Request.Weights);
        json.WriteString("optimizer", report.Request.State);
        json.WriteString("output", report.Request.Output);
        json.WriteString("optimizer_output", report.Request.StateOutput);
        json.WriteString("gauge", PcrStepText.Name(report.Request.Options.Gauge));
        json.WriteBoolean("lossless", report.Request.Options.Lossless);
        json.WriteString("moments", report.Moments is null ? null : PcrStepText.Name(report.Request.Options.Moments));
        Json.Number(json, "gain_before", report.Event.GainBefore);
        Json.Number(json, "gain_after", report.Event.GainAfter);
        Json.Number(json, "output_factor", report.Event.OutputFactor);
        Json.Objects(json, "alphas", report.Event.Alphas, alpha =>
        {
            json.WriteString("name", alpha.Name);
            Json.Number(json, "least", alpha.Least);
            Json.Number(json, "greatest", alpha.Greatest);
        });
        Json.Number(json, "imbalance", report.Event.Imbalance);
        json.WriteNumber("dead_units", report.Event.DeadUnits);
        Json.Objects(json, "held", report.Held, held =>
        {
            json.WriteString("name", held.Name);
            json.WriteNumber("rows", held.Rows);
            json.WriteString("reason", held.Reason);
        });
        Texts("inputs", report.Inputs);
        Texts("fixed", report.Fixed);
        Texts("warnings", report.Warnings);
        json.WriteNumber("tensors", report.Tensors);
        json.WriteNumber("tensors_left", report.Left.Count);
        CheckpointText.Write(json, report.Saved[0]);
        if (report.Moments is { } moments)
        {
            json.WriteNumber("optimizer_tensors", moments.Entries.Count);
            json.WriteNumber("optimizer_tensors_left", moments.Left.Count);
            json.WriteNumber("optimizer_tensors_added", moments.Added);
        }

        json.WriteEndObject();

        void Texts(string key, IReadOnlyList<string> texts)
        {
            json.WriteStartArray(key);
            foreach (string text in texts)
                json.WriteStringValue(text);
            json.WriteEndArray();
        }
    });
}
