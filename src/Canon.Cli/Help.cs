using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Canon.Cli;

/// <summary>The help of a command, an example at its end.</summary>
internal sealed class Help : SynchronousCommandLineAction
{
    private readonly HelpAction help;
    private readonly Screens screens;
    private readonly (string Command, string Example)[] examples;

    private Help(HelpAction help, Screens screens, (string Command, string Example)[] examples)
    {
        this.help = help;
        this.screens = screens;
        this.examples = examples;
    }

    public override bool ClearsParseErrors => true;

    /// <summary><c>--help</c>, with an example for each command.</summary>
    public static HelpOption Option(Screens screens, params (string Command, string Example)[] examples)
    {
        var option = new HelpOption { Description = "Show help.", Recursive = true };
        option.Action = new Help((HelpAction)option.Action!, screens, examples);
        return option;
    }

    public override int Invoke(ParseResult parsed)
    {
        help.MaxWidth = screens.Out.Profile.Width;
        int exitCode = help.Invoke(parsed);
        string example = examples.First(e => e.Command == parsed.CommandResult.Command.Name).Example;
        TextWriter writer = screens.Out.Profile.Out.Writer;
        writer.WriteLine("Example:");
        foreach (string line in example.ReplaceLineEndings("\n").Split('\n'))
            writer.WriteLine(line.Length == 0 ? "" : "  " + line);
        return exitCode;
    }
}
