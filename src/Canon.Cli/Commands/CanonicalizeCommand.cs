using System.CommandLine;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;
using Canon.Onnx;
using Spectre.Console;

namespace Canon.Cli.Commands;

/// <summary><c>canon canonicalize MODEL</c>.</summary>
internal static class CanonicalizeCommand
{
    public static (string Command, string Example) Example => (
        "canonicalize",
        """
        canon canonicalize model.onnx -o model.canonical.onnx --derivation model.md

        Exit code: 0 when the self-check passes, 1 when it does not (then no file is
        written), 2 when the model or the command line is wrong.
        """);

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string> model = CommandLine.Model("An ONNX file. It is not changed.");
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the canonical model to this file, once the self-check has passed.",
            HelpName = "OUT.onnx",
        };
        var derivation = new Option<string?>("--derivation")
        {
            Description = "Write every step, every name and where scales stopped to this file, as Markdown.",
            HelpName = "FILE.md",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        var force = new Option<bool>("--force") { Description = "Let --output and --derivation replace files that exist." };
        Option<int> samples = NumberOption.Positive("--samples", "The number of random inputs of the self-check.", 16);
        Option<int> seed = NumberOption.Seed("Where the random numbers of the self-check start.");
        Option<double> tolerance = NumberOption.Tolerance(
            "The largest difference that passes the self-check, relative to the largest output. 1e-5 unless given; 1e-2 for float16, 1e-1 for bfloat16.");
        var gain = new Option<string>("--gain")
        {
            Description = "The gain of a row: its norm, or the norm of row and bias together.",
            HelpName = "row-norm|augmented",
            DefaultValueFactory = _ => "row-norm",
        };
        gain.AcceptOnlyFromAmong("row-norm", "augmented");

        var command = new Command(
            "canonicalize",
            "Moves all magnitude of a network into one vector at its output, reports what each layer contributes, and checks on random inputs that the function is the same.")
        {
            model, output, derivation, json, force, samples, seed, tolerance, gain,
        };
        command.SetAction(parsed => Run(
            new CanonicalizeRequest(
                parsed.GetRequiredValue(model),
                parsed.GetValue(output),
                parsed.GetValue(derivation),
                parsed.GetValue(force),
                parsed.GetValue(samples),
                parsed.GetValue(seed),
                parsed.GetResult(tolerance) is null ? null : parsed.GetValue(tolerance),
                parsed.GetValue(gain) == "augmented" ? GainDefinition.Augmented : GainDefinition.RowNorm),
            parsed.GetValue(json),
            screens,
            cancellation));
        return command;
    }

    private static string Reason(CanonicalizeReport report) => report.CheckProblem is { } problem
        ? $"the canonical form exceeds the range of the model's type: {problem}; --gain augmented keeps biases within 1"
        : $"the self-check failed: the largest relative difference {Plain.Number(report.MaxRelativeError)} is above the tolerance {Plain.Short(report.Tolerance)}";

    private static int Run(CanonicalizeRequest request, bool json, Screens screens, CancellationToken cancellation)
    {
        request.RequireFreeTargets();
        using OnnxModel model = OnnxModel.Open(request.Input);
        CanonicalizeReport report;
        try
        {
            report = Work.Run(
                json ? null : screens.Error,
                model.Network,
                stages => request.Execute(model, stages, cancellation));
        }
        catch (NetworkException failure)
        {
            throw new UsageException($"{request.Input}: {failure.Message}");
        }

        if (json)
            CanonicalizeJson.Write(report, screens.Out.Profile.Out.Writer);
        else
            CanonicalizeText.Write(report, new Page(screens.Out));

        return report.Passed
            ? Failures.Success
            : Failures.Say(
                screens,
                $"{request.Input}: {Reason(report)}; nothing was written",
                Failures.CheckFailed);
    }
}
