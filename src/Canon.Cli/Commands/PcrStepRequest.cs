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
    private string Source => Architecture == "-" ? "the architecture" : Architecture;

    /// <summary>Refuses targets in the way before any work is done.</summary>
    public void RequireFreeTargets()
    {
        Targets.RequireWritable(Weights, Output, Force);
        Targets.RequireWritable(State ?? Weights, StateOutput, Force);
        if (StateOutput is not null && Targets.AreSame(Output, StateOutput))
            throw new UsageException($"{Output}: weights and optimizer's state would go into one file; name another for one of them");
        foreach ((string? target, string? taken, string what) in new[]
        {
            (Output, State, "the optimizer's state"),
            (StateOutput, Weights, "the weights"),
            (Output, Architecture, "the architecture"),
            (StateOutput, Architecture, "the architecture"),
        })
        {
            if (target is not null && taken is not null && Targets.AreSame(target, taken))
                throw new UsageException($"{target}: this would replace {what}; name another file");
        }
    }

    /// <summary>The network of the architecture, its numbers in the file.</summary>
    public Network Network(TextReader input, SafetensorsFile weights) => Checkpoint.Network(
        Source,
        Architecture == "-" ? input.ReadToEnd() : TextFile.Read(Architecture, "text file", "a network in arrow notation"),
        weights);

    /// <summary>Decides on the event and writes the files.</summary>
    public PcrStepReport Execute(
        Network network, SafetensorsFile weights, SafetensorsFile? state, Work stages, CancellationToken cancellation)
    {
        HashSet<string> names = [.. network.Parameters.Select(parameter => parameter.Name)];
        SafetensorsTensor[] named = [.. weights.Tensors.Where(tensor => names.Contains(tensor.Name))];
        Moments? moments = state is null ? null : new(state, named);
        PcrPlan plan = Checked(Source, () => network.PlanPcr(Options, Input));
        stages.Begin("deciding", isMeasured: false);
        PcrDecision decision = Checked(Weights, () => Work.Abandoning(() => plan.Decide(Rate ?? 0), cancellation));

        HashSet<string> rescaled = [.. decision.Report.Alphas.Select(alpha => alpha.Name)];
        var draft = new SafetensorsDraft(
            Output,
            [
                .. weights.Tensors.Select(tensor => rescaled.Contains(tensor.Name)
                    ? new SafetensorsEntry(tensor.Name, tensor.Type, tensor.Shape, decision.Weight(tensor.Name).Read)
                    : new SafetensorsEntry(tensor)),
            ],
            weights.Metadata);
        MomentTensors? after = moments?.After(decision, Options.Moments);
        IProgress<double>? progress = stages.Begin("writing");
        if (after is null)
            draft.Save(Force, progress, cancellation);
        else
            SafetensorsDraft.Save(draft, new(StateOutput!, after.Entries, state!.Metadata), Force, progress, cancellation);

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
