using System.CommandLine;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary><c>canon pcr-step WEIGHTS</c>.</summary>
internal static class PcrStepCommand
{
    public static (string Command, string Example) Example => (
        "pcr-step",
        """
        canon pcr-step net.safetensors --architecture net.txt --max-gain 5 -o net.safetensors --force
        canon pcr-step net.safetensors --architecture net.txt -o net.2.safetensors \
          --optimizer adam.safetensors --optimizer-out adam.2.safetensors

        net.txt names the tensors of the weights, such as
          linear(fc1.weight, fc1.bias) -> relu -> linear(fc2.weight, fc2.bias)
        Tensors that it does not name are written as they are. Weights lie as PyTorch
        has them: linear [outputs, inputs], conv [outputs, inputs / groups, window],
        conv_transpose [inputs, outputs / groups, window], all others [n].

        Averages of derivatives in the optimizer's file are named after the parameters:
        fc1.weight.exp_avg, .exp_avg_sq and .max_exp_avg_sq of Adam and AdamW,
        .momentum_buffer of SGD, .square_avg and .grad_avg of RMSProp. Where a weight
        is multiplied by a:
          covariant  divides averages by a, those of squares by a^2
          full       covariant, and fc1.weight.lr_factor and .eps_factor are written,
                     multiplied by a and 1/a (SGD: a^2 and none), for the optimizer to
                     multiply its learning rate and epsilon by, entry by entry
          note       multiplies averages by a, those of squares by a^2
          reset      zeros, the tensors fc1.weight.step as well
          keep       leaves all as it is

        Weights in several files are written to as many, beside their index. Stopped on
        the way, the same command goes on with the files that are missing.

        Exit code: 0 when the files are written, 2 when a file or the command line is
        wrong; then none is.
        """);

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string> weights = CommandLine.Input("WEIGHTS", "weights", "A safetensors file with the weights, or the index of several, model.safetensors.index.json.");
        Option<string?> architecture = Architecture.Option("");
        architecture.Required = true;
        var output = new Option<string>("--output", "-o")
        {
            Description = "Write the weights to this file; where they are read from several, to as many and an index, OUT.safetensors.index.json.",
            HelpName = "OUT.safetensors",
            Required = true,
        };
        var state = new Option<string?>("--optimizer")
        {
            Description = "A safetensors file with the state of the optimizer, or the index of several; it follows the weights.",
            HelpName = "FILE.safetensors",
        };
        var stateOutput = new Option<string?>("--optimizer-out")
        {
            Description = "Write the state of the optimizer to this file. Both files are written, or none.",
            HelpName = "OUT.safetensors",
        };
        Option<double?> cap = NumberOption.AboveZero("--max-gain", "G", "Cap the global gain: where it is larger, every output is multiplied by one factor.");
        Option<double?> penalty = NumberOption.NotNegative(
            "--penalty", "L", "Shrink the global gain by 1/(1 + 2 L R N), R the learning rate and N the period.");
        Option<double?> rate = NumberOption.AboveZero("--learning-rate", "R", "The learning rate, for --penalty and for warnings.");
        Option<int> period = NumberOption.Positive("--period", "Steps from one event to the next, for --penalty.", PcrOptions.Default.Period);
        Option<string?> gauge = Choice("--gauge", "How weights are written: balanced, with the least norm; canonical, with rows of norm 1; original, as they are. balanced unless given.", "balanced", "canonical", "original");
        Option<string?> gain = Choice("--gain", "The gain of a row: its norm, or the norm of row and bias together. augmented unless given.", "augmented", "row-norm");
        var lossless = new Option<bool>("--lossless") { Description = "Rescale by powers of two alone, so that no output changes in any bit but by the cap." };
        Option<string?> moments = Choice("--moments", "What becomes of the state of the optimizer; see below. covariant unless given.", "covariant", "full", "note", "reset", "keep");
        var capInMoments = new Option<bool>("--cap-in-moments") { Description = "Let the state of the optimizer follow the cap's factor as well." };
        var note = new Option<bool>("--note") { Description = "The choices of the note that describes PCR: --gauge canonical --gain row-norm --moments note --cap-in-moments. Options beside it win." };
        Option<SignalShape?> input = Architecture.InputOption();
        var force = new Option<bool>("--force") { Description = "Let files that exist be replaced, those read as well." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };

        var command = new Command(
            "pcr-step",
            "Applies one event of periodic canonical regularization to a checkpoint: caps or shrinks the global gain, writes the weights in a gauge, and lets the state of the optimizer follow.")
        {
            weights, architecture, output, state, stateOutput, cap, penalty, rate, period, gauge, gain, lossless, moments, capInMoments, note, input, force, json,
        };
        command.Validators.Add(result =>
        {
            bool Has(Option option) => result.GetResult(option) is { Implicit: false };
            if (result.GetValue(state) == "")
                result.AddError("the name of the optimizer's state is empty; name a file");
            if (Has(state) != Has(stateOutput))
                result.AddError("--optimizer and --optimizer-out need each other");
            if (Has(penalty) && !Has(rate))
                result.AddError("--penalty needs --learning-rate");
            if (Has(period) && !Has(penalty))
                result.AddError("--period is for --penalty");
            foreach (Option option in (Option[])[moments, capInMoments])
                if (Has(option) && !Has(state))
                    result.AddError($"{option.Name} is for --optimizer");
        });
        command.SetAction(parsed =>
        {
            PcrOptions chosen = parsed.GetValue(note) ? PcrOptions.Note : PcrOptions.Default;
            return Run(
                new PcrStepRequest(
                    parsed.GetRequiredValue(weights),
                    parsed.GetRequiredValue(architecture)!,
                    parsed.GetValue(state),
                    parsed.GetRequiredValue(output),
                    parsed.GetValue(stateOutput),
                    chosen with
                    {
                        Period = parsed.GetValue(period),
                        MaxGain = parsed.GetValue(cap),
                        Penalty = parsed.GetValue(penalty) is { } strength ? new(strength, AtEvents: true) : null,
                        Gauge = Chosen(parsed.GetValue(gauge), chosen.Gauge),
                        Definition = parsed.GetValue(gain) switch
                        {
                            "augmented" => GainDefinition.Augmented,
                            "row-norm" => GainDefinition.RowNorm,
                            _ => chosen.Definition,
                        },
                        Lossless = parsed.GetValue(lossless),
                        Moments = Chosen(parsed.GetValue(moments), chosen.Moments),
                        CapInMoments = parsed.GetValue(capInMoments) || chosen.CapInMoments,
                        // When events happen is the caller's, and not known here.
                        AtStart = false,
                    },
                    parsed.GetValue(rate),
                    parsed.GetValue(input),
                    parsed.GetValue(force)),
                parsed.GetValue(json),
                screens,
                cancellation);
        });
        return command;
    }

    private static int Run(PcrStepRequest request, bool json, Screens screens, CancellationToken cancellation)
    {
        using SafetensorsCheckpoint weights = SafetensorsCheckpoint.Open(request.Weights);
        using SafetensorsCheckpoint? state = request.State is null ? null : SafetensorsCheckpoint.Open(request.State);
        request.RequireFreeTargets(weights, state);
        var architecture = Architecture.Read(request.Architecture, screens.In);
        Network network = architecture.Network(weights);
        PcrStepReport report = Work.Run(
            json ? null : screens.Error,
            network,
            stages => request.Execute(architecture, network, weights, state, stages, cancellation));
        if (json)
            PcrStepJson.Write(report, screens.Out.Profile.Out.Writer);
        else
            PcrStepText.Write(report, new Page(screens.Out));
        return Failures.Success;
    }

    private static Option<string?> Choice(string name, string description, params string[] choices)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', choices) };
        option.AcceptOnlyFromAmong(choices);
        return option;
    }

    private static T Chosen<T>(string? text, T unlessGiven)
        where T : struct, Enum => text is null ? unlessGiven : Enum.Parse<T>(text, ignoreCase: true);
}
