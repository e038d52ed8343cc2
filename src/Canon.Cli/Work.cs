using System.Runtime.ExceptionServices;
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
    public static T Run<T>(IAnsiConsole? screen, Network network, Func<Work, T> work) => Run(
        screen, network.Parameters.Sum(p => (long)(p.Rows ?? 0) * (p.Columns ?? 0)) >= Worthwhile, work);

    /// <summary>Runs work; without a bar where it is not worthwhile.</summary>
    public static T Run<T>(IAnsiConsole? screen, bool isWorthwhile, Func<Work, T> work)
    {
        if (screen is null || !screen.Profile.Capabilities.Interactive || !isWorthwhile)
            return work(Silent);

        // The bars are cleared only when the work seems to have ended well.
        ExceptionDispatchInfo? failure = null;
        T? result = screen.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn())
            .Start(context =>
            {
                try
                {
                    return work(new Work(context));
                }
                catch (Exception thrown)
                {
                    failure = ExceptionDispatchInfo.Capture(thrown);
                    return default;
                }
            });
        failure?.Throw();
        return result!;
    }

    /// <summary>Runs work that does not look for a cancellation itself; when cancelled it is no longer waited for.</summary>
    public static T Abandoning<T>(Func<T> work, CancellationToken cancellation) =>
        Task.Run(work, cancellation).WaitAsync(cancellation).GetAwaiter().GetResult();

    /// <summary>Ends the stage before and begins one; null where nobody looks.</summary>
    /// <param name="stage">What is done.</param>
    /// <param name="isMeasured">Whether the progress will be told; otherwise the bar only moves.</param>
    public IProgress<double>? Begin(string stage, bool isMeasured = true)
    {
        if (context is null)
            return null;
        current?.IsIndeterminate(false).Value(1).StopTask();
        current = context.AddTask(stage, maxValue: 1).IsIndeterminate(!isMeasured);
        ProgressTask task = current;
        return new Told(part => task.Value = part);
    }

    /// <summary>Tells what it is told at once: Progress&lt;T&gt; would report from other threads, late and out of order.</summary>
    internal sealed class Told(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
