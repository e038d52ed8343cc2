using Core = Canon.Algebra;
using Analysis = Canon.Algebra.Analysis;

namespace Canon;

/// <summary>
/// A network in canonical form: unit rows everywhere, all magnitude in one vector at the output or explicit in front of what it
/// cannot pass. Numbers are computed when first asked for, each weight being read once, and then kept.
/// Not for several threads at once.
/// </summary>
public sealed class CanonicalForm
{
    private readonly Core.CanonicalOptions options;
    private readonly Network? before;
    private readonly Core.Numbers numbers = new();
    private readonly Lazy<Analysis.GlobalGain> global;
    private readonly Lazy<IReadOnlyList<LayerReport>> layers;
    private readonly Lazy<IReadOnlyList<BranchReport>> branches;

    internal CanonicalForm(Core.Derivation derivation, Core.CanonicalOptions options, Network? before = null)
    {
        this.options = options;
        this.before = before;
        Numbers = new(numbers);
        Derivation = new(derivation);
        global = new(() => Analysis.GlobalGainModule.ofCanonical(numbers, derivation.Result).OrThrow());
        layers = new(() =>
            [.. Analysis.Layers.reports(numbers, derivation.Result).OrThrow().Select(Report)]);
        branches = new(() =>
            [.. Analysis.Layers.branches(numbers, derivation.Result).OrThrow()
                .Select(Report)]);
    }

    /// <summary>How the form was reached.</summary>
    public Derivation Derivation { get; }

    /// <summary>
    /// The numbers that the form has computed so far, such as the gains: who computes more from them, as when the form is written,
    /// reads no weight again for these. The weights must not have changed since.
    /// </summary>
    public NetworkNumbers Numbers { get; }

    /// <summary>The network that was canonicalised.</summary>
    public Network Original => Derivation.Original;

    /// <summary>The canonical network.</summary>
    public Network Network => Derivation.Result;

    /// <summary>Where scales stopped, and why.</summary>
    public IReadOnlyList<Refusal> Refusals => Derivation.Refusals;

    /// <summary>
    /// Whether a gain stands at every output. There is none where an output is the input itself, or a sum that it leads.
    /// </summary>
    public bool HasGain => Analysis.GlobalGainModule.finalGains(Network.Value).All(gain => !gain.IsOne);

    /// <summary>
    /// g_final: one entry an output channel, those of several outputs one after the other; it stands at the output, or in front of
    /// the barriers that follow the last layer. Entries above the range of a double are ∞.
    /// </summary>
    /// <exception cref="NetworkException">A parameter has no values or one that is not finite; or no gain is at the output.</exception>
    public IReadOnlyList<double> Gain => [.. global.Value.Gain.Select(Core.MagnitudeModule.toFloat)];

    /// <summary>The logarithms to base 2 of g_final, which never overflow; −∞ for a dead output.</summary>
    public IReadOnlyList<double> GainLog2 => [.. global.Value.Gain.Select(Core.MagnitudeModule.log2)];

    /// <summary>g_scalar = ‖g_final‖₂; ∞ above the range of a double. An invariant of rescaling; not a bound on the output, and constant units count in it.</summary>
    public double GlobalGain => Core.MagnitudeModule.toFloat(global.Value.Scalar);

    /// <summary>The logarithm to base 2 of the global gain, which never overflows.</summary>
    public double GlobalGainLog2 => Core.MagnitudeModule.log2(global.Value.Scalar);

    /// <summary>v_vector = g_final / g_scalar, of norm 1.</summary>
    public IReadOnlyList<double> GainDirection => global.Value.Direction;

    /// <summary>What each linear layer contributes, from the input on.</summary>
    public IReadOnlyList<LayerReport> Layers => layers.Value;

    /// <summary>The relative gains of branches, from the input on.</summary>
    public IReadOnlyList<BranchReport> Branches => branches.Value;

    /// <summary>The same function in plain linear layers, without scales wherever a layer can take them.</summary>
    /// <param name="representative">Which norms the rows get.</param>
    /// <returns>The network.</returns>
    public Network Reconstitute(Representative representative) => new(Core.Reconstitution.ofOptions(
        options,
        representative == Representative.Original ? Core.Representative.Original : Core.Representative.Canonical,
        Network.Value).OrThrow());

    /// <summary>The gauge that leads from the original to its reconstitution.</summary>
    /// <param name="representative">Which norms the rows get.</param>
    /// <returns>The gauge; null where layers were folded into others, so that the architecture is another.</returns>
    /// <exception cref="NetworkException">A parameter has no values or one that is not finite.</exception>
    public Gauge? GaugeTo(Representative representative)
    {
        var gauge = Core.GaugeModule.tryBetween(numbers, Original.Value, Reconstitute(representative).Value).OrThrow();
        return Microsoft.FSharp.Core.OptionModule.IsSome(gauge) ? new(gauge!.Value) : null;
    }

    /// <summary>
    /// The canonical network without units that it can do without. It is canonical no more: <see cref="Simplification.Canonicalize"/>
    /// makes it so. To write a simplified model, simplify its network first.
    /// </summary>
    /// <param name="options">What is known beforehand; null for the defaults.</param>
    /// <returns>The network, and what was removed.</returns>
    /// <exception cref="NetworkException">A number is not finite, or sizes do not fit.</exception>
    public Simplification Simplify(SimplifyOptions? options = null) => Network.Simplify(options);

    /// <summary>
    /// Compares the original and a rewritten network on random inputs, in float64 arithmetic, the rewritten one with its
    /// coefficients rounded to the type in which they are stored. Opaque terms are taken as unknown functions: what enters them is
    /// compared as well, what leaves them is drawn by chance, the same on both sides.
    /// </summary>
    /// <param name="rewritten">The network to compare; null for the canonical one.</param>
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
        var report = Comparing.Run(options, true, before ?? Original, rewritten ?? Network, samples, seed, progress, cancellation);
        return new(report.Samples, report.Seed, report.MaxRelativeError);
    }

    /// <summary>
    /// The tensors of a rewritten network that their type does not hold exactly: where a lossless form, or a reconstitution of one,
    /// may differ in its last bits after all. Every weight that changed is read once.
    /// </summary>
    /// <param name="rewritten">The network; null for the canonical one.</param>
    /// <returns>In the order of the layers; none when every number is exact. A form that is not lossless is exact nowhere.</returns>
    /// <exception cref="NetworkException">A parameter has no values, or one that is not finite.</exception>
    public IReadOnlyList<InexactTensor> InexactTensors(Network? rewritten = null) =>
        [.. Core.Inexact.tensors(numbers, Original.Value, (rewritten ?? Network).Value).OrThrow()
            .Select(tensor => new InexactTensor(tensor.Name, tensor.Entries))];

    internal static BranchReport Report(Analysis.BranchReport report) =>
        new(report.At, report.Branch, [.. report.RelativeGain.Select(Core.MagnitudeModule.toFloat)]);

    internal static LayerReport Report(Analysis.LayerReport report) => new(
        report.Name,
        report.Kind,
        report.Rows,
        report.Columns,
        [.. report.Gain.Select(Core.MagnitudeModule.toFloat)],
        [.. report.Gain.Select(Core.MagnitudeModule.log2)],
        report.Interference,
        report.DeadUnits,
        report.ConstantUnits);
}
