using Canon.Cli.Commands;

namespace Canon.Cli.Reports;

/// <summary>All that <c>canon canonicalize</c> has to say, to be rendered as text or as JSON.</summary>
internal sealed record CanonicalizeReport
{
    public required string Input { get; init; }

    /// <summary>The model that was written; null when none was.</summary>
    public string? Output { get; init; }

    /// <summary>The second file of the written model, with its weights; null where there is none.</summary>
    public string? OutputData { get; init; }

    /// <summary>The derivation that was written; null when none was.</summary>
    public string? DerivationFile { get; init; }

    public required CanonicalForm Form { get; init; }

    /// <summary>What is checked and written: the canonical network, or what the model's own nodes have room for.</summary>
    public required Network Written { get; init; }

    /// <summary>What was left out first; null where nobody asked.</summary>
    public Simplification? Simplified { get; init; }

    /// <summary>Null where no gain is at the output.</summary>
    public required OutputGain? Gain { get; init; }

    public required IReadOnlyList<LayerReport> Layers { get; init; }

    public required IReadOnlyList<BranchReport> Branches { get; init; }

    public required SelfCheck Check { get; init; }

    /// <summary>Nodes that the canonical form would have needed where the architecture is kept: the model is then as it was.</summary>
    public IReadOnlyList<string> InTheWay { get; init; } = [];

    /// <summary>Of a lossless form: the tensors that are not exact after all; null of any other.</summary>
    public required IReadOnlyList<InexactTensor>? Inexact { get; init; }

    public required double Tolerance { get; init; }

    /// <summary>The operators that are taken as unknown functions, and how many there are of each.</summary>
    public required IReadOnlyList<(string Operator, int Count)> Opaque { get; init; }

    public required int Outputs { get; init; }

    /// <summary>The types in which coefficients are stored.</summary>
    public required IReadOnlyList<ElementType> StoredAs { get; init; }

    public bool Passed => Check.Report.MaxRelativeError <= Tolerance;

    public static CanonicalizeReport Of(
        CanonicalizeRequest request,
        CanonicalForm form,
        Network network,
        int outputs,
        Work stages,
        CancellationToken cancellation,
        Func<SelfCheck> check)
    {
        stages.Begin("reading weights", isMeasured: false);
        IReadOnlyList<LayerReport> layers = form.Layers;
        cancellation.ThrowIfCancellationRequested();
        OutputGain? gain = form.HasGain
            ? new(form.GlobalGain, form.GlobalGainLog2, form.Gain, form.GainLog2, form.GainDirection)
            : null;
        return new()
        {
            Input = request.Input,
            Form = form,
            Written = network,
            Gain = gain,
            Layers = layers,
            Branches = form.Branches,
            Check = check(),
            Inexact = request.Lossless ? form.InexactTensors(network) : null,
            Tolerance = request.Tolerance ?? Usual(form.Network),
            Opaque = OpaqueOperators(form.Network),
            Outputs = outputs,
            StoredAs = [.. form.Network.Parameters.Select(p => p.ElementType).OfType<ElementType>().Distinct().Order()],
        };
    }

    /// <summary>
    /// The tolerance of a self-check. Rounding a coefficient costs a half unit in its last place: 2⁻²⁴ of it in float32, 2⁻¹¹ in float16,
    /// 2⁻⁸ in bfloat16.
    /// </summary>
    public static double Usual(Network network)
    {
        var types = network.Parameters.Select(p => p.ElementType).ToHashSet();
        return types.Contains(ElementType.BFloat16) ? 1e-1 : types.Contains(ElementType.Float16) ? 1e-2 : 1e-4;
    }

    private static IReadOnlyList<(string Operator, int Count)> OpaqueOperators(Network network) =>
    [
        .. network.Terms.Select(term => term.OpaqueName()).OfType<string>().CountBy(name => name)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)),
    ];
}

/// <summary>The gain at the output.</summary>
internal sealed record OutputGain(
    double Global,
    double GlobalLog2,
    IReadOnlyList<double> Entries,
    IReadOnlyList<double> EntriesLog2,
    IReadOnlyList<double> Direction);
