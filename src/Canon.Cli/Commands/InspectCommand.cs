using System.CommandLine;
using Canon.Cli.Rendering;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary><c>canon inspect MODEL</c>.</summary>
internal static class InspectCommand
{
    public static (string Command, string Example) Example => ("inspect", "canon inspect model.onnx");

    public static Command Build(Screens screens)
    {
        Argument<string> model = CommandLine.Model("An ONNX file.");
        var command = new Command(
            "inspect",
            "Prints the network of a model in arrow notation, with the shapes of its weights.")
        {
            model,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), screens));
        return command;
    }

    private static int Run(string path, Screens screens)
    {
        using OnnxModel model = OnnxModel.Open(path);
        var page = new Page(screens.Out);
        page.Arrows(model.Network.ToStringWithShapes());
        page.Line("");
        page.Line(Page.Escape(string.Join("; ", [
            Parameters(model.Network.Parameters),
            Named("input", model.Inputs),
            Named("output", model.Outputs)])));
        return Failures.Success;
    }

    private static string Parameters(IReadOnlyList<Parameter> tensors)
    {
        long numbers = tensors.Sum(p => (long)(p.Rows ?? 0) * (p.Columns ?? 0));
        return $"{Plain.Count(numbers, "parameter")} in {Plain.Count(tensors.Count, "tensor")}";
    }

    private static string Named(string kind, IReadOnlyList<string> names) =>
        Plain.Count(names.Count, kind) + (names.Count == 0 ? "" : $" ({string.Join(", ", names)})");
}
