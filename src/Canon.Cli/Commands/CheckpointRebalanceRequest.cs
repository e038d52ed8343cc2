using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon rebalance --architecture</c> for.</summary>
internal sealed record CheckpointRebalanceRequest(
    string Input, string Architecture, string? Output, string? GaugeOutput, bool Force, RebalanceOptions Options, SignalShape? Shape)
{
    /// <summary>Refuses targets in the way before any work is done.</summary>
    public void RequireFreeTargets(SafetensorsCheckpoint weights)
    {
        IReadOnlyList<string> files = Output is null ? [] : CheckpointFiles.RequireWritable(weights, Output, Force);
        Targets.RequireWritable(Input, GaugeOutput, Force);
        if (files.Any(file => Targets.AreSame(file, Architecture)) || GaugeOutput is not null && Targets.AreSame(GaugeOutput, Architecture))
            throw new UsageException($"{Architecture}: this would replace the architecture; name another file");
        if (GaugeOutput is not null && files.Concat(CheckpointFiles.Of(weights)).Any(file => Targets.AreSame(file, GaugeOutput)))
            throw new UsageException($"{GaugeOutput}: the gauge would replace weights; name another file for it");
    }

    /// <summary>Finds the gauge, reading each weight once, and writes the checkpoint tensor by tensor.</summary>
    public CheckpointRebalanceReport Execute(
        Architecture architecture, Network network, SafetensorsCheckpoint weights, Work stages, CancellationToken cancellation)
    {
        stages.Begin("balancing", isMeasured: false);
        Rebalancing rebalancing;
        try
        {
            rebalancing = Work.Abandoning(() => network.Rebalance(Options, CanonicalizeOptions.Default with { Input = Shape }), cancellation);
        }
        catch (NetworkException failure)
        {
            throw new UsageException($"{Input} as {architecture.Source} has it: {failure.Message}");
        }

        Gauge gauge = rebalancing.Gauge;
        List<RescaledTensor> rescaled = [.. gauge.Names.Select(name => RescaledTensor.Of(gauge.Tensor(name))).Where(tensor => tensor.IsChanged)];
        HashSet<string> changed = [.. rescaled.Select(tensor => tensor.Name)];
        using Targets.Text? text = GaugeOutput is null ? null : Targets.Text.Create(GaugeOutput, gauge.ToJson());
        SavedCheckpoint? saved = null;
        if (Output is not null)
        {
            var draft = new SafetensorsCheckpointDraft(
                Output,
                weights,
                [
                    .. weights.Tensors.Select(tensor => changed.Contains(tensor.Name)
                        ? CheckpointFiles.Entry(tensor.Name, tensor.Type, tensor.Shape, () => gauge.Weight(tensor.Name))
                        : new SafetensorsEntry(tensor)),
                ],
                CheckpointFiles.Basis($"rebalance\n{Options}\n{Shape}", architecture, gauge));
            saved = CheckpointFiles.Save([draft], Force, stages.Begin("writing"), cancellation)[0];
        }

        text?.Commit(Force);
        return new(
            this,
            rebalancing,
            rescaled,
            weights.Tensors.Count,
            [.. weights.Tensors.Select(tensor => tensor.Name).Where(name => !changed.Contains(name))],
            saved);
    }
}
