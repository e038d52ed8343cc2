using System.CommandLine;
using System.Reflection;
using Canon.Cli.Commands;

namespace Canon.Cli;

/// <summary>The commands and what is common to them: help, version, and errors in one line.</summary>
internal static class CommandLine
{
    private const string NoOption = "there is no option";

    public static int Invoke(string[] args, Screens screens, CancellationToken cancellation)
    {
        Command canon = Build(args, screens, cancellation);
        ParseResult parsed = canon.Parse(args.Length == 0 ? ["--help"] : args);

        // A mistyped option shifts what follows it; the option is what has to be named.
        string? error = parsed.Errors.OrderByDescending(e => e.Message.StartsWith(NoOption, StringComparison.Ordinal))
            .FirstOrDefault()?.Message.TrimEnd('.');
        if (error is not null && parsed.Action is not Help)
        {
            Command command = parsed.CommandResult.Command;
            string name = command == canon ? "canon" : $"canon {command.Name}";
            throw new UsageException($"{error}; see {name} --help");
        }

        return parsed.Invoke(new InvocationConfiguration
        {
            Output = screens.Out.Profile.Out.Writer,
            Error = screens.Error.Profile.Out.Writer,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }

    /// <summary>The model to read.</summary>
    public static Argument<string> Model(string description) => Input("MODEL", "model", description);

    /// <summary>The models to read, one at least.</summary>
    public static Argument<string[]> Models(string description)
    {
        Argument<string[]> models = RefusingOptions(new Argument<string[]>("MODEL") { Description = description, Arity = ArgumentArity.OneOrMore });
        models.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
                result.AddError("the name of the model is empty; name a file");
        });
        return models;
    }

    /// <summary>A file to read.</summary>
    public static Argument<string> Input(string name, string what, string description)
    {
        Argument<string> input = RefusingOptions(new Argument<string>(name) { Description = description });
        input.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
                result.AddError($"the name of the {what} is empty; name a file");
        });
        return input;
    }

    /// <summary>What looks like an option is taken for a mistyped one; - alone and arrows do not.</summary>
    public static Argument<T> RefusingOptions<T>(Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', not '>', ..] and var text }])
                result.AddError($"{NoOption} {text}");
        });
        return argument;
    }

    private static Command Build(string[] args, Screens screens, CancellationToken cancellation)
    {
        var version = new Option<bool>("--version") { Description = "Print the version." };
        var canon = new Command(
            "canon",
            "Refactors neural networks without changing their function: all magnitude of a network moves into one vector at its output, the canonical form.")
        {
            version,
            Help.Option(
                screens,
                ("canon", "canon canonicalize model.onnx -o model.canonical.onnx"),
                InspectCommand.Example,
                CanonicalizeCommand.Example,
                RebalanceCommand.Example,
                ExplainCommand.Example,
                DiffCommand.Example,
                FingerprintCommand.Example,
                AnalyzeCommand.Example,
                RewriteCommand.Example,
                RulesCommand.Example,
                PcrStepCommand.Example,
                LabCommand.Example),
        };

        // Making them all takes longer than running a small one: where one is named, it alone is made.
        (string Name, Func<Command> Build)[] commands =
        [
            (InspectCommand.Example.Command, () => InspectCommand.Build(screens)),
            (CanonicalizeCommand.Example.Command, () => CanonicalizeCommand.Build(screens, cancellation)),
            (RebalanceCommand.Example.Command, () => RebalanceCommand.Build(screens, cancellation)),
            (ExplainCommand.Example.Command, () => ExplainCommand.Build(screens, cancellation)),
            (DiffCommand.Example.Command, () => DiffCommand.Build(screens, cancellation)),
            (FingerprintCommand.Example.Command, () => FingerprintCommand.Build(screens, cancellation)),
            (AnalyzeCommand.Example.Command, () => AnalyzeCommand.Build(screens, cancellation)),
            (RewriteCommand.Example.Command, () => RewriteCommand.Build(screens, cancellation)),
            (RulesCommand.Example.Command, () => RulesCommand.Build(screens, cancellation)),
            (PcrStepCommand.Example.Command, () => PcrStepCommand.Build(screens, cancellation)),
            (LabCommand.Example.Command, () => LabCommand.Build(screens, cancellation)),
        ];
        bool named = args.Length > 0 && commands.Any(command => command.Name == args[0]);
        foreach ((string name, Func<Command> build) in commands)
        {
            if (!named || name == args[0])
                canon.Add(build());
        }

        canon.SetAction(parsed =>
        {
            if (!parsed.GetValue(version))
                throw new UsageException("a command is missing; see canon --help");
            screens.Out.Profile.Out.Writer.WriteLine($"canon {Version}");
            return Failures.Success;
        });
        return canon;
    }

    private static string Version =>
        typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
}
