using Spectre.Console;

namespace Canon.Cli;

/// <summary>The stages of long work: bars on a terminal, silence elsewhere.</summary>
internal sealed class Work
{
    private const long Worthwhile = 4_000_000;

    private readonly ProgressContext? context;
    private ProgressTask? current;

    /// <summary>Nobody is told.</summary>
    public static Work Silent => new(null);

    private Work(ProgressContext? context) => this.context = context;

    /// <summary>Runs work over a network; small ones finish before a bar could be read and get none.</summary>
    public static T Run<T>(IAnsiConsole? screen, Network network, Func<Work, T> work)
    {
        long numbers = network.Parameters.Sum(p => (long)(p.Rows ?? 0) * (p.Columns ?? 0));
        if (screen is null || !screen.Profile.Capabilities.Interactive || numbers < Worthwhile)
            return work(Silent);

        return screen.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context => work(new Work(context)));
    }

    /// <summary>Ends the stage before and begins one; null where nobody looks.</summary>
    public IProgress<double>? Begin(string stage)
    {
        if (context is null)
            return null;
        current?.StopTask();
        current?.Value(1);
        current = context.AddTask(stage, maxValue: 1);
        return new Bar(current);
    }

    // Progress<T> would report from other threads, late and out of order.
    private sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }
}
