using System.CommandLine;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;

namespace Canon.Cli.Commands;

/// <summary><c>canon rules</c>.</summary>
internal static class RulesCommand
{
    public static (string Command, string Example) Example => (
        "rules",
        """
        canon rules --check my.rules

        A file of rules has one a line, name and guard optional, # before comments:
          fold: linear(?W, ?b) -> scale(?g) => linear(diag(?g) * ?W, ?g * ?b)
          scale(?g) -> ?f => ?f -> scale(?g) when homogeneous(?f)

        Exit code: 0 when all rules are verified, 1 when one is refuted or never
        fired, 2 when one cannot be read or the command line is wrong.
        """);

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string?> name = CommandLine.RefusingOptions(new Argument<string?>("NAME")
        {
            Description = "A rule of the catalog; all unless given.",
            Arity = ArgumentArity.ZeroOrOne,
        });
        var check = new Option<string?>("--check")
        {
            Description = "Try the rules of this file on networks of chance, or those of the catalog, and print the evidence.",
            HelpName = "FILE",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<int> tries = NumberOption.Positive("--tries", "The number of networks that each rule is tried on.", VerifyOptions.Default.Tries);
        Option<int> seed = NumberOption.Seed("Where the random numbers start.");
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        var command = new Command("rules", "Lists the rules of the calculus, or tries rules and prints the evidence.")
        {
            name, check, tries, seed, json,
        };
        command.Validators.Add(result =>
        {
            foreach (Option option in (Option[])[tries, seed])
                if (result.GetResult(check) is null && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} is for --check");
        });
        command.SetAction(parsed =>
        {
            bool isJson = parsed.GetValue(json);
            IReadOnlyList<Rule> rules = parsed.GetValue(name) is { } wanted ? [Rule.Catalog.Named(wanted)] : Rule.Catalog;
            if (parsed.GetResult(check) is null)
                return List(rules, isJson, screens);
            string? file = parsed.GetValue(check);
            if (file is not null && parsed.GetValue(name) is not null)
                throw new UsageException("--check FILE tries the rules of a file; leave out the name of a rule");
            var options = new VerifyOptions { Tries = parsed.GetValue(tries), Seed = parsed.GetValue(seed) };
            return Check(file, rules, options, isJson, screens, cancellation);
        });
        return command;
    }

    private static int List(IReadOnlyList<Rule> rules, bool json, Screens screens)
    {
        if (json)
            RulesJson.Write(rules, screens.Out.Profile.Out.Writer);
        else
            RulesText.Write(rules, new Page(screens.Out));
        return Failures.Success;
    }

    private static int Check(
        string? file, IReadOnlyList<Rule> rules, VerifyOptions options, bool json, Screens screens, CancellationToken cancellation)
    {
        IReadOnlyList<RuleEvidence> found = Work.Run(json ? null : screens.Error, isWorthwhile: true, stages =>
        {
            IProgress<double>? progress = stages.Begin("trying rules");
            return Work.Abandoning(
                () => file is null
                    ? RuleEvidence.OfRules(rules, options, progress, cancellation)
                    : RuleEvidence.OfTexts(RuleFile.Read(file), options, progress, cancellation),
                cancellation);
        });
        if (json)
            RulesJson.Write(found, options, screens.Out.Profile.Out.Writer);
        else
            RulesText.Write(found, new Page(screens.Out));
        return found.All(evidence => evidence.IsVerified) ? Failures.Success : Failures.CheckFailed;
    }
}
