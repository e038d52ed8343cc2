using System.CommandLine;
using System.Globalization;
using Canon.Cli.Rendering;
using Canon.Onnx;
using Spectre.Console;

namespace Canon.Cli.Commands;

/// <summary><c>canon fingerprint MODEL...</c>.</summary>
internal static class FingerprintCommand
{
    public static (string Command, string Example) Example => ("fingerprint", "canon fingerprint model.onnx other.onnx");

    public static Command Build(Screens screens, CancellationToken cancellation)
    {
        Argument<string[]> models = CommandLine.Models("ONNX files. They are not changed.");
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        var command = new Command(
            "fingerprint",
            "Prints a short name of each model's function, the first word of its line: the same for rescaled, permuted and folded copies, another for models trained apart or visibly trained on. Of several models it says as well how alike the layers of each are to those of the first.")
        {
            models, json,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(models), parsed.GetValue(json), screens, cancellation));
        return command;
    }

    private static int Run(string[] paths, bool json, Screens screens, CancellationToken cancellation)
    {
        IReadOnlyList<Named> named = Work.Abandoning(() => Named.All(paths), cancellation);
        if (json)
            WriteJson(named, screens.Out.Profile.Out.Writer);
        else
            Write(named, new Page(screens.Out));
        return Failures.Success;
    }

    private static void Write(IReadOnlyList<Named> named, Page page)
    {
        foreach (Named model in named)
            page.Line($"[bold]{model.Fingerprint}[/] {Page.Escape(model.Path)}");
        foreach (Named model in named.Skip(1))
        {
            page.Heading($"{model.Path} beside {named[0].Path}");
            if (model.Layers is not { } layers)
            {
                page.Line(Page.Escape($"their architectures differ: {model.Difference}"), indent: 2);
                continue;
            }

            Table table = Tables.New("layer").AddText("and").AddNumber("rows").AddNumber("cosine");
            foreach (LayerSimilarity layer in layers)
                table.AddRow(Page.Escape(layer.First), Page.Escape(layer.Second), Plain.Count(layer.Rows), layer.Cosine.ToString("0.0000", CultureInfo.InvariantCulture));
            page.Write(table);
        }
    }

    private static void WriteJson(IReadOnlyList<Named> named, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        Json.Number(json, "step", Fingerprint.Step);
        Json.Objects(json, "models", named, model =>
        {
            json.WriteString("model", model.Path);
            json.WriteString("fingerprint", model.Fingerprint.Text);
            Json.Number(json, "margin", model.Fingerprint.Margin);
            Json.Numbers(json, "aggregates", model.Fingerprint.Aggregates);
            if (model.Difference is { } difference)
                json.WriteString("difference", difference);
            if (model.Layers is not { } layers)
                return;
            Json.Objects(json, "layers", layers, layer =>
            {
                json.WriteString("first", layer.First);
                json.WriteString("second", layer.Second);
                json.WriteNumber("rows", layer.Rows);
                Json.Number(json, "cosine", layer.Cosine);
            });
        });
        json.WriteEndObject();
    });

    /// <summary>A model by its fingerprint, and beside the first one how alike its layers are or where the architectures differ.</summary>
    private sealed record Named(string Path, Fingerprint Fingerprint, IReadOnlyList<LayerSimilarity>? Layers, string? Difference)
    {
        public static IReadOnlyList<Named> All(string[] paths)
        {
            using OnnxModel first = OnnxModel.Open(paths[0], splitShared: true);
            var named = new List<Named> { Of(paths[0], first, null) };
            foreach (string path in paths.Skip(1))
            {
                using OnnxModel model = OnnxModel.Open(path, splitShared: true);
                named.Add(Of(path, model, named[0].Fingerprint));
            }

            return named;
        }

        private static Named Of(string path, OnnxModel model, Fingerprint? first)
        {
            try
            {
                Fingerprint fingerprint = model.Network.Fingerprint(model.Options);
                if (first is null)
                    return new(path, fingerprint, null, null);
                first.TrySimilarity(fingerprint, out IReadOnlyList<LayerSimilarity>? layers, out string? difference);
                return new(path, fingerprint, layers, difference);
            }
            catch (NetworkException failure)
            {
                throw new UsageException($"{path}: {failure.Message}");
            }
        }
    }
}
