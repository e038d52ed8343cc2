using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>The elements that operators compute of the elements of small tensors and of shapes.</summary>
internal static class SmallTensorRules
{
    /// <summary>The elements of an output; null where nothing is known of them.</summary>
    public static SmallTensor? OutputOf(NodeProto node, int output, Shapes shapes)
    {
        string name = node.Output[output];
        bool flat = node.Input.All(input => shapes.Of(input).Rank is null or < 2 || shapes.Small(input) is null);
        SmallTensor? tensor = node.OpType == "Split" && flat ? SmallSelections.Part(node, output, shapes)
            : output > 0 ? null
            : flat || node.OpType is "Shape" or "Size" or "Identity" or "Reshape" or "Flatten" or "Squeeze" or "Cast" ? First(node, shapes)
            : SmallMatrices.OutputOf(node, shapes);
        // Shapes and elements are found on ways of their own, and have to agree.
        return tensor is { Entries.Count: <= SmallTensor.MostEntries } && shapes.Of(name).Dims is { } dims
            && (dims is [{ IsKnown: false }] || ArrangementShapes.Product(dims).Size == tensor.Entries.Count) ? tensor : null;
    }

    private static SmallTensor? First(NodeProto node, Shapes shapes)
    {
        SmallTensor? Input(int slot) => shapes.Small(node.InputAt(slot));
        SmallTensor? input = Input(0);
        switch (node.OpType)
        {
            case "Shape":
                ValueShape shape = shapes.Of(node.InputAt(0));
                return GeneratorShapes.ShapeRange(node, shape) is not var (start, count) ? null
                    : Whole(shape.Dims!.Skip(start).Take(count));
            case "Size":
                return shapes.Of(node.InputAt(0)).Dims is { } dims ? Whole([ArrangementShapes.Product(dims)]) : null;
            case "Identity" or "Squeeze" or "Unsqueeze" or "Reshape" or "Flatten":
                return input;
            case "Cast":
                return input is null ? null : Cast(input, (DataType)node.Int("to", 0));
            case "Floor" or "Ceil" or "Neg" or "Abs" or "Round":
                return input is null ? null : input with
                {
                    Entries = [.. input.Entries.Select(entry => SmallNumbers.Unary(node.OpType, entry))],
                };
            case "Concat":
                List<SmallTensor?> parts = [.. node.Input.Select(shapes.Small)];
                return parts.TrueForAll(part => part is not null) && parts.Count > 0
                    ? parts[0]! with { Entries = [.. parts.SelectMany(part => part!.Entries)] }
                    : Partial(node, shapes);
            case "Gather":
                return input is not null && Input(1) is { } indices ? SmallSelections.Gather(input, indices) : null;
            case "Slice":
                return input is not null && Slices.Of(node, 1, shapes) is [var slice]
                    && Slices.Selected(input.Entries.Count, slice) is { } selected
                    ? input with { Entries = Slices.Take(input.Entries, selected, slice.Step.Size!.Value) }
                    : null;
            case "Add" or "Sub" or "Mul" or "Div" or "Mod" or "Min" or "Max" or "Equal":
                return Binary(node, shapes);
            case "Where":
                return Input(1) is { } yes && Input(2) is { } no && input is not null ? SmallSelections.Where(input, yes, no) : null;
            case "Expand":
                return input is not null && Input(1) is { Entries: var target }
                    && target is [] or [{ Whole.Size: >= 0 and <= SmallTensor.MostEntries }]
                    ? SmallGenerators.Repeated(input, target is [] ? 1 : (int)target[0].Whole.Size!.Value)
                    : null;
            case "ConstantOfShape":
                return SmallGenerators.Filled(node, input, shapes);
            case "Range":
                return SmallGenerators.Range(input, Input(1), Input(2));
            case "ReduceProd" or "ReduceSum" or "ReduceMin" or "ReduceMax":
                return input is null || input.Entries.Count == 0 ? null : input with
                {
                    Entries = [input.Entries.Aggregate((all, next) => SmallNumbers.Binary(node.OpType[6..], all, next, false))],
                };
            default:
                return null;
        }
    }

    private static SmallTensor Whole(IEnumerable<Dim> dims) => new([.. dims.Select(Entry.Of)], false);

    private static SmallTensor Cast(SmallTensor input, DataType type)
    {
        bool real = RealNumbers.Are(type);
        return new SmallTensor([.. input.Entries.Select(entry => SmallNumbers.Cast(entry, input.IsReal, type))], real);
    }

    /// <summary>A list of which some parts are not known, but how long each is.</summary>
    private static SmallTensor? Partial(NodeProto node, Shapes shapes)
    {
        var entries = new List<Entry>();
        foreach (string part in node.Input)
        {
            if (shapes.Small(part) is { } known)
                entries.AddRange(known.Entries);
            else if (shapes.Of(part) is { Rank: 1 } shape && shape.SizeOf(0) is { } count and <= SmallTensor.MostEntries)
                entries.AddRange(Enumerable.Repeat(default(Entry), (int)count));
            else
                return null;
        }

        return shapes.Of(node.Output[0]).Type is { } type ? new SmallTensor(entries, RealNumbers.Are(type)) : null;
    }

    private static SmallTensor? Binary(NodeProto node, Shapes shapes)
    {
        SmallTensor? result = shapes.Small(node.InputAt(0));
        bool single = result?.IsReal == true && shapes.Of(node.InputAt(0)).Type != DataType.Double;
        foreach (string name in node.Input.Skip(1))
        {
            if (result is null || shapes.Small(name) is not { } next || SmallSelections.Lengths(result, next) is not { } count)
                return null;
            SmallTensor first = result;
            result = first with
            {
                Entries =
                [
                    .. Enumerable.Range(0, count).Select(i => SmallNumbers.Binary(
                        node.OpType, SmallSelections.At(first, i), SmallSelections.At(next, i), single)),
                ],
            };
        }

        return node.OpType == "Equal" && result is not null ? result with { IsReal = false } : result;
    }
}
