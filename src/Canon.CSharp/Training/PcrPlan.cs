using Microsoft.FSharp.Core;
using Algebra = Canon.Algebra;
using Core = Canon.Algebra.Training;

namespace Canon;

/// <summary>What an event did to one parameter.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Least">The smallest factor of one of its entries, the cap's left out.</param>
/// <param name="Greatest">The largest.</param>
public sealed record AlphaRange(string Name, double Least, double Greatest);

/// <summary>What an event did.</summary>
/// <param name="GainBefore">The global gain before.</param>
/// <param name="GainAfter">The global gain after.</param>
/// <param name="OutputFactor">What every output was multiplied by; 1 where nothing was capped or shrunk.</param>
/// <param name="Alphas">What the parameters were multiplied by.</param>
/// <param name="DeadUnits">Rows of weights without weight and without bias.</param>
/// <param name="Imbalance">In the balanced gauge, how far it is from the least norm: |ln(‖w_out‖/‖w_in‖)| at most; else null.</param>
public sealed record PcrReport(
    double GainBefore,
    double GainAfter,
    double OutputFactor,
    IReadOnlyList<AlphaRange> Alphas,
    int DeadUnits,
    double? Imbalance);

/// <summary>Rows of a layer that no event rescales, and why.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="Rows">How many of its rows.</param>
/// <param name="Reason">What they meet.</param>
public sealed record HeldRows(string Name, int Rows, string Reason);

/// <summary>A network, ready for events: what is found out once, and holds for whatever weights it has. Immutable.</summary>
public sealed class PcrPlan
{
    private readonly Core.PcrPlan value;

    internal PcrPlan(Core.PcrPlan value, PcrOptions options)
    {
        this.value = value;
        Options = options;
    }

    /// <summary>How events go.</summary>
    public PcrOptions Options { get; }

    /// <summary>The parameters that events rescale, in the order of the network.</summary>
    public IReadOnlyList<Parameter> Parameters => [.. value.Rescaling.Shares.Select(share => new Parameter(share.Parameter))];

    /// <summary>Rows that no event rescales, and why; outputs are not among them.</summary>
    public IReadOnlyList<HeldRows> Held =>
    [
        .. from share in value.Rescaling.Shares
           from channel in share.Rows
           let reason = value.Rescaling.Held[channel.Class]
           where OptionModule.IsSome(reason)
           group channel by (share.Parameter.Name, reason!.Value) into rows
           select new HeldRows(rows.Key.Name, rows.Count(), rows.Key.Value),
    ];

    /// <summary>The global gain of weights, by the options' definition.</summary>
    /// <param name="weights">The numbers of every parameter, as <see cref="Network.Tensors"/> has them.</param>
    /// <returns>‖g_final‖.</returns>
    /// <exception cref="NetworkException">A weight is missing, of another size, or not finite.</exception>
    public double Gain(IReadOnlyDictionary<string, double[]> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Core.Pcr.gain(value, Tensors.ToCore(weights)).OrThrow();
    }

    /// <summary>The derivatives of the options' penalty λ·g² by all weights, exact: to be added to those of a loss.</summary>
    /// <param name="weights">The numbers of every parameter.</param>
    /// <returns>By the name of each parameter; none without a penalty.</returns>
    /// <exception cref="NetworkException">A weight is missing, of another size, or not finite.</exception>
    public IReadOnlyDictionary<string, double[]> PenaltyGradient(IReadOnlyDictionary<string, double[]> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Tensors.FromCore(Core.Pcr.penalty(value, Tensors.ToCore(weights)).OrThrow().Item2);
    }

    /// <summary>An event. Nothing that is given is written to.</summary>
    /// <param name="weights">The numbers of every parameter.</param>
    /// <param name="state">The optimizer's state.</param>
    /// <param name="rate">The learning rate, which a penalty at events needs.</param>
    /// <returns>Weights and state after it.</returns>
    /// <exception cref="NetworkException">
    /// A weight is missing or not finite, a tensor is of another size than its parameter, or the gain does not answer to the cap.
    /// </exception>
    public PcrEvent Step(IReadOnlyDictionary<string, double[]> weights, OptimizerState state, double rate)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(state);
        return new(Core.Pcr.@event(value, rate, Tensors.ToCore(weights), state.Value).OrThrow());
    }

    /// <summary>What an event comes to for the numbers that the network itself has, wherever they lie; nothing is multiplied yet.</summary>
    /// <param name="rate">The learning rate, which a penalty at events needs.</param>
    /// <returns>The decision.</returns>
    /// <exception cref="NetworkException">A weight is not finite, or the gain does not answer to the cap.</exception>
    public PcrDecision Decide(double rate) => new(Core.Pcr.decide(
        value,
        rate,
        FuncConvert.FromFunc<Algebra.Parameter, FSharpOption<Algebra.Parameter>?>(FSharpOption<Algebra.Parameter>.Some)).OrThrow());
}

/// <summary>The weights and the optimizer's state after an event.</summary>
public sealed class PcrEvent
{
    private readonly Core.PcrEvent value;

    internal PcrEvent(Core.PcrEvent value) => this.value = value;

    /// <summary>The numbers of every parameter.</summary>
    public IReadOnlyDictionary<string, double[]> Weights => Tensors.FromCore(value.Weights);

    /// <summary>The optimizer's state.</summary>
    public OptimizerState State => new(value.State);

    /// <summary>What happened.</summary>
    public PcrReport Report => PcrDecision.ReportOf(value.Decision.Report);
}

/// <summary>What an event comes to, before anything is multiplied: it changes tensors where they lie, block by block.</summary>
public sealed class PcrDecision
{
    private readonly Core.PcrDecision value;

    internal PcrDecision(Core.PcrDecision value)
    {
        this.value = value;
        Change = new(value.Change);
        Followed = new(value.Followed);
    }

    /// <summary>What happened.</summary>
    public PcrReport Report => ReportOf(value.Report);

    /// <summary>What weights are multiplied by.</summary>
    public Gauge Change { get; }

    /// <summary>What the state of the optimizer follows: <see cref="Change"/>, without the cap unless the options say otherwise.</summary>
    public Gauge Followed { get; }

    internal static PcrReport ReportOf(Core.PcrReport report) => new(
        report.GainBefore,
        report.GainAfter,
        report.OutputFactor,
        [.. report.Alphas.Select(alpha => new AlphaRange(alpha.Name, alpha.Least, alpha.Greatest))],
        report.DeadUnits,
        OptionModule.IsSome(report.Balance) ? report.Balance!.Value.Imbalance : null);
}
