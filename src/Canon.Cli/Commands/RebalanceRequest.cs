using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon rebalance</c> for.</summary>
internal sealed record RebalanceRequest(
    string Input,
    string? Output,
    string? GaugeOutput,
    bool Force,
    RebalanceOptions Options,
    int? Bits,
    string? Data,
    int Samples,
    int Seed,
    ExternalData ExternalData)
{
    /// <summary>Refuses targets in the way before any work is done.</summary>
    public void RequireFreeTargets()
    {
        Targets.RequireWritable(Input, Output, Force);
        Targets.RequireWritable(Input, GaugeOutput, Force);
        if (Output is not null && GaugeOutput is not null
            && (Targets.AreSame(Output, GaugeOutput) || Targets.AreSame(OnnxModel.DataFileOf(Output), GaugeOutput)))
            throw new UsageException($"{GaugeOutput}: the gauge would replace the model; name another file for it");
        if (Output is null && ExternalData != ExternalData.AsRead)
            throw new UsageException("--external-data says where the model that is written has its weights: give --output as well");
        if (Output is not null && ExternalData == ExternalData.Beside)
            Targets.RequireWritable(Input, OnnxModel.DataFileOf(Output), Force);
        if (Output is not null && Targets.AreSame(OnnxModel.DataFileOf(Output), Input))
            throw new UsageException($"{Output}: its weights would go into {Input}, which is the input; name another file");
        if (Output is not null && Data is not null && Targets.AreSame(Output, Data))
            throw new UsageException($"{Output}: this would replace the samples; name another file");
    }

    /// <summary>Rebalances, checks, and writes the file when the check has passed.</summary>
    public RebalanceReport Execute(OnnxModel model, Work stages, CancellationToken cancellation)
    {
        Targets.RequireNoWeights(model, Output, GaugeOutput);

        Samples? samples = Data is null ? null : LabelledTable.Read(
            Data,
            model.Inputs.Count == 1 && model.Options.Input is { } shape
                ? shape
                : throw new UsageException($"{Input}: --data needs a model of one input whose shape is known"));

        stages.Begin("balancing", isMeasured: false);
        Rebalancing rebalancing = Work.Abandoning(() => model.Network.Rebalance(Options, model.Options), cancellation);
        using Targets.Draft? draft = Output is null ? null : Targets.Draft.Create(Output);
        CheckReport Compare(Network written, IProgress<double>? progress) => rebalancing.Check(written, Samples, Seed, progress, cancellation);
        var report = new RebalanceReport
        {
            Request = this,
            Rebalancing = rebalancing,
            Check = SelfCheck.Of(Samples, Seed, draft is not null, () =>
                draft?.Write(model, rebalancing.Network, null, ExternalData, stages, cancellation, Compare)
                ?? Compare(rebalancing.Network, stages.Begin("checking"))),
            Tolerance = CanonicalizeReport.Usual(rebalancing.Network),
            Inexact = Options.Lossless ? rebalancing.InexactTensors() : null,
        };
        if (!report.Passed)
            return report;
        if (Bits is { } bits)
            report = report with { Quantized = QuantizedFigures.Of(this, bits, model, rebalancing, samples, stages, cancellation) };
        using Targets.Text? gauge = GaugeOutput is null ? null : Targets.Text.Create(GaugeOutput, rebalancing.Gauge.ToJson());
        draft?.Commit(Force);
        gauge?.Commit(Force);
        return report with { Output = Output, OutputData = draft?.DataTarget, GaugeOutput = GaugeOutput };
    }
}
