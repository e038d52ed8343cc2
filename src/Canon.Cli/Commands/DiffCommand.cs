using System.CommandLine;
using Canon.Cli.Rendering;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary><c>canon diff FIRST SECOND</c>.</summary>
internal static class DiffCommand
{
    public static (string Command, string Example) Example => ("diff", "canon diff model.onnx other.onnx");

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string> first = CommandLine.Input("FIRST", "first model", "An ONNX file. It is not changed.");
        Argument<string> second = CommandLine.Input("SECOND", "second model", "The ONNX file that it is compared with.");
        Option<double?> tolerance = NumberOption.AboveZero(
            "--tolerance", "T", "How far the canonical forms may be apart: entries of unit rows by difference, gains by ratio. 1e-4 unless given; 1e-9 where all weights are float64.");
        Option<int> samples = NumberOption.Positive(
            "--samples", "How many inputs of each kind are tried to find one that shows a difference.", EqualityOptions.Default.Samples);
        Option<int> seed = NumberOption.Seed("Where the random numbers of these inputs start.");
        var gauge = new Option<string?>("--gauge-out")
        {
            Description = "Write the gauge that leads from the first model to the second, both reduced, to this JSON file.",
            HelpName = "FILE.json",
        };
        var force = new Option<bool>("--force") { Description = "Let a file that exists be replaced." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        var command = new Command(
            "diff",
            "Says whether two models are one function, however each is written: rescaled, permuted, folded, with dead or duplicate units. The exit code is 0 when they are, 1 when an input shows that they are not, and 2 when neither is known.")
        {
            first, second, tolerance, samples, seed, gauge, force, json,
        };
        command.SetAction(parsed => Run(
            new DiffRequest(
                parsed.GetRequiredValue(first),
                parsed.GetRequiredValue(second),
                parsed.GetValue(tolerance),
                parsed.GetValue(samples),
                parsed.GetValue(seed),
                parsed.GetValue(gauge),
                parsed.GetValue(force)),
            parsed.GetValue(json),
            screens,
            cancellation));
        return command;
    }

    private static int Run(DiffRequest request, bool json, Screens screens, CancellationToken cancellation)
    {
        request.RequireFreeTargets();
        Comparison comparison = Work.Abandoning(request.Execute, cancellation);
        if (json)
            DiffText.WriteJson(request, comparison, screens.Out.Profile.Out.Writer);
        else
            DiffText.Write(request, comparison, new Page(screens.Out));
        return comparison.Equivalence switch
        {
            Equivalence.Equal => Failures.Success,
            Equivalence.Different => Failures.CheckFailed,
            _ => Failures.Usage,
        };
    }
}
