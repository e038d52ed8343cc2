using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>How large a parameter is.</summary>
/// <param name="Name">The parameter.</param>
/// <param name="IsBias">Whether it is added, as a bias, a shift or the β of a batch norm.</param>
/// <param name="Largest">The largest absolute value among its entries.</param>
/// <param name="Squares">The sum of the squares of its entries.</param>
public sealed record TensorFigures(string Name, bool IsBias, double Largest, double Squares);

/// <summary>How large the parameters of a network are, and how evenly its channels are made and read.</summary>
/// <param name="Tensors">The parameters that rebalancing may change, in the order of the network.</param>
/// <param name="NormImbalance">The largest |ln(‖w_out‖/‖w_in‖)| of a channel; 0 in the balanced gauge.</param>
/// <param name="RangeImbalance">The largest |ln(r_out/r_in)| of a channel, r its largest entry; 0 in the equalized gauge.</param>
public sealed record GaugeFigures(IReadOnlyList<TensorFigures> Tensors, double NormImbalance, double RangeImbalance)
{
    /// <summary>The sum of the squares of all weights, biases left out: what the balanced gauge makes least.</summary>
    public double Squares => Tensors.Where(tensor => !tensor.IsBias).Sum(tensor => tensor.Squares);

    /// <summary>The largest absolute value among all weights and biases.</summary>
    public double Largest => Tensors.Select(tensor => tensor.Largest).DefaultIfEmpty(0).Max();

    internal static GaugeFigures Of(Core.Gauge gauge)
    {
        Core.GaugeFigures figures = Core.GaugeFiguresModule.ofGauge(gauge).OrThrow();
        return new(
            [.. figures.Tensors.Select(tensor => new TensorFigures(tensor.Name, tensor.IsBias, tensor.Largest, tensor.Squares))],
            figures.NormImbalance,
            figures.RangeImbalance);
    }
}

/// <summary>Channels that keep their scale, those that can be rescaled only together counted once.</summary>
/// <param name="Reason">What they meet.</param>
/// <param name="Count">How many.</param>
public sealed record HeldChannels(string Reason, int Count);

/// <summary>How sweeps over all weights ended.</summary>
/// <param name="Sweeps">How many were made.</param>
/// <param name="Imbalance">The largest |ln| of the ratio of norms that the last one met, and lowered, or of ranges in the end.</param>
public sealed record SweepReport(int Sweeps, double Imbalance);

/// <summary>A network in another gauge: the same function, layer by layer the same architecture.</summary>
public sealed class Rebalancing
{
    private readonly Core.CanonicalOptions shapes;
    private readonly Lazy<GaugeFigures> before;
    private readonly Lazy<GaugeFigures> after;

    internal Rebalancing(Network original, Core.Rebalanced value, Core.CanonicalOptions shapes)
    {
        this.shapes = shapes;
        Original = original;
        Network = new(value.Network);
        Gauge = new(value.Gauge);
        Free = value.Free;
        Held = [.. value.Held.Select(held => new HeldChannels(held.Reason, held.Classes))];
        Sweeps = OptionModule.IsSome(value.Balance) ? new(value.Balance!.Value.Sweeps, value.Balance.Value.Imbalance) : null;
        before = new(() => GaugeFigures.Of(Core.GaugeModule.identity(value.Gauge.Rescaling)));
        after = new(() => GaugeFigures.Of(value.Gauge));
    }

    /// <summary>The network that was rebalanced.</summary>
    public Network Original { get; }

    /// <summary>The same function with other weights. They are not copied: factors stand around them.</summary>
    public Network Network { get; }

    /// <summary>What leads from the original to the network.</summary>
    public Gauge Gauge { get; }

    /// <summary>How many channels may be rescaled; those of a residual stream that can be rescaled only together count once.</summary>
    public int Free { get; }

    /// <summary>The channels that keep their scale, by reason.</summary>
    public IReadOnlyList<HeldChannels> Held { get; }

    /// <summary>How sweeps ended; null for gauges that are found without.</summary>
    public SweepReport? Sweeps { get; }

    /// <summary>The parameters before, measured when first asked for: every weight is read once.</summary>
    /// <exception cref="NetworkException">A parameter has no values or one that is not finite.</exception>
    public GaugeFigures Before => before.Value;

    /// <summary>The parameters after, measured when first asked for: every weight is read once.</summary>
    /// <exception cref="NetworkException">A parameter has no values or one that is not finite.</exception>
    public GaugeFigures After => after.Value;

    /// <summary>
    /// Compares the network with the original on random inputs, in float64 arithmetic, the rebalanced one with its coefficients rounded
    /// to the type in which they are stored; where the gauge is lossless both.
    /// </summary>
    /// <param name="rewritten">The network to compare, such as a file read back; null for the rebalanced one.</param>
    /// <param name="samples">How many inputs.</param>
    /// <param name="seed">Where the random numbers start.</param>
    /// <param name="progress">Told of the part done, in [0, 1], before each layer.</param>
    /// <param name="cancellation">Looked at before each layer.</param>
    /// <returns>The largest relative difference.</returns>
    /// <exception cref="NetworkException">A size is not known, or a number cannot be stored in its type.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public CheckReport Check(
        Network? rewritten = null,
        int samples = 16,
        int seed = 1,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        var report = Comparing.Run(shapes, true, Original, rewritten ?? Network, samples, seed, progress, cancellation);
        return new(report.Samples, report.Seed, report.MaxRelativeError);
    }

    /// <summary>The tensors that their type does not hold exactly: where a lossless gauge may change the last bits after all.</summary>
    /// <returns>In the order of the layers; none when every number is exact. A gauge that is not lossless is exact nowhere.</returns>
    /// <exception cref="NetworkException">A parameter has no values, or one that is not finite.</exception>
    public IReadOnlyList<InexactTensor> InexactTensors() =>
        [.. Core.Inexact.tensors(new(), Original.Value, Network.Value).OrThrow()
            .Select(tensor => new InexactTensor(tensor.Name, tensor.Entries))];
}
