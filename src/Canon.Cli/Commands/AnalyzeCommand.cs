using System.CommandLine;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;

namespace Canon.Cli.Commands;

/// <summary><c>canon analyze MODEL...</c>.</summary>
internal static class AnalyzeCommand
{
    public static (string Command, string Example) Example => ("analyze", "canon analyze epoch-1.onnx epoch-9.onnx --html report.html");

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string[]> models = CommandLine.Models("ONNX files, such as the checkpoints of a training in order. They are not changed.");
        var labels = new Option<string?>("--labels")
        {
            Description = "What the output channels are called, a name a line. Otherwise the names that a model carries in its metadata are taken.",
            HelpName = "FILE",
        };
        var html = new Option<string?>("--html")
        {
            Description = "Write a page with charts, tables and the derivation to this file.",
            HelpName = "FILE.html",
        };
        var csv = new Option<string?>("--csv")
        {
            Description = "Write a table to this file, a row a layer and model.",
            HelpName = "FILE.csv",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        var force = new Option<bool>("--force") { Description = "Let --html and --csv replace files that exist." };
        var quick = new Option<bool>("--no-spectral-norms")
        {
            Description = "Leave out the spectral norms, which of large convolutions take most of the time.",
        };
        Option<int> points = NumberOption.Positive("--points", "At how many random inputs a lower bound on the Lipschitz constant is looked for.", 8);
        Option<int> seed = NumberOption.Seed("Where the random numbers of these inputs start.");

        var command = new Command(
            "analyze",
            "Says how much a network amplifies and where: gains, interference, path norms, bounds on the Lipschitz constant, idle units and ranges; of several models also how they differ.")
        {
            models, labels, html, csv, json, force, quick, points, seed,
        };
        command.SetAction(parsed => Run(
            new AnalyzeRequest(
                parsed.GetRequiredValue(models),
                parsed.GetValue(labels),
                parsed.GetValue(html),
                parsed.GetValue(csv),
                parsed.GetValue(force),
                !parsed.GetValue(quick),
                parsed.GetValue(points),
                parsed.GetValue(seed)),
            parsed.GetValue(json),
            screens,
            cancellation));
        return command;
    }

    private static int Run(AnalyzeRequest request, bool json, Screens screens, CancellationToken cancellation)
    {
        request.RequireFreeTargets();
        IReadOnlyList<AnalyzedModel> models = Work.Run(
            json ? null : screens.Error, isWorthwhile: true, stages => request.Execute(stages, cancellation));
        using Targets.Text? csv = request.Csv is null ? null : Targets.Text.Create(request.Csv, AnalyzeCsv.Table(models));
        using Targets.Text? html = request.Html is null ? null : Targets.Text.Create(request.Html, AnalyzeHtml.Page(models));
        csv?.Commit(request.Force);
        html?.Commit(request.Force);
        if (json)
            AnalyzeJson.Write(models, screens.Out.Profile.Out.Writer);
        else
            AnalyzeText.Write(models, [.. new[] { request.Html, request.Csv }.OfType<string>()], new Page(screens.Out));
        return Failures.Success;
    }
}
