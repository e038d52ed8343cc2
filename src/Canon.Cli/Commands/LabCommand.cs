using System.CommandLine;
using System.Globalization;
using Canon.Cli.Rendering;

namespace Canon.Cli.Commands;

/// <summary><c>canon lab</c>.</summary>
internal static class LabCommand
{
    public static (string Command, string Example) Example => (
        "lab",
        """
        canon lab
        canon lab --dataset moons,digits-noisy --methods none,l2,pcr-hard --seeds 10 --html lab.html
        canon lab --methods pcr-hard,pcr-hard:note,pcr-hard:canonical:reset --json

        A method is none, l2, adamw, weight-norm, batch-norm, gain-penalty, pcr-hard,
        pcr-soft or manifold. Behind colons stands what is different about the events of
        pcr-hard and pcr-soft: balanced, canonical or original (the gauge); covariant,
        full, note, reset or keep (what becomes of the optimizer's moments); augmented
        or row-norm (the gain); cap-in-moments; no-start; period=N.

        Exit code: 0 when all was run, 2 when the command line is wrong.
        """);

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        var dataset = new Option<string>("--dataset")
        {
            Description = $"What is learnt: any of {KnownDatasets.Names}; commas between names.",
            HelpName = "a,b",
            DefaultValueFactory = _ => "digits",
        };
        var methods = new Option<string?>("--methods")
        {
            Description = "How: names of methods, commas between them. All nine unless given.",
            HelpName = "a,b",
        };
        Option<int> seeds = NumberOption.Positive("--seeds", "Runs of every method, each with a split, a start and an order of its own.", 5);
        Option<int> steps = NumberOption.Positive("--steps", "Steps of a run.", LaboratoryOptions.Default.Steps);
        Option<int> batch = NumberOption.Positive("--batch", "Samples a step.", LaboratoryOptions.Default.BatchSize);
        var hidden = new Option<string>("--hidden")
        {
            Description = "The widths of the hidden layers, commas between them.",
            HelpName = "N,N",
            DefaultValueFactory = _ => string.Join(',', LaboratoryOptions.Default.Hidden),
        };
        Option<int> trials = NumberOption.Positive(
            "--trials", "Learning rates and strengths that are tried for every method, on seeds of their own.", LaboratoryOptions.Default.Trials);
        var tuneBy = new Option<string>("--tune-by")
        {
            Description = "What the best of them is chosen by, on samples that are neither learnt from nor judged by.",
            HelpName = "nll|accuracy",
            DefaultValueFactory = _ => "nll",
        };
        tuneBy.AcceptOnlyFromAmong("nll", "accuracy");
        Option<double?> rate = NumberOption.AboveZero("--rate", "R", "Do not tune: all methods have this learning rate.");
        Option<double?> strength = NumberOption.AboveZero(
            "--strength", "S", "With --rate: the strength of the methods that have one, a λ, a decay or a cap.");
        var html = new Option<string?>("--html") { Description = "Write the table and the curves to this file.", HelpName = "OUT.html" };
        var force = new Option<bool>("--force") { Description = "Let --html replace a file that exists." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a run instead of text." };
        var command = new Command(
            "lab",
            "Trains small networks by several methods, each tuned as much as the others, and compares them over several seeds.")
        {
            dataset, methods, seeds, steps, batch, hidden, trials, tuneBy, rate, strength, html, force, json,
        };
        command.SetAction(parsed =>
        {
            LaboratoryOptions options = new()
            {
                Hidden = Widths(parsed.GetRequiredValue(hidden)),
                Steps = parsed.GetValue(steps),
                BatchSize = parsed.GetValue(batch),
                Trials = parsed.GetValue(trials),
                TuneByAccuracy = parsed.GetValue(tuneBy) == "accuracy",
            };
            IReadOnlyList<Method> chosen = Methods(parsed.GetValue(methods));
            var request = new LabRequest(
                KnownDatasets.Parse(parsed.GetRequiredValue(dataset)),
                chosen,
                Fixed(chosen, parsed.GetValue(rate), parsed.GetValue(strength)),
                parsed.GetValue(seeds),
                options,
                parsed.GetValue(html),
                parsed.GetValue(force),
                "canon " + string.Join(' ', parsed.Tokens.Select(token => token.Value)));
            return Run(request, parsed.GetValue(json), screens, cancellation);
        });
        return command;
    }

    private static int Run(LabRequest request, bool json, Screens screens, CancellationToken cancellation)
    {
        request.RequireFreeTarget();
        TextWriter writer = screens.Out.Profile.Out.Writer;
        IReadOnlyList<LaboratoryRun> runs = Work.Run(screens.Error, isWorthwhile: true, stages => request.Execute(
            stages,
            run =>
            {
                if (json)
                    LabJson.Write(run, writer);
            },
            cancellation));
        request.Commit(runs);
        if (json)
            return Failures.Success;
        var page = new Page(screens.Out);
        foreach (Dataset dataset in request.Datasets)
            LabText.Write(dataset, request.Options, [.. runs.Where(run => run.Dataset == dataset.Name)], page);
        if (request.Html is { } file)
        {
            page.Line("");
            page.Line(Page.Escape($"wrote {file}"));
        }

        return Failures.Success;
    }

    private static IReadOnlyList<Method> Methods(string? names)
    {
        if (names is null)
            return Method.All;
        List<Method> methods = [];
        foreach (string name in names.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!Method.TryParse(name, out Method? method, out string? error))
                throw new UsageException($"--methods {error}");
            if (!methods.Contains(method))
                methods.Add(method);
        }

        return methods;
    }

    /// <summary>What is run without tuning; null where it is tuned.</summary>
    private static IReadOnlyList<MethodSetting>? Fixed(IReadOnlyList<Method> methods, double? rate, double? strength)
    {
        if (rate is not { } given)
            return strength is null ? null : throw new UsageException("--strength: it needs --rate beside it; without both, methods are tuned");
        if (strength is null && methods.FirstOrDefault(method => method.HasStrength) is { } strong)
            throw new UsageException($"--rate: {strong} has a strength; give it by --strength");
        return [.. methods.Select(method => new MethodSetting(method, given, method.HasStrength ? strength : null))];
    }

    private static IReadOnlyList<int> Widths(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries).Select(width =>
            int.TryParse(width, CultureInfo.InvariantCulture, out int units) && units is > 0 and <= 65536
                ? units
                : throw new UsageException($"--hidden {text}: widths from 1 to 65536 with commas between them are needed, such as 64,64")),
    ];
}
