using System.Diagnostics.CodeAnalysis;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>What rounding weights to few bits does to outputs.</summary>
/// <param name="Bits">Bits a weight.</param>
/// <param name="Samples">How many random inputs.</param>
/// <param name="Seed">Where the random numbers started.</param>
/// <param name="RelativeError">The norm of the differences of an output over all inputs, relative to the norm of that output.</param>
/// <param name="MaxRelativeError">The largest difference of an output, relative to the largest entry of that output.</param>
public sealed record QuantizationReport(int Bits, int Samples, int Seed, double RelativeError, double MaxRelativeError);

public sealed partial class Network
{
    /// <summary>
    /// The same function in another representative of its rescaling class: a positive factor for every hidden channel, multiplied into
    /// the rows that make it and divided out of the columns that read it. The architecture stays, layer by layer.
    /// </summary>
    /// <param name="options">Where to; null for the defaults.</param>
    /// <param name="shapes">The shapes of the inputs, all that counts of it; null for what the layers tell.</param>
    /// <param name="rebalancing">The network and what was done; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    /// <returns>Whether the network could be rebalanced.</returns>
    public bool TryRebalance(
        RebalanceOptions? options,
        CanonicalizeOptions? shapes,
        [NotNullWhen(true)] out Rebalancing? rebalancing,
        [NotNullWhen(false)] out string? error)
    {
        options ??= RebalanceOptions.Default;
        var known = ((shapes ?? CanonicalizeOptions.Default) with { Lossless = options.Lossless }).ToCore();
        var result = Core.Rebalance.network(options.ToCore(), known, Value);
        rebalancing = result.IsOk ? new Rebalancing(this, result.ResultValue, known) : null;
        error = result.IsOk ? null : result.ErrorValue.Message;
        return rebalancing is not null;
    }

    /// <summary>
    /// The same function in another representative of its rescaling class: a positive factor for every hidden channel, multiplied into
    /// the rows that make it and divided out of the columns that read it. The architecture stays, layer by layer.
    /// </summary>
    /// <param name="options">Where to; null for the defaults.</param>
    /// <param name="shapes">The shapes of the inputs, all that counts of it; null for what the layers tell.</param>
    /// <returns>The network, and what was done.</returns>
    /// <exception cref="NetworkException">Sizes do not fit, or a weight has no values or one that is not finite.</exception>
    public Rebalancing Rebalance(RebalanceOptions? options = null, CanonicalizeOptions? shapes = null) =>
        TryRebalance(options, shapes, out var rebalancing, out var error) ? rebalancing : throw new NetworkException(error);

    /// <summary>
    /// The network as it would be with weights of few bits: those of every dense layer and convolution rounded to multiples of one step a
    /// tensor, symmetric around 0. Biases, batch norms and factors a channel stay. It is a simulation: to be evaluated, not to be written.
    /// </summary>
    /// <param name="bits">Bits a weight, 2 to 16.</param>
    /// <returns>The network with rounded weights, computed when they are read.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Too few bits, or too many.</exception>
    /// <exception cref="NetworkException">A weight has no values, or one that is not finite.</exception>
    public Network SimulateQuantization(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 16);
        return new(Core.Quantization.simulate(bits, Value).OrThrow());
    }

    /// <summary>What rounding its weights to few bits does to the outputs, on random inputs: <see cref="SimulateQuantization"/> compared with the network.</summary>
    /// <param name="bits">Bits a weight, 2 to 16.</param>
    /// <param name="shapes">The shapes of the inputs; null for what the layers tell.</param>
    /// <param name="samples">How many inputs, standard normal numbers.</param>
    /// <param name="seed">Where the random numbers start.</param>
    /// <param name="progress">Told of the part done, in [0, 1], before each layer.</param>
    /// <param name="cancellation">Looked at before each layer.</param>
    /// <returns>The errors.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Too few bits or samples, or too many bits.</exception>
    /// <exception cref="NetworkException">A weight has no values or one that is not finite, or a size is not known.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public QuantizationReport QuantizationError(
        int bits,
        CanonicalizeOptions? shapes = null,
        int samples = 16,
        int seed = 1,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        var known = (shapes ?? CanonicalizeOptions.Default).ToCore();
        var report = Comparing.Run(known, false, this, SimulateQuantization(bits), samples, seed, progress, cancellation);
        return new(bits, samples, seed, report.RelativeDeviation, report.MaxRelativeError);
    }
}
