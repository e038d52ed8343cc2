using System.Text.Json;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>The report as one JSON object. The keys are stable.</summary>
internal static class RebalanceJson
{
    public static void Write(RebalanceReport report, TextWriter writer) => Json.Write(writer, json =>
    {
        Rebalancing done = report.Rebalancing;
        json.WriteStartObject();
        json.WriteString("input", report.Request.Input);
        json.WriteString("output", report.Output);
        json.WriteString("output_data", report.OutputData);
        json.WriteString("gauge_output", report.GaugeOutput);
        Gauge(json, report.Request.Options, done);
        Both(json, "norm_imbalance", done.Before.NormImbalance, done.After.NormImbalance);
        Both(json, "range_imbalance", done.Before.RangeImbalance, done.After.RangeImbalance);
        Both(json, "squares", done.Before.Squares, done.After.Squares);
        Both(json, "largest", done.Before.Largest, done.After.Largest);
        Both(json, "float16_headroom", RebalanceText.Headroom(done.Before), RebalanceText.Headroom(done.After));
        Json.Objects(json, "tensors", done.Before.Tensors.Zip(done.After.Tensors), tensor =>
        {
            json.WriteString("name", tensor.First.Name);
            json.WriteBoolean("is_bias", tensor.First.IsBias);
            Both(json, "largest", tensor.First.Largest, tensor.Second.Largest);
            Both(json, "squares", tensor.First.Squares, tensor.Second.Squares);
        });
        if (report.Quantized is { } quantized)
            Quantized(json, quantized);
        Json.Check(json, report.Inexact, report.Check.Report);
        json.WriteEndObject();
    });

    /// <summary>What was chosen, and what it is free to change.</summary>
    public static void Gauge(Utf8JsonWriter json, RebalanceOptions options, Rebalancing done)
    {
        json.WriteString("gauge", options.Gauge.ToString().ToLowerInvariant());
        json.WriteBoolean("lossless", options.Lossless);
        json.WriteNumber("free", done.Free);
        Json.Objects(json, "held", done.Held, held =>
        {
            json.WriteString("reason", held.Reason);
            json.WriteNumber("channels", held.Count);
        });
        Json.Number(json, "sweeps", done.Sweeps?.Sweeps);
        Json.Number(json, "imbalance", done.Sweeps?.Imbalance);
    }

    private static void Quantized(Utf8JsonWriter json, QuantizedFigures figures)
    {
        json.WriteStartObject("quantized");
        json.WriteNumber("bits", figures.Before.Bits);
        Both(json, "relative_error", figures.Before.RelativeError, figures.After.RelativeError);
        Both(json, "max_relative_error", figures.Before.MaxRelativeError, figures.After.MaxRelativeError);
        if (figures.Accuracy is { } accuracy)
        {
            json.WriteNumber("labelled_samples", accuracy.Samples);
            Json.Number(json, "exact_accuracy", accuracy.Exact);
            Both(json, "accuracy", accuracy.Before, accuracy.After);
        }

        json.WriteEndObject();
    }

    /// <summary>A figure before and after.</summary>
    private static void Both(Utf8JsonWriter json, string key, double? before, double? after)
    {
        Json.Number(json, $"{key}_before", before);
        Json.Number(json, $"{key}_after", after);
    }
}
