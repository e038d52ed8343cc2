using Canon.Cli.Commands;

namespace Canon.Cli.Reports;

/// <summary>All that <c>canon rebalance</c> has to say, to be rendered as text or as JSON.</summary>
internal sealed record RebalanceReport
{
    public required RebalanceRequest Request { get; init; }

    /// <summary>The model that was written; null when none was.</summary>
    public string? Output { get; init; }

    /// <summary>The second file of the written model, with its weights; null where there is none.</summary>
    public string? OutputData { get; init; }

    /// <summary>The file with the gauge; null where none was written.</summary>
    public string? GaugeOutput { get; init; }

    public required Rebalancing Rebalancing { get; init; }

    public required SelfCheck Check { get; init; }

    public required double Tolerance { get; init; }

    /// <summary>Of a lossless gauge: the tensors that are not exact after all; null of any other.</summary>
    public required IReadOnlyList<InexactTensor>? Inexact { get; init; }

    /// <summary>What rounding weights to few bits does; null where nobody asked.</summary>
    public QuantizedFigures? Quantized { get; init; }

    public bool Passed => Check.Report.MaxRelativeError <= Tolerance;
}

/// <summary>How far outputs differ when weights are rounded to few bits, before and after.</summary>
/// <param name="Before">Of the model as it was.</param>
/// <param name="After">Of the rebalanced one.</param>
/// <param name="Accuracy">The part of the samples that is classified right; null where none are given.</param>
internal sealed record QuantizedFigures(QuantizationReport Before, QuantizationReport After, QuantizedAccuracy? Accuracy)
{
    public static QuantizedFigures Of(
        RebalanceRequest request,
        int bits,
        Canon.Onnx.OnnxModel model,
        Rebalancing rebalancing,
        Samples? samples,
        Work stages,
        CancellationToken cancellation)
    {
        QuantizationReport Error(Network network, string stage) => network.QuantizationError(
            bits, model.Options, request.Samples, request.Seed, stages.Begin(stage), cancellation);
        return new(
            Error(rebalancing.Original, "rounding the model"),
            Error(rebalancing.Network, "rounding the rebalanced model"),
            samples is null
                ? null
                : new(
                    samples.Count,
                    rebalancing.Original.Accuracy(samples),
                    rebalancing.Original.SimulateQuantization(bits).Accuracy(samples),
                    rebalancing.Network.SimulateQuantization(bits).Accuracy(samples)));
    }
}

/// <summary>The part of samples that is classified right.</summary>
internal sealed record QuantizedAccuracy(int Samples, double Exact, double Before, double After);
