using System.CommandLine;
using System.Globalization;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary><c>canon rebalance MODEL</c>.</summary>
internal static class RebalanceCommand
{
    private static readonly string[] Gauges = ["balanced", "equalized", "canonical", "original"];

    public static (string Command, string Example) Example => (
        "rebalance",
        """
        canon rebalance model.onnx --gauge equalized --quantize 8 -o model.equalized.onnx
        canon rebalance model.safetensors.index.json --architecture net.txt \
          --gauge canonical -o out.safetensors.index.json

        balanced   the least sum of squares of all weights
        equalized  equal ranges: the largest weight into each channel is the largest
                   out of it, so that few bits a tensor lose less
        canonical  rows of norm 1 wherever a row may be rescaled
        original   as it is: nothing changes

        A checkpoint is read and written tensor by tensor, and may be larger than memory.
        It is not evaluated, so there is no self-check. Stopped on the way, the same
        command goes on with the files of it that are missing.

        Exit code: 0 when the self-check passes, 1 when it does not (then no file is
        written), 2 when a file or the command line is wrong.
        """);

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string> model = CommandLine.Model("An ONNX file, or with --architecture a safetensors file or the index of several. It is not changed.");
        var gauge = new Option<string>("--gauge")
        {
            Description = "How weights are written; see below. balanced unless given.",
            HelpName = string.Join('|', Gauges),
            DefaultValueFactory = _ => Gauges[0],
        };
        gauge.AcceptOnlyFromAmong(Gauges);
        Option<string?> architecture = Architecture.Option("Of a checkpoint: ");
        Option<SignalShape?> input = Architecture.InputOption();
        var lossless = new Option<bool>("--lossless") { Description = "Rescale by powers of two alone, so that no output changes in any bit." };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write the rebalanced model to this file, node for node the same, once the self-check has passed.",
            HelpName = "OUT",
        };
        var gaugeOutput = new Option<string?>("--gauge-out")
        {
            Description = "Write what was done to each tensor to this JSON file: factors and places of rows and columns.",
            HelpName = "FILE.json",
        };
        var force = new Option<bool>("--force") { Description = "Let --output and --gauge-out replace files that exist." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        Option<double> tolerance = NumberOption.Tolerance(
            "How far channels may stay out of balance, |ln| of the ratio of their norms or ranges; for the balanced and the equalized gauge. 1e-6 unless given.");
        Option<int> sweeps = NumberOption.Positive("--sweeps", "The most sweeps over all weights, for the same gauges.", RebalanceOptions.Default.Sweeps);
        var gain = new Option<string?>("--gain")
        {
            Description = "For the canonical gauge: the gain of a row is its norm, or the norm of row and bias together. row-norm unless given; augmented with --lossless, whose numbers so stay in range.",
            HelpName = "row-norm|augmented",
        };
        gain.AcceptOnlyFromAmong("row-norm", "augmented");
        var bits = new Option<int?>("--quantize")
        {
            Description = "Simulate weights of so many bits, 2 to 16, one step a tensor, and say what that does to outputs before and after.",
            HelpName = "BITS",
        };
        bits.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is >= 2 and <= 16))
                result.AddError($"--quantize {text}: a whole number from 2 to 16 is needed");
        });
        var data = new Option<string?>("--data")
        {
            Description = "With --quantize: say as well which part of these samples is classified right. A sample a line, its numbers with commas between, in the end its class; or the handwritten digits that canon carries, pixels from 0 to 1.",
            HelpName = "FILE.csv[.gz]|digits",
        };
        Option<int> samples = NumberOption.Positive("--samples", "The number of random inputs of the self-check and of --quantize.", 16);
        Option<int> seed = NumberOption.Seed("Where the random numbers start.");
        var split = new Option<bool>("--split-shared")
        {
            Description = "Give layers that share a weight one each. Otherwise a shared weight stays as it is, and so do the channels beside it.",
        };
        Option<string> externalData = ExternalDataOption.Create();

        var command = new Command(
            "rebalance",
            "Writes a model of the same architecture and function with its weights in another gauge, and says what that does to their ranges.")
        {
            model, architecture, input, gauge, lossless, output, gaugeOutput, force, json, tolerance, sweeps, gain, bits, data, samples, seed, split, externalData,
        };
        command.Validators.Add(result =>
        {
            bool Has(Option option) => result.GetResult(option) is { Implicit: false };
            // The word itself: what is none of them has an error of its own.
            string target = result.GetResult(gauge)?.Tokens.FirstOrDefault()?.Value ?? Gauges[0];
            if (Has(gain) && target != "canonical")
                result.AddError("--gain is for --gauge canonical");
            foreach (Option option in (Option[])[tolerance, sweeps])
                if (Has(option) && target is "canonical" or "original")
                    result.AddError($"{option.Name} is for the balanced and the equalized gauge, which are found by sweeps");
            foreach (Option option in (Option[])[bits, data, samples, seed, split, externalData])
                if (Has(option) && Has(architecture))
                    result.AddError($"{option.Name} is for ONNX models; a checkpoint is not evaluated");
            if (Has(input) && !Has(architecture))
                result.AddError("--input is for --architecture");
            if (Has(data) && !Has(bits))
                result.AddError("--data is for --quantize");
            if (result.GetValue(data) == "")
                result.AddError("the name of the samples is empty; name a file");
        });
        command.SetAction(parsed =>
        {
            var options = new RebalanceOptions
            {
                Gauge = Enum.Parse<RebalanceGauge>(parsed.GetRequiredValue(gauge), ignoreCase: true),
                Definition = (parsed.GetValue(gain) ?? (parsed.GetValue(lossless) ? "augmented" : "row-norm")) == "augmented"
                    ? GainDefinition.Augmented
                    : GainDefinition.RowNorm,
                Lossless = parsed.GetValue(lossless),
                Tolerance = parsed.GetResult(tolerance) is null ? RebalanceOptions.Default.Tolerance : parsed.GetValue(tolerance),
                Sweeps = parsed.GetValue(sweeps),
            };
            string source = parsed.GetRequiredValue(model);
            (string? target, string? gaugeTarget, bool isForced) =
                (parsed.GetValue(output), parsed.GetValue(gaugeOutput), parsed.GetValue(force));
            return parsed.GetValue(architecture) is { } network
                ? Run(
                    new CheckpointRebalanceRequest(source, network, target, gaugeTarget, isForced, options, parsed.GetValue(input)),
                    parsed.GetValue(json),
                    screens,
                    cancellation)
                : Run(
                    new RebalanceRequest(
                        source,
                        target,
                        gaugeTarget,
                        isForced,
                        options,
                        parsed.GetValue(bits),
                        parsed.GetValue(data),
                        parsed.GetValue(samples),
                        parsed.GetValue(seed),
                        ExternalDataOption.Of(parsed.GetValue(externalData))),
                    parsed.GetValue(split),
                    parsed.GetValue(json),
                    screens,
                    cancellation);
        });
        return command;
    }

    private static int Run(CheckpointRebalanceRequest request, bool json, Screens screens, CancellationToken cancellation)
    {
        using SafetensorsCheckpoint weights = SafetensorsCheckpoint.Open(request.Input);
        request.RequireFreeTargets(weights);
        var architecture = Architecture.Read(request.Architecture, screens.In);
        Network network = architecture.Network(weights);
        CheckpointRebalanceReport report = Work.Run(
            json ? null : screens.Error, network, stages => request.Execute(architecture, network, weights, stages, cancellation));
        if (json)
            CheckpointRebalanceText.WriteJson(report, screens.Out.Profile.Out.Writer);
        else
            CheckpointRebalanceText.Write(report, new Page(screens.Out));
        return Failures.Success;
    }

    private static int Run(RebalanceRequest request, bool splitShared, bool json, Screens screens, CancellationToken cancellation)
    {
        CheckpointFiles.RequireModel(request.Input);
        request.RequireFreeTargets();
        using OnnxModel model = OnnxModel.Open(request.Input, splitShared);
        RebalanceReport report;
        try
        {
            report = Work.Run(json ? null : screens.Error, model.Network, stages => request.Execute(model, stages, cancellation));
        }
        catch (NetworkException failure)
        {
            throw new UsageException($"{request.Input}: {failure.Message}");
        }

        if (json)
            RebalanceJson.Write(report, screens.Out.Profile.Out.Writer);
        else
            RebalanceText.Write(report, new Page(screens.Out));

        string reason = report.Check.Problem is { } problem
            ? $"the rebalanced weights exceed the range of the model's type: {problem}"
            : $"the self-check failed: {report.Check.Found(report.Tolerance)}";
        return report.Passed
            ? Failures.Success
            : Failures.Say(screens, $"{request.Input}: {reason}; nothing was written", Failures.CheckFailed);
    }
}
