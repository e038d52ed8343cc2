using Spectre.Console;

namespace Canon.Cli;

/// <summary>Where results and messages go. Colours, markup and progress appear on terminals only.</summary>
internal sealed record Screens(IAnsiConsole Out, IAnsiConsole Error)
{
    private const int RedirectedWidth = 80;

    /// <summary>What is read where a command reads standard input; nothing unless given.</summary>
    public TextReader In { get; init; } = TextReader.Null;

    public static Screens OfProcess() => new(
        OfProcess(Console.Out, Console.IsOutputRedirected),
        OfProcess(Console.Error, Console.IsErrorRedirected))
    {
        In = new StreamReader(Console.OpenStandardInput()),
    };

    /// <summary>A screen over a writer.</summary>
    /// <param name="writer">What is written to.</param>
    /// <param name="isTerminal">Whether colours, markup and moving bars are wanted.</param>
    /// <param name="width">In characters; null for the terminal's own.</param>
    public static IAnsiConsole Of(TextWriter writer, bool isTerminal, int? width = RedirectedWidth)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            // Spectre would also guess from the environment, which differs where builds run.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Capabilities.Unicode = true;
        if (width is { } fixedWidth)
            console.Profile.Width = fixedWidth;
        return console;
    }

    /// <summary>Whether a terminal wants no colours: https://no-color.org, and terminals that know none.</summary>
    public static bool IsPlain(Func<string, string?> environment) =>
        !string.IsNullOrEmpty(environment("NO_COLOR")) || environment("TERM") == "dumb";

    private static IAnsiConsole OfProcess(TextWriter writer, bool redirected) => Of(
        writer,
        !redirected && !IsPlain(Environment.GetEnvironmentVariable),
        redirected ? RedirectedWidth : null);
}
