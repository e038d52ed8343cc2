namespace Canon.Tests.Engine.Random;

/// <summary>Operators whose attributes became inputs from one version to the next.</summary>
internal static class Versions
{
    /// <summary>Squeeze, Unsqueeze: axes are an attribute before 13.</summary>
    public static string WithAxes(this GraphWriter g, string op, string input, params long[] axes) => g.Opset < 13
        ? g.Name(op, input, ("axes", axes))
        : g.Name(op, $"{input} {g.Integers(axes)}");

    /// <summary>ReduceMean and ReduceSum: the axes of a sum are an input from 13, those of a mean from 18.</summary>
    public static Flow Reduce(this GraphWriter g, string op, Flow x, long[] dims, bool keep, params long[] axes) =>
        g.Opset >= 13 && op == "ReduceSum"
            ? g.Node(op, $"{x.Name} {g.Integers(axes)}", dims, ("keepdims", keep ? 1 : 0))
            : g.Node(op, x.Name, dims, ("axes", axes), ("keepdims", keep ? 1 : 0));

    /// <summary>Clip: bounds are attributes before 11. A bound may be missing.</summary>
    public static Flow Clip(this GraphWriter g, Flow x, float? low, float? high)
    {
        if (g.Opset < 11)
        {
            var bounds = new[] { ("min", low), ("max", high) }.Where(bound => bound.Item2 is not null);
            return g.Node("Clip", x.Name, x.Dims, [.. bounds.Select(bound => (bound.Item1, (object)bound.Item2!.Value))]);
        }

        string lower = low is { } l ? g.Scalar(l) : "-";
        return g.Node("Clip", $"{x.Name} {lower} {(high is { } h ? g.Scalar(h) : "")}", x.Dims);
    }

    /// <summary>Pad: all but the mode are inputs from 11.</summary>
    public static Flow Pad(this GraphWriter g, Flow x, string mode, float value, long[] pads)
    {
        long[] dims = [.. x.Dims.Select((size, axis) => size + pads[axis] + pads[axis + x.Rank])];
        if (g.Opset < 11)
            return g.Node("Pad", x.Name, dims, ("mode", mode), ("pads", pads), ("value", value));
        string filled = mode == "constant" && (value != 0 || g.Chance(0.5)) ? g.Scalar(value) : "";
        return g.Node("Pad", $"{x.Name} {g.Integers(pads)} {filled}", dims, ("mode", mode));
    }

    /// <summary>Slice: all are inputs from 10.</summary>
    public static Flow Slice(this GraphWriter g, Flow x, int axis, long start, long end, long step)
    {
        long[] dims = [.. x.Dims];
        dims[axis] = (end - start + step - 1) / step;
        // An end beyond the last place is the last place.
        long written = end == x.Dims[axis] && g.Chance(0.3) ? int.MaxValue : end;
        return g.Opset < 10
            ? g.Node("Slice", x.Name, dims, ("starts", new[] { start }), ("ends", new[] { written }), ("axes", new[] { (long)axis }))
            : g.Node("Slice", $"{x.Name} {g.Integers(start)} {g.Integers(written)} {g.Integers(axis)} {g.Integers(step)}", dims);
    }

    /// <summary>Split: sizes are an input from 13; equal parts need none.</summary>
    public static IReadOnlyList<Flow> Split(this GraphWriter g, Flow x, int axis, params long[] sizes)
    {
        Flow[] parts = [.. sizes.Select(size => new Flow(g.Fresh("v"), [.. x.Dims[..axis], size, .. x.Dims[(axis + 1)..]]))];
        string outputs = string.Join(' ', parts.Select(part => part.Name));
        bool equal = sizes.Distinct().Count() == 1 && g.Chance(0.5);
        if (equal)
            g.Nodes("Split", x.Name, outputs, ("axis", axis));
        else if (g.Opset < 13)
            g.Nodes("Split", x.Name, outputs, ("axis", axis), ("split", sizes));
        else
            g.Nodes("Split", $"{x.Name} {g.Integers(sizes)}", outputs, ("axis", axis));
        g.Values.AddRange(parts);
        return parts;
    }

    /// <summary>Upsample before 10, Resize since; its region is an input from 11 and may be missing from 13.</summary>
    public static Flow Resize(this GraphWriter g, Flow x, string mode, int factor)
    {
        long[] dims = [.. x.Dims[..2], .. x.Space.Select(size => size * factor)];
        string scales = g.List([1, 1, .. x.Space.Select(_ => (float)factor)]);
        if (g.Opset < 11)
            return g.Node(g.Opset < 10 ? "Upsample" : "Resize", $"{x.Name} {scales}", dims, ("mode", mode));

        string region = g.Opset < 13 ? g.List() : "-";
        (string, object)[] attributes = mode == "nearest"
            ? [("mode", mode), ("nearest_mode", "floor"), ("coordinate_transformation_mode", "asymmetric")]
            : [("mode", mode), ("coordinate_transformation_mode", g.Pick("half_pixel", "asymmetric", "align_corners"))];
        return g.Node("Resize", $"{x.Name} {region} {scales}", dims, attributes);
    }
}
