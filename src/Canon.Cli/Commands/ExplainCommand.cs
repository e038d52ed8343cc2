using System.CommandLine;
using Canon.Cli.Rendering;
using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary><c>canon explain MODEL</c>.</summary>
internal static class ExplainCommand
{
    public static (string Command, string Example) Example => ("explain", "canon explain model.onnx");

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string> model = CommandLine.Model("An ONNX file. It is not changed.");
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        var command = new Command(
            "explain",
            "Says of each scale of the canonical form where it stands, how large it is, and why it does not move on.")
        {
            model, json,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetValue(json), screens, cancellation));
        return command;
    }

    private static int Run(string path, bool json, Screens screens, CancellationToken cancellation)
    {
        IReadOnlyList<ExplainedScale> scales = Work.Abandoning(() => Explained(path), cancellation);
        if (json)
            ExplainText.WriteJson(path, scales, screens.Out.Profile.Out.Writer);
        else
            ExplainText.Write(scales, new Page(screens.Out));
        return Failures.Success;
    }

    private static IReadOnlyList<ExplainedScale> Explained(string path)
    {
        using OnnxModel model = OnnxModel.Open(path);
        try
        {
            return ExplainedScale.Of(model.Network.Canonicalize(model.Options));
        }
        catch (NetworkException failure)
        {
            throw new UsageException($"{path}: {failure.Message}");
        }
    }
}
