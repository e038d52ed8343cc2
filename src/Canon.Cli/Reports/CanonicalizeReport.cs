using Canon.Cli.Commands;

namespace Canon.Cli.Reports;

/// <summary>All that <c>canon canonicalize</c> has to say, to be rendered as text or as JSON.</summary>
internal sealed record CanonicalizeReport
{
    public required string Input { get; init; }

    /// <summary>The model that was written; null when none was.</summary>
    public string? Output { get; init; }

    /// <summary>The derivation that was written; null when none was.</summary>
    public string? DerivationFile { get; init; }

    public required CanonicalForm Form { get; init; }

    /// <summary>Null where no gain is at the output.</summary>
    public required OutputGain? Gain { get; init; }

    public required IReadOnlyList<LayerReport> Layers { get; init; }

    public required IReadOnlyList<BranchReport> Branches { get; init; }

    public required CheckReport Check { get; init; }

    public required double Tolerance { get; init; }

    /// <summary>The operators that are taken as unknown functions, and how many there are of each.</summary>
    public required IReadOnlyList<(string Operator, int Count)> Opaque { get; init; }

    public required int Outputs { get; init; }

    /// <summary>The types in which coefficients are stored.</summary>
    public required IReadOnlyList<ElementType> StoredAs { get; init; }

    public bool Passed => Check.MaxRelativeError <= Tolerance;

    public static CanonicalizeReport Of(
        CanonicalizeRequest request, CanonicalForm form, int outputs, Work stages, CancellationToken cancellation)
    {
        IProgress<double>? reading = stages.Begin("reading weights");
        IReadOnlyList<LayerReport> layers = form.Layers;
        cancellation.ThrowIfCancellationRequested();
        reading?.Report(0.9);
        OutputGain? gain = form.HasGain
            ? new(form.GlobalGain, form.GlobalGainLog2, form.Gain, form.GainLog2, form.GainDirection)
            : null;
        return new()
        {
            Input = request.Input,
            Form = form,
            Gain = gain,
            Layers = layers,
            Branches = form.Branches,
            Check = form.Check(
                samples: request.Samples,
                seed: request.Seed,
                progress: stages.Begin("checking"),
                cancellation: cancellation),
            Tolerance = request.Tolerance,
            Opaque = OpaqueOperators(form.Network),
            Outputs = outputs,
            StoredAs = [.. form.Network.Parameters.Select(p => p.ElementType).OfType<ElementType>().Distinct().Order()],
        };
    }

    private static IReadOnlyList<(string Operator, int Count)> OpaqueOperators(Network network)
    {
        var found = new List<string>();
        var pending = new Stack<Network>([network]);
        while (pending.TryPop(out Network? term))
        {
            string? name = term.Kind == NetworkKind.Opaque ? OpaqueName(term) : null;
            if (name is not null)
                found.Add(name);
            foreach (Network child in term.Children)
                pending.Push(child);
        }

        return [.. found.CountBy(name => name).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))];
    }

    private static string? OpaqueName(Network term) => term.Match<string?>(
        _ => null, _ => null, _ => null, _ => null, _ => null, _ => null, _ => null,
        _ => null, _ => null, _ => null, _ => null, _ => null, _ => null, opaque => opaque.Name);
}

/// <summary>The gain at the output.</summary>
internal sealed record OutputGain(
    double Global,
    double GlobalLog2,
    IReadOnlyList<double> Entries,
    IReadOnlyList<double> EntriesLog2,
    IReadOnlyList<double> Direction);
