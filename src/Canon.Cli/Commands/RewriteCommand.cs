using System.CommandLine;
using Canon.Cli.Rendering;

namespace Canon.Cli.Commands;

/// <summary><c>canon rewrite TERM</c>.</summary>
internal static class RewriteCommand
{
    public static (string Command, string Example) Example => (
        "rewrite",
        """
        canon rewrite 'linear(W1) -> relu -> linear(W2)' --steps
        canon rewrite 'scale(g) -> scale(h) -> relu' --rules scale-fusion
        canon rewrite 'relu -> relu' --strategy 'repeat(one-top-down(twice))' --file my.rules

        A strategy is a rule's name; attempt(s), repeat(s), one-top-down(s),
        one-bottom-up(s), all-top-down(s), all-bottom-up(s); s then t; s or-else t;
        innermost, outermost, sweep, first, random(seed), over rules in brackets or
        over those of --rules or --file; or canonical.

        Exit code: 0 when rewriting came to its end, 1 when it reached the limit of
        steps, 2 when the term, a rule or the command line is wrong.
        """);

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string> term = CommandLine.RefusingOptions(new Argument<string>("TERM")
        {
            Description = "A network in arrow notation, with its definitions after 'where'; - reads it from standard input.",
        });
        var rules = new Option<string?>("--rules")
        {
            Description = "Apply these rules, the innermost redex first, until none fires; commas between names.",
            HelpName = "a,b",
        };
        var strategy = new Option<string?>("--strategy") { Description = "Apply this strategy.", HelpName = "S" };
        var file = new Option<string?>("--file")
        {
            Description = "A file of rules of your own, one a line: name: left => right when guard.",
            HelpName = "RULES",
        };
        var steps = new Option<bool>("--steps") { Description = "Print every step." };
        var latex = new Option<bool>("--latex") { Description = "Print LaTeX." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        Option<int> limit = NumberOption.Positive("--limit", "Stop after so many steps.", 10_000);
        var command = new Command(
            "rewrite",
            "Rewrites a network in arrow notation, by default to its canonical form.")
        {
            term, rules, strategy, file, steps, latex, json, limit,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(latex) && result.GetValue(json))
                result.AddError("--latex and --json exclude each other");
        });
        command.SetAction(parsed =>
        {
            RewriteRequest request = new(
                parsed.GetRequiredValue(term),
                parsed.GetValue(rules),
                parsed.GetValue(strategy),
                parsed.GetValue(file),
                parsed.GetValue(limit));
            Derivation derivation = Work.Abandoning(() => request.Execute(screens.In), cancellation);
            Print(derivation, parsed.GetValue(steps), parsed.GetValue(latex), parsed.GetValue(json), screens);
            return derivation.IsComplete
                ? Failures.Success
                : Failures.Say(
                    screens,
                    $"stopped after {Plain.Count(derivation.Steps.Count, "step")}, and there was more to do; raise --limit",
                    Failures.CheckFailed);
        });
        return command;
    }

    private static void Print(Derivation derivation, bool steps, bool latex, bool json, Screens screens)
    {
        TextWriter writer = screens.Out.Profile.Out.Writer;
        if (latex)
            writer.WriteLine(steps ? derivation.ToLatex() : derivation.Result.ToLatex());
        else if (json)
            writer.WriteLine(steps ? derivation.ToJson() : derivation.Result.ToJson());
        else
            RewriteText.Write(derivation, steps, new Page(screens.Out));
    }
}
