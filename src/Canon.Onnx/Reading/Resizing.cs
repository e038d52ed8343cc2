using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Reading;

/// <summary>Recognises the forms of Resize and Upsample that the calculus has.</summary>
internal static class Resizing
{
    /// <summary>The operation; null for other forms, or where anything but space is resized.</summary>
    public static SpatialOperation? Of(NodeProto node, ModelGraph graph, Shapes shapes, Layout layout)
    {
        bool old = node.OpType == "Upsample" || graph.Opset < 11;
        if (Interpolation(node, old) is not { } interpolation || Alignment(node, old) is not { } alignment
            || node.Int("exclude_outside", 0) != 0 || node.Int("antialias", 0) != 0)
        {
            return null;
        }

        double coefficient = node.Float("cubic_coeff_a", -0.75f);
        if (Scales(node, graph, old) is { } scales)
        {
            double[] factors = [.. Enumerable.Repeat(1.0, layout.Rank)];
            if (!Spread(node, scales, factors) || Others(layout).Any(axis => factors[axis] != 1))
                return null;
            return SpatialOperation.Resize(interpolation, alignment, layout.Axes('S').Select(axis => factors[axis]), coefficient);
        }

        if (old || node.Text("keep_aspect_ratio_policy") is not ("" or "stretch")
            || shapes.Integers(node.InputAt(3)) is not { Count: > 0 } given)
        {
            return null;
        }

        ValueShape input = shapes.Of(node.InputAt(0));
        Dim[] sizes = [.. input.Dims ?? []];
        if (sizes.Length != layout.Rank || !Spread(node, given, sizes) || Others(layout).Any(axis => !sizes[axis].Is(input.Dims![axis]))
            || layout.Axes('S').Any(axis => sizes[axis].Size is not (> 0 and <= int.MaxValue)))
        {
            return null;
        }

        return SpatialOperation.ResizeTo(
            interpolation, alignment, layout.Axes('S').Select(axis => (int)sizes[axis].Size!.Value), coefficient);
    }

    private static IEnumerable<int> Others(Layout layout) =>
        Enumerable.Range(0, layout.Rank).Where(axis => layout.Roles[axis] != 'S');

    /// <summary>Puts what is given for all axes, or for those that the node names, in its place.</summary>
    private static bool Spread<T>(NodeProto node, IReadOnlyList<T> given, T[] all)
    {
        IReadOnlyList<long> axes = node.Ints("axes") ?? [.. Enumerable.Range(0, all.Length).Select(axis => (long)axis)];
        if (axes.Count != given.Count || ArrangementShapes.Within(axes, all.Length) is not { } places)
            return false;
        foreach ((int place, T value) in places.Zip(given))
            all[place] = value;
        return true;
    }

    private static IReadOnlyList<double>? Scales(NodeProto node, ModelGraph graph, bool old)
    {
        if (node.Find("scales") is { } attribute)
            return [.. attribute.Floats.Select(factor => (double)factor)];
        return graph.TryConstant(node.InputAt(old ? 1 : 2), out Constant? constant) && constant.Data.ElementCount > 0
            && constant.TryFloats(out double[]? numbers) && numbers.All(number => number > 0 && double.IsFinite(number))
            ? numbers
            : null;
    }

    private static InterpolationKind? Interpolation(NodeProto node, bool old) => node.Text("mode") switch
    {
        "" or "nearest" => old ? InterpolationKind.NearestBefore : node.Text("nearest_mode") switch
        {
            "" or "round_prefer_floor" => InterpolationKind.NearestFirst,
            "round_prefer_ceil" => InterpolationKind.NearestLast,
            "floor" => InterpolationKind.NearestBefore,
            "ceil" => InterpolationKind.NearestBehind,
            _ => null,
        },
        "linear" or "bilinear" => InterpolationKind.Linear,
        "cubic" => InterpolationKind.Cubic,
        _ => null,
    };

    private static AlignmentKind? Alignment(NodeProto node, bool old) =>
        old ? AlignmentKind.Origin : node.Text("coordinate_transformation_mode") switch
        {
            "" or "half_pixel" => AlignmentKind.HalfPixel,
            "pytorch_half_pixel" => AlignmentKind.HalfPixelOrFirst,
            "half_pixel_symmetric" => AlignmentKind.HalfPixelSymmetric,
            "align_corners" => AlignmentKind.Corners,
            "asymmetric" => AlignmentKind.Origin,
            _ => null,
        };
}
