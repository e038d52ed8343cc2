namespace Canon.Cli.Reports;

/// <summary>A scale of a canonical form, with its size and the reason why it stands.</summary>
/// <param name="Gain">In arrow notation.</param>
/// <param name="At">Where it stands: indices from the outside in.</param>
/// <param name="Behind">The layer behind which it stands.</param>
/// <param name="Before">The term in front of which it stands.</param>
/// <param name="Entries">How many; 0 where the width is not known.</param>
/// <param name="Smallest">The smallest entry.</param>
/// <param name="SmallestLog2">Its logarithm to base 2.</param>
/// <param name="Largest">The largest entry.</param>
/// <param name="LargestLog2">Its logarithm to base 2.</param>
/// <param name="Reason">Why it does not move on, a sentence.</param>
internal sealed record ExplainedScale(
    string Gain,
    string At,
    string Behind,
    string Before,
    int Entries,
    double Smallest,
    double SmallestLog2,
    double Largest,
    double LargestLog2,
    string Reason)
{
    public static IReadOnlyList<ExplainedScale> Of(CanonicalForm form) => Of(form.Network);

    /// <summary>Those of a canonical network, from the input on.</summary>
    public static IReadOnlyList<ExplainedScale> Of(Network canonical)
    {
        var numbers = new NetworkNumbers();
        return [.. canonical.ExplainScales().Select(scale => Of(scale, numbers))];
    }

    private static ExplainedScale Of(StandingScale scale, NetworkNumbers numbers)
    {
        IReadOnlyList<double> entries = scale.Gain.IsOne ? [] : numbers.Gain(scale.Gain);
        IReadOnlyList<double> log2 = scale.Gain.IsOne ? [0] : numbers.GainLog2(scale.Gain);
        return new(
            scale.Gain.ToString(),
            scale.At,
            Named(scale.Behind, "the input"),
            Named(scale.Before, End(scale)),
            entries.Count,
            entries.DefaultIfEmpty(1).Min(),
            log2.Min(),
            entries.DefaultIfEmpty(1).Max(),
            log2.Max(),
            Why(scale));
    }

    private static string Named(Network? term, string none) => term switch
    {
        null => none,
        { Label: "" } => Kind(term),
        _ => $"{Kind(term)} '{term.Label}'",
    };

    private static string End(StandingScale scale) => scale.Standstill switch
    {
        Standstill.AtOutput => "the output",
        Standstill.RelativeToLeader => "the sum",
        Standstill.BeforeOpaque => scale.Reason!,
        _ => "the end of the branch",
    };

    private static string Kind(Network term) => term.OpaqueName() ?? term.Kind switch
    {
        NetworkKind.Activation => term.ToString(),
        NetworkKind.UnitRowLinear or NetworkKind.Linear => "linear",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    private static string Why(StandingScale scale) => scale.Standstill switch
    {
        Standstill.AtOutput => "it is the gain of the network's output",
        Standstill.RelativeToLeader => "it says how loudly its branch speaks against the branch that leads the sum",
        Standstill.BeforeOpaque => $"{scale.Reason} is not an operator the calculus knows",
        Standstill.Refused => scale.Reason!,
        Standstill.Movable => $"it can move: {scale.Rule}",
        _ => "no rule moves a scale past what follows",
    };
}
