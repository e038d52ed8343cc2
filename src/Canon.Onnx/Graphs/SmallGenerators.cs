using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>Small tensors made of few numbers.</summary>
internal static class SmallGenerators
{
    /// <summary>What a ConstantOfShape makes.</summary>
    public static SmallTensor? Filled(NodeProto node, SmallTensor? shape, Shapes shapes)
    {
        if (shape?.Entries is not ([] or [{ Whole.Size: >= 0 and <= SmallTensor.MostEntries }]))
            return null;
        int count = shape.Entries is [var length] ? (int)length.Whole.Size!.Value : 1;
        if (node.Find("value")?.T is not { } value)
            return new SmallTensor([.. Enumerable.Repeat(Entry.Of(0.0), count)], true);
        return TensorLayout.Bits((DataType)value.DataType) >= 8
            && SmallTensor.Of(new Constant("", "", value, shapes.Graph.File.Data(value))) is { Entries: [var one] } filling
            ? Repeated(filling with { Entries = [one] }, count)
            : null;
    }

    /// <summary>What a Range of integers makes.</summary>
    public static SmallTensor? Range(SmallTensor? start, SmallTensor? limit, SmallTensor? step)
    {
        if (start?.Entries is not [{ Whole.Size: { } first, Real: null }] || limit?.Entries is not [{ Whole.Size: { } end }]
            || step?.Entries is not [{ Whole.Size: { } each }] || each == 0)
        {
            return null;
        }

        var entries = new List<Entry>();
        for (Int128 number = first; each > 0 ? number < end : number > end; number += each)
        {
            if (entries.Count == SmallTensor.MostEntries)
                return null;
            entries.Add(Entry.Of(Dim.Of((long)number)));
        }

        return new SmallTensor(entries, false);
    }

    /// <summary>One element, so often.</summary>
    public static SmallTensor? Repeated(SmallTensor input, int count) =>
        input.Entries.Count == count || count == 1 ? input
        : input.Entries is [var entry] ? input with { Entries = [.. Enumerable.Repeat(entry, count)] }
        : null;
}
