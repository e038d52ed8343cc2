using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>Selections among the elements of small tensors.</summary>
internal static class SmallSelections
{
    /// <summary>The elements at some places; null where one lies outside.</summary>
    public static SmallTensor? Gather(SmallTensor input, SmallTensor indices)
    {
        int count = input.Entries.Count;
        var entries = new List<Entry>();
        foreach (Dim index in indices.Entries.Select(entry => entry.Whole))
        {
            if (index.Size < -count || index.Size >= count)
                return null;
            entries.Add(index.Size is { } place ? input.Entries[(int)(place < 0 ? place + count : place)] : default);
        }

        return input with { Entries = entries };
    }

    /// <summary>One of the parts of a Split; null where the sizes of the parts are not known.</summary>
    public static SmallTensor? Part(NodeProto node, int output, Shapes shapes)
    {
        if (shapes.Small(node.InputAt(0)) is not { } input
            || SelectionShapes.Parts(node, Dim.Of(input.Entries.Count), shapes) is not { } parts || parts.Any(part => !part.IsKnown))
        {
            return null;
        }

        long from = parts.Take(output).Aggregate(Dim.Of(0), (sum, part) => sum.Plus(part)).Size ?? long.MaxValue;
        return from <= input.Entries.Count && parts[output].Size <= input.Entries.Count - from
            ? input with { Entries = [.. input.Entries.Skip((int)from).Take((int)parts[output].Size!.Value)] }
            : null;
    }

    /// <summary>For each place an element of one or the other; null where the three do not fit.</summary>
    public static SmallTensor? Where(SmallTensor condition, SmallTensor yes, SmallTensor no)
    {
        if (Lengths(condition, yes) is not { } some || Lengths(condition, no) is not { } others)
            return null;
        int count = condition.Entries.Count == 1 && Lengths(yes, no) is { } both ? both : Math.Max(some, others);
        if (some != count && some != 1 || others != count && others != 1)
            return null;
        return yes with
        {
            Entries = [.. Enumerable.Range(0, count).Select(i => At(condition, i).Whole.Size switch
            {
                null => At(yes, i) == At(no, i) ? At(yes, i) : default,
                0 => At(no, i),
                _ => At(yes, i),
            })],
        };
    }

    /// <summary>The element at a place of a broadcast.</summary>
    public static Entry At(SmallTensor tensor, int i) => tensor.Entries[tensor.Entries.Count == 1 ? 0 : i];

    /// <summary>How many elements two tensors have when broadcast; null where they do not fit.</summary>
    public static int? Lengths(SmallTensor a, SmallTensor b) =>
        a.Entries.Count == b.Entries.Count || b.Entries.Count == 1 ? a.Entries.Count
        : a.Entries.Count == 1 ? b.Entries.Count
        : null;
}
