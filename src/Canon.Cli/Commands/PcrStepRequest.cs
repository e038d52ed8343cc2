using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon pcr-step</c> for.</summary>
internal sealed record PcrStepRequest(
    string Weights,
    string Architecture,
    string? State,
    string Output,
    string? StateOutput,
    PcrOptions Options,
    double? Rate,
    SignalShape? Input,
    bool Force)
{
    /// <summary>Refuses targets in the way before any work is done.</summary>
    public void RequireFreeTargets(SafetensorsCheckpoint weights, SafetensorsCheckpoint? state)
    {
        IReadOnlyList<string> outputs = CheckpointFiles.RequireWritable(weights, Output, Force);
        IReadOnlyList<string> stateOutputs = state is null ? [] : CheckpointFiles.RequireWritable(state, StateOutput!, Force);
        if (outputs.Any(output => stateOutputs.Any(other => Targets.AreSame(output, other))))
            throw new UsageException($"{Output}: weights and optimizer's state would go into one file; name another for one of them");
        Refuse(outputs, CheckpointFiles.Of(state), "the optimizer's state");
        Refuse(stateOutputs, CheckpointFiles.Of(weights), "the weights");
        Refuse([.. outputs, .. stateOutputs], [Architecture], "the architecture");

        static void Refuse(IReadOnlyList<string> targets, IEnumerable<string> taken, string what)
        {
            if (targets.FirstOrDefault(target => taken.Any(file => Targets.AreSame(target, file))) is { } target)
                throw new UsageException($"{target}: this would replace {what}; name another file");
        }
    }

    /// <summary>Decides on the event and writes the files.</summary>
    public PcrStepReport Execute(
        Architecture architecture,
        Network network,
        SafetensorsCheckpoint weights,
        SafetensorsCheckpoint? state,
        Work stages,
        CancellationToken cancellation)
    {
        HashSet<string> names = [.. network.Parameters.Select(parameter => parameter.Name)];
        SafetensorsTensor[] named = [.. weights.Tensors.Where(tensor => names.Contains(tensor.Name))];
        Moments? moments = state is null ? null : new(state, named);
        PcrPlan plan = Checked(architecture.Source, () => network.PlanPcr(Options, Input));
        stages.Begin("deciding", isMeasured: false);
        PcrDecision decision = Checked(Weights, () => Work.Abandoning(() => plan.Decide(Rate ?? 0), cancellation));

        HashSet<string> rescaled = [.. decision.Report.Alphas.Select(alpha => alpha.Name)];
        string choices = $"pcr-step\n{Options}\n{Rate}\n{Input}";
        List<SafetensorsCheckpointDraft> drafts =
        [
            new(
                Output,
                weights,
                [
                    .. weights.Tensors.Select(tensor => rescaled.Contains(tensor.Name)
                        ? CheckpointFiles.Entry(tensor.Name, tensor.Type, tensor.Shape, () => decision.Change.Weight(tensor.Name))
                        : new SafetensorsEntry(tensor)),
                ],
                CheckpointFiles.Basis(choices, architecture, decision.Change)),
        ];
        MomentTensors? after = moments?.After(decision, Options.Moments);
        if (after is not null)
            drafts.Add(new(StateOutput!, state!, after.Entries, CheckpointFiles.Basis(choices, architecture, decision.Followed)));

        return new()
        {
            Request = this,
            Inputs = network.NamedInputs,
            Event = decision.Report,
            Held = plan.Held,
            Fixed = [.. named.Select(tensor => tensor.Name).Except(rescaled)],
            Warnings = Options.Warnings(Rate ?? 0, moments?.Optimizer ?? Optimizer.Sgd()),
            Tensors = weights.Tensors.Count,
            Left = [.. weights.Tensors.Select(tensor => tensor.Name).Where(name => !rescaled.Contains(name))],
            Saved = CheckpointFiles.Save(drafts, Force, stages.Begin("writing"), cancellation),
            Moments = after,
        };
    }

    private static T Checked<T>(string file, Func<T> compute)
    {
        try
        {
            return compute();
        }
        catch (Exception failure) when (failure is NetworkException or ArgumentException)
        {
            throw new UsageException($"{file}: {failure.Message}");
        }
    }
}
