namespace Canon.Cli.Reports;

/// <summary>A figure over several runs.</summary>
/// <param name="Mean">NaN where no run has it.</param>
/// <param name="Deviation">The standard deviation (n − 1); NaN for fewer than two runs.</param>
/// <param name="Count">How many runs have it.</param>
internal sealed record Spread(double Mean, double Deviation, int Count = 0)
{
    public bool HasDeviation => !double.IsNaN(Deviation);

    /// <summary>Of the mean; NaN for fewer than two runs.</summary>
    public double StandardError => Deviation / Math.Sqrt(Count);

    public double Low => HasDeviation ? Mean - Deviation : Mean;

    public double High => HasDeviation ? Mean + Deviation : Mean;

    /// <summary>Null where no run has the figure.</summary>
    public static Spread? OrNull(IEnumerable<double> figures) => Of(figures) is { Count: > 0 } known ? known : null;

    public static Spread Of(IEnumerable<double> figures)
    {
        double[] known = [.. figures.Where(double.IsFinite)];
        if (known.Length == 0)
            return new(double.NaN, double.NaN);
        double mean = known.Average();
        return new(
            mean,
            known.Length < 2 ? double.NaN : Math.Sqrt(known.Sum(x => (x - mean) * (x - mean)) / (known.Length - 1)),
            known.Length);
    }
}

/// <summary>The runs of one method on one task.</summary>
internal sealed class MethodSummary
{
    private readonly List<LaboratoryRun> whole;

    public MethodSummary(IReadOnlyList<LaboratoryRun> runs)
    {
        Runs = runs;
        whole = [.. runs.Where(run => run.Failure is null)];
    }

    public IReadOnlyList<LaboratoryRun> Runs { get; }

    public MethodSetting Setting => Runs[0].Setting;

    public bool HasEvents => Setting.Method.HasEvents;

    /// <summary>The runs that ended before their last step.</summary>
    public IReadOnlyList<LaboratoryRun> Failed => [.. Runs.Where(run => run.Failure is not null)];

    public Spread Accuracy => Of(run => run.Test.Accuracy);

    public Spread NegativeLogLikelihood => Of(run => run.Test.NegativeLogLikelihood);

    public Spread CalibrationError => Of(run => run.Test.CalibrationError);

    public Spread GlobalGain => Of(run => run.GlobalGain);

    public Spread MicrosecondsPerStep => Of(run => 1e6 * run.Seconds / run.Steps);

    /// <summary>The part of the training time that events take.</summary>
    public Spread EventShare => Of(run => HasEvents ? run.EventSeconds / run.Seconds : double.NaN);

    /// <summary>What events add to the training loss, so many steps behind one.</summary>
    public Spread Jump(int index) => Of(run => run.Jumps[index]);

    public static IEnumerable<MethodSummary> Of(IEnumerable<LaboratoryRun> runs) =>
        runs.GroupBy(run => run.Setting).Select(group => new MethodSummary([.. group]));

    private Spread Of(Func<LaboratoryRun, double> figure) => Spread.Of(whole.Select(figure));
}
