using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra.Training;

namespace Canon;

/// <summary>The precision of matrix products and of convolutions. Everything between them is of double precision.</summary>
public enum Precision
{
    /// <summary>64 bits.</summary>
    Double,

    /// <summary>
    /// 32 bits: both sides are rounded, and so is each multiply-add. What lies beyond the largest number is infinite. Convolutions in
    /// which every channel has a window of its own are no products, and stay of double precision.
    /// </summary>
    Single,
}

/// <summary>How a network is trained.</summary>
public sealed record TrainerOptions
{
    /// <summary>Cross-entropy by Adam: rate 0.001, 32 samples a step.</summary>
    public static TrainerOptions Default { get; } = new();

    /// <summary>The loss.</summary>
    public Loss Loss { get; init; }

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = Optimizer.Adam();

    /// <summary>The learning rate.</summary>
    public double Rate { get; init; } = 0.001;

    /// <summary>Samples a step, at least 1; the last of an epoch may be fewer.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>λ of λ‖w‖²/2 added to the loss: its derivative goes through the optimizer.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Periodic canonical regularization; null for none.</summary>
    public PcrOptions? Pcr { get; init; }

    /// <summary>The names of weights whose rows are made unit again after every step.</summary>
    public IReadOnlyCollection<string> UnitRows
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = [];

    /// <summary>
    /// That of products, forwards and backwards: <see cref="Precision.Single"/> is about twice as fast where they take the time. Weights,
    /// the optimizer's state, events and whatever is not a product are of double precision either way.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>Where the order of samples begins: every epoch has another, the same at every run.</summary>
    public int Seed { get; init; } = 1;

    internal Core.TrainerOptions ToCore() => new(
        Samples.ToCore(Loss),
        Optimizer.Value,
        Rate,
        BatchSize,
        WeightDecay,
        Pcr is { } pcr ? FSharpOption<Core.PcrOptions>.Some(pcr.ToCore()) : null,
        new FSharpSet<string>(UnitRows),
        Precision == Precision.Single ? Algebra.Precision.Single : Algebra.Precision.Double,
        Seed);
}

/// <summary>Where training has come to: all that it needs to go on as if it had not been interrupted. Immutable.</summary>
public sealed class TrainingState
{
    /// <summary>A state.</summary>
    /// <param name="step">Steps taken.</param>
    /// <param name="weights">The numbers of every parameter, as <see cref="Network.Tensors"/> has them.</param>
    /// <param name="optimizer">The optimizer's state.</param>
    public TrainingState(int step, IReadOnlyDictionary<string, double[]> weights, OptimizerState optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(optimizer);
        Value = new(step, Tensors.ToCore(weights), optimizer.Value);
    }

    internal TrainingState(Core.TrainingState value) => Value = value;

    internal Core.TrainingState Value { get; }

    /// <summary>Steps taken.</summary>
    public int Step => Value.Step;

    /// <summary>The numbers of every parameter.</summary>
    public IReadOnlyDictionary<string, double[]> Weights => Tensors.FromCore(Value.Weights);

    /// <summary>The optimizer's state.</summary>
    public OptimizerState Optimizer => new(Value.Optimizer);
}

/// <summary>What a step did.</summary>
/// <param name="Step">The step, from 1.</param>
/// <param name="Loss">The loss of its batch, before it.</param>
/// <param name="Events">The events around it: in front of the first step, behind one that ends a period.</param>
/// <param name="EventSeconds">What the events took.</param>
public sealed record StepReport(int Step, double Loss, IReadOnlyList<PcrReport> Events, double EventSeconds);

/// <summary>
/// The reference trainer: mini-batches, bit-reproducible. Small and clear; not a deep-learning framework. Not for several threads at once.
/// </summary>
public sealed class Trainer
{
    private readonly Core.Trainer value;

    /// <summary>Starts, or goes on from a state.</summary>
    /// <param name="network">The network; its numbers are copied.</param>
    /// <param name="samples">What it learns from.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="state">Where it goes on from; null to start.</param>
    /// <exception cref="ArgumentOutOfRangeException">A batch of no samples, or options of PCR that cannot be.</exception>
    /// <exception cref="NetworkException">Numbers are missing or do not fit, or the output's gain cannot be capped.</exception>
    public Trainer(Network network, Samples samples, TrainerOptions? options = null, TrainingState? state = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(samples);
        value = Core.Trainer.Create(
            (options ?? TrainerOptions.Default).ToCore(),
            network.Value,
            samples.Value,
            state is null ? null : FSharpOption<Core.TrainingState>.Some(state.Value)).OrThrow();
    }

    /// <summary>Where it has come to, copied.</summary>
    public TrainingState State => new(value.State);

    /// <summary>The network with the weights that it has now, copied.</summary>
    public Network Network => new Network(value.Network).WithTensors(State.Weights);

    /// <summary>One step.</summary>
    /// <param name="report">What it did; null on failure.</param>
    /// <param name="error">What went wrong, with the step: the weights are those in front of what failed. Null on success.</param>
    /// <returns>False where the loss is not finite or an event failed.</returns>
    public bool TryStep([NotNullWhen(true)] out StepReport? report, [NotNullWhen(false)] out string? error)
    {
        var result = value.Step();
        report = result.IsOk ? ReportOf(result.ResultValue) : null;
        error = result.IsOk ? null : result.ErrorValue.Message;
        return report is not null;
    }

    /// <summary>One step.</summary>
    /// <returns>What it did.</returns>
    /// <exception cref="NetworkException">The loss is not finite, or an event failed: the weights are those in front of it.</exception>
    public StepReport Step() => TryStep(out StepReport? report, out string? error) ? report : throw new NetworkException(error);

    private static StepReport ReportOf(Core.StepReport report) =>
        new(report.Step, report.Loss, [.. report.Events.Select(PcrDecision.ReportOf)], report.EventSeconds);
}
