using Canon.Cli.Reports;
using Spectre.Console;

namespace Canon.Cli.Rendering;

/// <summary>The report on a checkpoint as text, and as one JSON object, whose keys are stable.</summary>
internal static class CheckpointRebalanceText
{
    public static void Write(CheckpointRebalanceReport report, Page page)
    {
        RebalanceText.Gauge(report.Request.Options, report.Rebalancing, page);
        RebalanceText.Held(report.Rebalancing, page);
        page.Heading("What rows and columns are multiplied by");
        Table table = Tables.New("\nparameter").AddNumber("rows\nleast").AddNumber("\ngreatest").AddNumber("columns\nleast").AddNumber("\ngreatest");
        foreach (RescaledTensor tensor in report.Rescaled)
        {
            table.AddRow(
                Page.Escape(tensor.Name),
                Plain.Number(tensor.LeastRow),
                Plain.Number(tensor.GreatestRow),
                Plain.Number(tensor.LeastColumn),
                Plain.Number(tensor.GreatestColumn));
        }

        page.Write(table);
        if (report.Saved is null && report.Request.GaugeOutput is null)
            return;
        page.Heading("Files");
        if (report.Saved is { } saved)
            CheckpointText.Write(page, report.Request.Output!, saved, report.Tensors, "rescaled", report.Left);
        if (report.Request.GaugeOutput is { } gauge)
            page.Line(Page.Escape($"wrote {gauge}"), indent: 2);
    }

    public static void WriteJson(CheckpointRebalanceReport report, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        json.WriteString("input", report.Request.Input);
        json.WriteString("output", report.Request.Output);
        json.WriteString("gauge_output", report.Request.GaugeOutput);
        RebalanceJson.Gauge(json, report.Request.Options, report.Rebalancing);
        Json.Objects(json, "tensors", report.Rescaled, tensor =>
        {
            json.WriteString("name", tensor.Name);
            Json.Number(json, "row_least", tensor.LeastRow);
            Json.Number(json, "row_greatest", tensor.GreatestRow);
            Json.Number(json, "column_least", tensor.LeastColumn);
            Json.Number(json, "column_greatest", tensor.GreatestColumn);
        });
        json.WriteNumber("tensors_left", report.Left.Count);
        CheckpointText.Write(json, report.Saved);
        json.WriteEndObject();
    });
}
