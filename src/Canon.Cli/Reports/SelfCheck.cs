using Canon.Onnx;

namespace Canon.Cli.Reports;

/// <summary>Whether outputs are the same: of a network, or of the file that it was written into, read back.</summary>
/// <param name="Report">How far outputs differ.</param>
/// <param name="Problem">Why the check could not be computed, such as a weight too large for the type of the model; null when it could.</param>
/// <param name="IsOfFile">Whether the file was compared.</param>
internal sealed record SelfCheck(CheckReport Report, string? Problem, bool IsOfFile)
{
    /// <summary>Checks a network; where there is a draft, by writing it there and reading it back.</summary>
    /// <param name="request">How many inputs, drawn from which seed.</param>
    /// <param name="compare">Compares a network with the model.</param>
    public static SelfCheck Of(
        (int Samples, int Seed) request,
        OnnxModel model,
        Network network,
        Targets.Draft? draft,
        ExternalData externalData,
        Work stages,
        CancellationToken cancellation,
        Func<Network, IProgress<double>?, CheckReport> compare)
    {
        try
        {
            CheckReport report = draft is null
                ? compare(network, stages.Begin("checking"))
                : draft.Write(model, network, externalData, stages, cancellation, compare);
            return new(report, null, draft is not null);
        }
        catch (NetworkException failure) when (failure.IsOutOfRange)
        {
            // The figures of what its file could not hold are worth reporting, so this is a failed check and not the end.
            return new(new CheckReport(request.Samples, request.Seed, double.NaN), failure.Message, draft is not null);
        }
    }
}
