using System.Text;
using Canon.Onnx.Schema;
using Canon.Tests.Engine.Random;
using Google.Protobuf;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>A file that may be no model any more.</summary>
/// <param name="Seed">What it was drawn from: the same seed gives the same file.</param>
/// <param name="Bytes">The file.</param>
/// <param name="Changes">What was done to the model that it was made of.</param>
internal sealed record FuzzCase(int Seed, byte[] Bytes, string Changes)
{
    private const int Largest = 300_000;

    private static readonly Lazy<IReadOnlyList<(string Name, ModelProto Model)>> _models = new(() =>
    [
        .. CorpusModel.Own.Where(model => new FileInfo(model.FullPath).Length <= Largest)
            .Select(model => (model.Name, ModelProto.Parser.ParseFrom(File.ReadAllBytes(model.FullPath)))),
    ]);

    /// <summary>Draws a case.</summary>
    public static FuzzCase Make(int seed)
    {
        var draw = new Draw(seed);
        var changes = new StringBuilder();
        (string name, ModelProto model) = Origin(draw);
        changes.Append(name);
        bool meaning = draw.Chance(0.75);
        if (meaning)
        {
            model = model.Clone();
            for (int i = draw.Int(1, 4); i > 0; i--)
                changes.Append("; ").Append(ModelChanges.Apply(model, draw));
        }

        byte[] bytes = model.ToByteArray();
        if (!meaning || draw.Chance(0.05))
        {
            for (int i = draw.Int(1, 3); i > 0; i--)
            {
                (bytes, string change) = ByteChanges.Apply(bytes, draw);
                changes.Append("; ").Append(change);
            }
        }

        return new FuzzCase(seed, bytes, changes.ToString());
    }

    private static (string Name, ModelProto Model) Origin(Draw draw)
    {
        if (draw.Chance(0.6))
        {
            int graph = draw.Int(1, 100_000);
            return ($"graph {graph}", RandomGraph.Make(graph).Model);
        }

        return draw.Pick(_models.Value);
    }
}
