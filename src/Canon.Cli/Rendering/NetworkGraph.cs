using System.Text;
using Canon.Cli.Reports;

namespace Canon.Cli.Rendering;

/// <summary>A network drawn from its input above to its outputs below, with its branches beside each other.</summary>
internal sealed class NetworkGraph
{
    private const int MostBoxes = 3000;
    private const double Margin = 12;

    private readonly Dictionary<string, LayerReport> layers;
    private readonly Queue<ExplainedScale> scales;

    private NetworkGraph(AnalyzedModel model)
    {
        layers = model.Analysis.Layers.DistinctBy(layer => layer.Name).ToDictionary(layer => layer.Name);
        scales = new(model.Scales);
    }

    /// <summary>The canonical form of a model, in a box that scrolls.</summary>
    public static void Write(StringBuilder page, string id, AnalyzedModel model)
    {
        Network network = model.Analysis.Derivation.Result;
        int boxes = network.Terms.Count(term => term.Kind is not (NetworkKind.Compose or NetworkKind.Wire));
        if (boxes > MostBoxes)
        {
            page.Append($"<p class=\"note\">With {Plain.Count(boxes, "term")} it is too long to be drawn.</p>\n");
            return;
        }

        GraphBlock block = new NetworkGraph(model).Block(network);
        GraphBlock[] start = block.ReadsAbove ? [new GraphLeaf("end", "what flows in", 22, "input")] : [];
        GraphBlock drawing = new GraphStack([.. start, block, .. Ends(network)]);
        var canvas = new GraphCanvas();
        drawing.Draw(canvas, Margin, Margin);
        string name = ChartSeries.Escape(model.Name);
        (string width, string height) = (Chart.N(Math.Max(drawing.Width + Margin, canvas.Reach) + Margin), Chart.N(drawing.Height + 2 * Margin));
        page.Append($"<div class=\"graph\" tabindex=\"0\" role=\"group\" aria-label=\"The network, {name}\">\n")
            .Append($"<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"{id}-graph-title {id}-graph-desc\">\n")
            .Append($"<title id=\"{id}-graph-title\">The canonical form of {name} as a graph</title>\n")
            .Append($"<desc id=\"{id}-graph-desc\">{ChartSeries.Escape(Described(network))}</desc>\n")
            .Append(canvas.Lines).Append(canvas.Boxes).Append("</svg>\n</div>\n");
    }

    private static IEnumerable<GraphBlock> Ends(Network network) =>
        network.Parts is [.., { Kind: NetworkKind.Tuple }] ? [] : [new GraphLeaf("end", "what flows out", 22, "output")];

    private static string Described(Network network)
    {
        int Count(NetworkKind kind) => network.Terms.Count(term => term.Kind == kind);
        return $"{Plain.Count(Count(NetworkKind.UnitRowLinear) + Count(NetworkKind.Linear), "linear layer")}, {Plain.Count(Count(NetworkKind.Sum), "sum")}, "
            + $"{Plain.Count(Count(NetworkKind.Concat), "concat")}, {Plain.Count(Count(NetworkKind.Product), "product")}; boxes with a frame in colour are scales.";
    }

    private GraphBlock Block(Network term) => term.Kind switch
    {
        NetworkKind.Compose => new GraphStack([.. term.Parts.Select(Block)]),
        NetworkKind.Sum => Fork(term, "+", "sum"),
        NetworkKind.Concat => Fork(term, "concat", "concat"),
        NetworkKind.Product => Fork(term, "×", "product"),
        NetworkKind.Tuple => new GraphFork([.. term.Children.Select(output => new GraphStack([Block(output), new GraphLeaf("end", "an output", 22, "output")]))], 0, null),
        NetworkKind.Opaque => Opaque(term),
        NetworkKind.As or NetworkKind.Wire when term.TryWire(out string? name) => new GraphName(name, End(name), term.Kind == NetworkKind.Wire),
        NetworkKind.Scale => Scale(term),
        // The bounds without what they are multiplied by, which the title has.
        NetworkKind.Clip => new GraphLeaf("plain", Titled(term), 24, $"{string.Join(", ", term.ToString().Split(", ").Take(2)).TrimEnd(')')})"),
        _ when term.TryLinear(out LinearLayer? layer) => Linear(term, layer),
        _ => new GraphLeaf("plain", Titled(term), 24, Cut(term.ToString())),
    };

    /// <summary>What nothing happens to stays in line; where something happens to all, the longest does.</summary>
    private GraphBlock Fork(Network term, string sign, string kind)
    {
        string[] names = [.. term.Children.Where(branch => branch.Kind == NetworkKind.Wire).Select(branch => branch.TryWire(out string? name) ? name : "")];
        GraphBlock[] branches = [.. term.Children.Where(branch => branch.Kind != NetworkKind.Wire).Select(Block)];
        string shown = names.Length == 0 ? "" : End(names[^1]) + (names.Length > 1 ? $" and {Plain.Count(names.Length - 1)} more" : "");
        var junction = new GraphJunction(sign, string.Join("; ", [Titled(term, kind), .. names]), names, shown);
        if (branches.Length == 0)
            return junction;
        int straight = Array.FindIndex(branches, branch => branch.Height == 0);
        int main = straight >= 0 && term.Kind == NetworkKind.Sum ? straight : branches.Index().MaxBy(branch => branch.Item.Height).Index;
        return new GraphFork(branches, main, junction);
    }

    private GraphBlock Opaque(Network term)
    {
        string name = term.OpaqueName()!;
        var box = new GraphLeaf("opaque", $"{name}: an operator that the calculus does not know", 24, Cut(name));
        return term.Children is [{ Kind: NetworkKind.Compose, Parts.Count: 0 }] || term.Children.Count == 0
            ? box
            : new GraphFork([.. term.Children.Select(Block)], 0, box);
    }

    private GraphLeaf Scale(Network term)
    {
        ExplainedScale? scale = scales.Count > 0 ? scales.Dequeue() : null;
        if (scale is null || scale.Entries == 0)
            return new("scale", Titled(term), 24, "scale");
        (string low, string high) = (Plain.Number(scale.Smallest, scale.SmallestLog2), Plain.Number(scale.Largest, scale.LargestLog2));
        return new("scale", $"scale, {Plain.Count(scale.Entries, "entry", "entries")} from {low} to {high}: {scale.Reason}", 24, low == high ? $"scale {low}" : $"scale {low} to {high}");
    }

    private GraphLeaf Linear(Network term, LinearLayer layer)
    {
        string name = term.Label.Length > 0 ? term.Label : layer.Weight.Name;
        if (!layers.TryGetValue(layer.Weight.Name, out LayerReport? report))
            return new("linear", Titled(term), 42, End(name), "linear");
        string shape = $"{(report.Kind == "conv_transpose" ? "transposed" : report.Kind)} {report.Columns} → {report.Rows}";
        double median = AnalyzeCsv.Rank(report.Gain, 0.5), log2 = AnalyzeCsv.Rank(report.GainLog2, 0.5);
        return new(
            "linear",
            $"{name} (weight {layer.Weight.Name}): {shape}; median gain behind it {Plain.Number(median, log2)}, median interference {Plain.Number(AnalyzeCsv.Rank(report.Interference, 0.5))}",
            42,
            End(name),
            $"{shape}, gain {Plain.Number(median, log2)}");
    }

    private static string Titled(Network term, string? text = null)
    {
        text ??= term.ToString();
        return term.Label.Length > 0 ? $"{term.Label}: {text}" : text;
    }

    private static string Cut(string text) => text.Length <= 29 ? text : text[..28] + "…";

    /// <summary>Names of layers differ at their ends.</summary>
    private static string End(string name) => name.Length <= 29 ? name : "…" + name[^28..];
}
