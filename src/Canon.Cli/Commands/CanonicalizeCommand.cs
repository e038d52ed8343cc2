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
            "The largest difference that passes the self-check, relative to the largest output. 1e-4 unless given; 1e-2 for float16, 1e-1 for bfloat16.");
        var gain = new Option<string>("--gain")
        {
            Description = "The gain of a row: its norm, or the norm of row and bias together. row-norm unless given; augmented for the lossless gauge, whose numbers so stay in range.",
            HelpName = "row-norm|augmented",
        };
        gain.AcceptOnlyFromAmong("row-norm", "augmented");
        var gauge = new Option<string>("--gauge")
        {
            Description = "canonical: rows of norm 1. lossless: by powers of two alone, rows of norm 0.71 to 1.41; no output changes in any bit.",
            HelpName = "canonical|lossless",
            DefaultValueFactory = _ => "canonical",
        };
        gauge.AcceptOnlyFromAmong("canonical", "lossless");
        Option<string> externalData = ExternalDataOption.Create();

        var keep = new Option<bool>("--keep-architecture")
        {
            Description = "Write the model with its own nodes alone: scales that cannot move on fold back into the layer in front of them.",
        };
        var split = new Option<bool>("--split-shared")
        {
            Description = "Give layers that share a weight one each. Otherwise a shared weight stays as it is, and scales stop in front of it.",
        };
        var simplify = new Option<bool>("--simplify")
        {
            Description = "First leave out hidden units that are dead, constant, read by nothing, or multiples of others, and say how many parameters that saves.",
        };

        var command = new Command(
            "canonicalize",
            "Moves all magnitude of a network into one vector at its output, reports what each layer contributes, and checks on random inputs that the function is the same.")
        {
            model, output, derivation, json, force, samples, seed, tolerance, gain, gauge, simplify, keep, split, externalData,
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
                (parsed.GetValue(gain) ?? (parsed.GetValue(gauge) == "lossless" ? "augmented" : "row-norm")) == "augmented"
                    ? GainDefinition.Augmented
                    : GainDefinition.RowNorm,
                parsed.GetValue(gauge) == "lossless",
                parsed.GetValue(simplify),
                parsed.GetValue(keep),
                ExternalDataOption.Of(parsed.GetValue(externalData))),
            parsed.GetValue(split),
            parsed.GetValue(json),
            screens,
            cancellation));
        return command;
    }

    private static string Reason(CanonicalizeReport report) => report.Check.Problem is { } problem
        ? $"the canonical form exceeds the range of the model's type: {problem}; --gain augmented keeps biases within 1"
        : $"the self-check failed: {report.Check.Found(report.Tolerance)}";

    private static int Run(CanonicalizeRequest request, bool splitShared, bool json, Screens screens, CancellationToken cancellation)
    {
        CheckpointFiles.RequireModel(request.Input);
        request.RequireFreeTargets();
        using OnnxModel model = OnnxModel.Open(request.Input, splitShared);
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
