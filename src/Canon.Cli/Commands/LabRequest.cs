using Canon.Cli.Rendering;

namespace Canon.Cli.Commands;

/// <summary>What <c>canon lab</c> was asked for.</summary>
internal sealed record LabRequest(
    IReadOnlyList<Dataset> Datasets,
    IReadOnlyList<Method> Methods,
    IReadOnlyList<MethodSetting>? Settings,
    int Seeds,
    LaboratoryOptions Options,
    string? Html,
    bool Force,
    string CommandLine)
{
    public void RequireFreeTarget() => Targets.RequireWritable(null, Html, Force);

    /// <summary>Tunes side by side, then runs one after the other, so that times can be compared.</summary>
    public IReadOnlyList<LaboratoryRun> Execute(Work stages, Action<LaboratoryRun> told, CancellationToken cancellation)
    {
        List<LaboratoryRun> runs = [];
        foreach (Dataset dataset in Datasets)
        {
            IReadOnlyList<MethodSetting> settings = Settings ?? Tune(dataset, stages.Begin($"{dataset.Name}: tuning"), cancellation);
            IProgress<double>? progress = stages.Begin($"{dataset.Name}: runs");
            var done = 0;
            foreach (MethodSetting setting in settings)
            {
                for (int seed = 1; seed <= Seeds; seed++)
                {
                    LaboratoryRun run = Laboratory.Run(dataset, setting, seed, Options, cancellation);
                    runs.Add(run);
                    told(run);
                    progress?.Report((double)++done / (settings.Count * Seeds));
                }
            }
        }

        return runs;
    }

    public void Commit(IReadOnlyList<LaboratoryRun> runs)
    {
        if (Html is null)
            return;
        using var text = Targets.Text.Create(Html, LabHtml.Page(runs, Options, CommandLine));
        text.Commit(Force);
    }

    private MethodSetting[] Tune(Dataset dataset, IProgress<double>? progress, CancellationToken cancellation)
    {
        var settings = new MethodSetting[Methods.Count];
        var parts = new double[Methods.Count];
        Parallel.For(0, Methods.Count, new ParallelOptions { CancellationToken = cancellation }, k =>
        {
            settings[k] = Laboratory.Tune(dataset, Methods[k], Options, new Work.Told(part => Tell(k, part)), cancellation);
            Tell(k, 1);
        });
        return settings;

        void Tell(int method, double part)
        {
            lock (parts)
            {
                parts[method] = part;
                progress?.Report(parts.Sum() / parts.Length);
            }
        }
    }
}
