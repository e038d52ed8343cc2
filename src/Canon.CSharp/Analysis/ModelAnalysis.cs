using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra;
using Analysis = Canon.Algebra.Analysis;

namespace Canon;

/// <summary>What is to be found out of a network without data: how much it amplifies, and where.</summary>
public sealed class ModelAnalysis
{
    private readonly Analysis.ModelAnalysis value;

    internal ModelAnalysis(Network network, Analysis.ModelAnalysis value)
    {
        this.value = value;
        Derivation = new(value.Derivation);
        GlobalGain = Figure.Of(value.Gain, gain => gain.Scalar);
        Gain = [.. Entries.Select(Core.MagnitudeModule.toFloat)];
        GainLog2 = [.. Entries.Select(Core.MagnitudeModule.log2)];
        GainDirection = value.Gain.IsOk ? value.Gain.ResultValue.Direction : [];
        Layers = [.. value.Layers.Select(CanonicalForm.Report)];
        Branches = [.. value.Branches.Select(CanonicalForm.Report)];
        PathNorm1 = Figure.Of(value.PathNorm1, norm => norm.Norm);
        PathNorm2 = Figure.Of(value.PathNorm2, norm => norm.Norm);
        LargestOutputPathNorm1 = Figure.Of(value.PathNorm1, norm => norm.Largest);
        SpectralNorms = [.. value.Lipschitz.Layers.Select(layer => new SpectralNorm(layer.Name, layer.Kind, Figure.Of(layer.Norm, norm => norm)))];
        LipschitzBound = Figure.Of(value.Lipschitz.Bound, bound => bound);
        LipschitzSampled = Figure.Of(value.Sampled, sampled => Core.MagnitudeModule.ofFloat(sampled.Largest));
        Units = new(network, value.Units);
        Ranges =
        [
            .. value.Ranges.Select(range => new TensorRange(
                range.Name, ElementTypes.FromCore(range.ElementType), range.Count, range.Zeros, range.Largest, range.Smallest,
                range.RootMeanSquare, range.Bits, range.Float16Headroom)),
        ];
    }

    /// <summary>How the canonical form was reached; its refusals say where scales stopped, and why.</summary>
    public Derivation Derivation { get; }

    /// <summary>
    /// g_scalar, the norm of the gain at the output. An invariant of rescaling; neither a Lipschitz constant nor a bound on the output.
    /// </summary>
    public Figure GlobalGain { get; }

    /// <summary>g_final, one entry an output channel, those of several outputs one after the other; empty where there is none.</summary>
    public IReadOnlyList<double> Gain { get; }

    /// <summary>The logarithms to base 2 of g_final, which never overflow.</summary>
    public IReadOnlyList<double> GainLog2 { get; }

    /// <summary>g_final over its norm; empty where there is none.</summary>
    public IReadOnlyList<double> GainDirection { get; }

    /// <summary>What each linear layer of the canonical form contributes, from the input on.</summary>
    public IReadOnlyList<LayerReport> Layers { get; }

    /// <summary>How loudly branches of sums speak against those that lead.</summary>
    public IReadOnlyList<BranchReport> Branches { get; }

    /// <summary>The ℓ1 path norm: the sum of the products of |weights| along all paths.</summary>
    public Figure PathNorm1 { get; }

    /// <summary>The ℓ2 path norm: the root of the sum of their squares. Of a chain it is the global gain.</summary>
    public Figure PathNorm2 { get; }

    /// <summary>
    /// The ℓ1 path norm of the output channel where it is largest: no output, in front of the barriers behind the last layer, moves by
    /// more than it times the largest move of an input, where no pool adds positions up.
    /// </summary>
    public Figure LargestOutputPathNorm1 { get; }

    /// <summary>The spectral norms of the linear layers as they were given, from the input on.</summary>
    public IReadOnlyList<SpectralNorm> SpectralNorms { get; }

    /// <summary>An upper bound on the Lipschitz constant in ℓ2, by the product of spectral norms.</summary>
    public Figure LipschitzBound { get; }

    /// <summary>A lower bound on the same constant: the largest difference quotient that was found.</summary>
    public Figure LipschitzSampled { get; }

    /// <summary>The network without units that are dead, constant, read by nothing or multiples of others, and how many there are.</summary>
    public Simplification Units { get; }

    /// <summary>The range of every stored tensor, in order of first use.</summary>
    public IReadOnlyList<TensorRange> Ranges { get; }

    private IEnumerable<Core.Magnitude> Entries => value.Gain.IsOk ? value.Gain.ResultValue.Gain : [];

    /// <summary>Several models beside each other, such as the checkpoints of a training.</summary>
    /// <param name="models">The models, in order.</param>
    /// <returns>One waypoint a model.</returns>
    public static IReadOnlyList<Waypoint> Compare(params IEnumerable<ModelAnalysis> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        FSharpList<Analysis.ModelAnalysis> values = ListModule.OfSeq(models.Select(model =>
            (model ?? throw new ArgumentNullException(nameof(models), "a model in the sequence is null")).value));
        return
        [
            .. Analysis.Course.ofModels(values).Select(point => new Waypoint(
                OptionModule.ToNullable(point.GlobalGainLog2),
                OptionModule.ToNullable(point.CosineToFirst),
                OptionModule.ToNullable(point.CosineToPrevious),
                OptionModule.IsSome(point.Interference) ? Quantiles.Of(point.Interference!.Value) : null)),
        ];
    }
}

public sealed partial class Network
{
    /// <summary>All figures of the network: gains, interference, path norms, bounds on the Lipschitz constant, idle units, ranges.</summary>
    /// <param name="options">What is known beforehand, and what is left out; null for the defaults.</param>
    /// <param name="cancellation">Looked at while spectral norms are computed and inputs are tried.</param>
    /// <returns>The figures; those that do not exist for such a network say why.</returns>
    /// <exception cref="NetworkException">A parameter has no values or one that is not finite, or sizes do not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ModelAnalysis Analyze(AnalyzeOptions? options = null, CancellationToken cancellation = default) =>
        new(this, Analysis.ModelAnalysisModule.ofNetwork((options ?? AnalyzeOptions.Default).ToCore(cancellation), Value).OrThrow());
}
