namespace Canon.Cli.Reports;

/// <summary>Whether outputs are the same: of a network, or of the file that it was written into, read back.</summary>
/// <param name="Report">How far outputs differ.</param>
/// <param name="Problem">Why the check could not be computed, such as a weight too large for the type of the model; null when it could.</param>
/// <param name="IsOfFile">Whether the file was compared.</param>
internal sealed record SelfCheck(CheckReport Report, string? Problem, bool IsOfFile)
{
    /// <summary>What was found, in words.</summary>
    /// <param name="tolerance">The largest relative difference that passes.</param>
    public string Found(double tolerance) =>
        Problem ?? (double.IsNaN(Report.MaxRelativeError)
            ? "outputs leave the range of float64 and cannot be compared"
            : $"outputs differ by at most {Plain.Number(Report.MaxRelativeError)} of the largest (tolerance {Plain.Short(tolerance)})");

    /// <summary>Checks a network, or writes it, reads the file back and checks that.</summary>
    /// <param name="samples">How many inputs are drawn.</param>
    /// <param name="seed">From which seed.</param>
    /// <param name="isOfFile">Whether the file is compared.</param>
    /// <param name="check">Compares.</param>
    public static SelfCheck Of(int samples, int seed, bool isOfFile, Func<CheckReport> check)
    {
        try
        {
            return new(check(), null, isOfFile);
        }
        catch (NetworkException failure) when (failure.IsOutOfRange)
        {
            // The figures of what its file could not hold are worth reporting, so this is a failed check and not the end.
            return new(new CheckReport(samples, seed, double.NaN), failure.Message, isOfFile);
        }
    }
}
