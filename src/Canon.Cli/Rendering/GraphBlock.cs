using System.Text;

namespace Canon.Cli.Rendering;

/// <summary>Where a drawing of a network goes: lines behind, boxes in front, and the places where values have names.</summary>
internal sealed class GraphCanvas
{
    public StringBuilder Lines { get; } = new();

    public StringBuilder Boxes { get; } = new();

    public Dictionary<string, (double X, double Y)> Named { get; } = [];

    /// <summary>How far lines reach to the right.</summary>
    public double Reach { get; private set; }

    /// <summary>A line from where a value has its name to where it is read, around what is between.</summary>
    public void Wire(string name, double x, double y)
    {
        if (Named.TryGetValue(name, out (double X, double Y) from))
        {
            double outside = Math.Max(from.X, x) + 30 + Math.Min(150, 0.12 * Math.Abs(y - from.Y));
            Reach = Math.Max(Reach, outside);
            Line($"M{Chart.N(from.X)} {Chart.N(from.Y)}C{Chart.N(outside)} {Chart.N(from.Y)} {Chart.N(outside)} {Chart.N(y)} {Chart.N(x)} {Chart.N(y)}", "wire");
        }
    }

    public void Line(string path, string kind = "edge") => Lines.Append($"<path class=\"{kind}\" d=\"{path}\"/>\n");

    public void Box(string kind, double x, double y, double width, double height, string title, params ReadOnlySpan<string> lines)
    {
        Boxes.Append($"<g class=\"box {kind}\"><title>{ChartSeries.Escape(title)}</title>")
            .Append($"<rect x=\"{Chart.N(x)}\" y=\"{Chart.N(y)}\" width=\"{Chart.N(width)}\" height=\"{Chart.N(height)}\" rx=\"5\"/>");
        for (int k = 0; k < lines.Length; k++)
        {
            double baseline = y + height / 2 + 4 + 15 * (k - (lines.Length - 1) / 2.0);
            Boxes.Append($"<text{(k > 0 ? " class=\"second\"" : "")} x=\"{Chart.N(x + width / 2)}\" y=\"{Chart.N(baseline)}\" text-anchor=\"middle\">{ChartSeries.Escape(lines[k])}</text>");
        }

        Boxes.Append("</g>\n");
    }
}

/// <summary>A part of a drawing, from a value above to one below.</summary>
internal abstract class GraphBlock
{
    public abstract double Width { get; }

    public abstract double Height { get; }

    /// <summary>Where the value enters above and leaves below, from the left.</summary>
    public abstract double Stream { get; }

    /// <summary>Whether it reads the value above it: a named value comes from elsewhere.</summary>
    public virtual bool ReadsAbove => true;

    public abstract void Draw(GraphCanvas canvas, double x, double y);
}

/// <summary>A term in a box.</summary>
internal sealed class GraphLeaf(string kind, string title, double height, params string[] lines) : GraphBlock
{
    public override double Width => 214;

    public override double Height => height;

    public override double Stream => Width / 2;

    public override void Draw(GraphCanvas canvas, double x, double y) => canvas.Box(kind, x, y, Width, height, title, lines);
}

/// <summary>The place where a value gets a name, or where it is read by it.</summary>
internal sealed class GraphName(string name, string shown, bool isRead) : GraphBlock
{
    public override double Width => 2 * Stream;

    public override double Height => 20;

    public override double Stream => 12 + 3.5 * shown.Length;

    public override bool ReadsAbove => !isRead;

    public override void Draw(GraphCanvas canvas, double x, double y)
    {
        if (isRead)
            canvas.Wire(name, x + Width, y + Height / 2);
        else
            canvas.Named[name] = (x + Width, y + Height / 2);
        canvas.Box("name", x, y, Width, Height, isRead ? $"the value named {name}" : $"this value is named {name}", shown);
    }
}

/// <summary>What puts branches together. Those that are nothing but named values have no line of their own: they are named in it.</summary>
/// <param name="sign">What it is.</param>
/// <param name="title">The same in full.</param>
/// <param name="names">The values that it reads by name.</param>
/// <param name="shown">How they are shown.</param>
internal sealed class GraphJunction(string sign, string title, IReadOnlyList<string> names, string shown) : GraphBlock
{
    public override double Width => Math.Max(18 + 8 * sign.Length, names.Count > 0 ? 20 + 6.6 * shown.Length : 0);

    public override double Height => names.Count > 0 ? 38 : 22;

    public override double Stream => Width / 2;

    public override bool ReadsAbove => false;

    public override void Draw(GraphCanvas canvas, double x, double y)
    {
        foreach (string name in names)
            canvas.Wire(name, x + Width, y + Height / 2);
        canvas.Box("junction", x, y, Width, Height, title, names.Count > 0 ? [sign, shown] : [sign]);
    }
}

/// <summary>Parts below each other.</summary>
internal sealed class GraphStack(IReadOnlyList<GraphBlock> parts) : GraphBlock
{
    private const double Gap = 14;

    public override double Stream { get; } = parts.Select(part => part.Stream).DefaultIfEmpty(10).Max();

    public override double Width => Stream + parts.Select(part => part.Width - part.Stream).DefaultIfEmpty(10).Max();

    public override double Height { get; } = parts.Sum(part => part.Height) + Gap * Math.Max(0, parts.Count - 1);

    public override bool ReadsAbove => parts.Count == 0 || parts[0].ReadsAbove;

    public override void Draw(GraphCanvas canvas, double x, double y)
    {
        double top = y;
        for (int k = 0; k < parts.Count; k++)
        {
            if (k > 0 && parts[k].ReadsAbove)
                canvas.Line($"M{Chart.N(x + Stream)} {Chart.N(top - Gap)}v{Chart.N(Gap)}");
            parts[k].Draw(canvas, x + Stream - parts[k].Stream, top);
            top += parts[k].Height + Gap;
        }
    }
}

/// <summary>Branches beside each other, one of them in the line of the stream, and what puts them together; nothing at outputs.</summary>
internal sealed class GraphFork : GraphBlock
{
    private const double Gap = 18, Turn = 16;

    private readonly IReadOnlyList<GraphBlock> branches;
    private readonly GraphBlock? junction;
    private readonly double inner;
    private readonly double left;

    /// <param name="branches">The branches, from the left.</param>
    /// <param name="main">Which one is in the line of the stream.</param>
    /// <param name="junction">What puts them together; null for nothing.</param>
    public GraphFork(IReadOnlyList<GraphBlock> branches, int main, GraphBlock? junction)
    {
        (this.branches, this.junction) = (branches, junction);
        inner = branches.Max(branch => branch.Height);
        double before = branches.Take(main).Sum(branch => branch.Width + Gap) + branches[main].Stream;
        Stream = Math.Max(before, junction?.Stream ?? 0);
        left = Stream - before;
    }

    public override double Stream { get; }

    public override double Width => Math.Max(
        left + branches.Sum(branch => branch.Width) + Gap * (branches.Count - 1), Stream + (junction is null ? 0 : junction.Width - junction.Stream));

    public override double Height => Turn + inner + (junction is null ? 0 : Turn + junction.Height);

    public override bool ReadsAbove => branches.Any(branch => branch.ReadsAbove);

    public override void Draw(GraphCanvas canvas, double x, double y)
    {
        double at = x + left, stream = x + Stream, foot = y + Turn + inner;
        foreach (GraphBlock branch in branches)
        {
            double own = at + branch.Stream;
            if (branch.ReadsAbove)
                canvas.Line($"M{Chart.N(stream)} {Chart.N(y)}v{Chart.N(Turn / 2)}H{Chart.N(own)}v{Chart.N(Turn / 2)}");
            branch.Draw(canvas, at, y + Turn);
            if (junction is not null)
                canvas.Line($"M{Chart.N(own)} {Chart.N(y + Turn + branch.Height)}V{Chart.N(foot + Turn / 2)}H{Chart.N(stream)}v{Chart.N(Turn / 2)}");
            at += branch.Width + Gap;
        }

        junction?.Draw(canvas, stream - junction.Stream, foot + Turn);
    }
}
