using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon analyze</c> for.</summary>
internal sealed record AnalyzeRequest(
    IReadOnlyList<string> Models, string? Labels, string? Html, string? Csv, bool Force, bool SpectralNorms, int Points, int Seed)
{
    /// <summary>Refuses targets in the way before any work is done.</summary>
    public void RequireFreeTargets()
    {
        foreach (string? target in new[] { Html, Csv })
        {
            Targets.RequireWritable(null, target, Force);
            if (target is not null && (Models.Any(model => Targets.AreSame(model, target)) || Labels is not null && Targets.AreSame(Labels, target)))
                throw new UsageException($"{target}: this is an input; name another file");
        }

        if (Html is not null && Csv is not null && Targets.AreSame(Html, Csv))
            throw new UsageException($"{Html}: the page and the table would replace each other; name two files");
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
        foreach (string target in new[] { Html, Csv }.OfType<string>())
        {
            if (model.DataFiles.Any(file => Targets.AreSame(file, target)))
                throw new UsageException($"{target}: this file holds weights of {path}; name another file");
        }

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
            Scales = ExplainedScale.Of(analysis.Derivation.Result),
        };
    }
}
