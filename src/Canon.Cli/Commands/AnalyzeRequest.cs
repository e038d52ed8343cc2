using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon analyze</c> for.</summary>
internal sealed record AnalyzeRequest(
    IReadOnlyList<string> Models, string? Labels, string? Csv, bool Force, bool SpectralNorms, int Points, int Seed)
{
    /// <summary>Refuses targets in the way before any work is done.</summary>
    public void RequireFreeTargets()
    {
        Targets.RequireWritable(null, Csv, Force);
        if (Csv is not null && (Models.Any(model => Targets.AreSame(model, Csv)) || Labels is not null && Targets.AreSame(Labels, Csv)))
            throw new UsageException($"{Csv}: this is an input; name another file");
    }

    public IReadOnlyList<AnalyzedModel> Execute(Work stages, CancellationToken cancellation)
    {
        IReadOnlyList<string>? labels = Labels is null ? null : ClassNames.Read(Labels);
        return
        [
            .. Models.Select(path =>
            {
                stages.Begin(path, isMeasured: false);
                return Work.Abandoning(() => Analyzed(path, labels, cancellation), cancellation);
            }),
        ];
    }

    private AnalyzedModel Analyzed(string path, IReadOnlyList<string>? labels, CancellationToken cancellation)
    {
        using OnnxModel model = OnnxModel.Open(path);
        if (Csv is not null && model.DataFiles.Any(file => Targets.AreSame(file, Csv)))
            throw new UsageException($"{Csv}: this file holds weights of {path}; name another file");

        ModelAnalysis analysis;
        try
        {
            analysis = model.Network.Analyze(
                new()
                {
                    Canonicalize = model.Options,
                    Simplify = model.SimplifyOptions,
                    SpectralNorms = SpectralNorms,
                    Points = Points,
                    Seed = Seed,
                },
                cancellation);
        }
        catch (NetworkException failure)
        {
            throw new UsageException($"{path}: {failure.Message}");
        }

        int channels = analysis.GainDirection.Count;
        if (labels is not null && channels > 0 && labels.Count != channels)
        {
            throw new UsageException(
                $"{Labels}: {Plain.Count(labels.Count, "name")} for the {Plain.Count(channels, "output channel")} of {path}; give as many, one a line");
        }

        return new()
        {
            Path = path,
            Analysis = analysis,
            Classes = channels == 0 ? [] : labels ?? ClassNames.Of(model.Metadata, channels),
            Outputs = model.Outputs.Count,
        };
    }
}
