using Canon.Onnx.Files;
using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Writing;

/// <summary>Writes operators on constants, one a channel: factors, shifts, bounds.</summary>
internal sealed class ScaleWriter(Translation original, NodeEmitter emitter, NewTensors tensors)
{
    private readonly Dictionary<(string Value, Gain Gain), Value> _scaled = [];
    private readonly DataType _usual = original.Graph.Proto.Initializer
        .Select(tensor => (DataType)tensor.DataType)
        .FirstOrDefault(RealNumbers.Are, DataType.Float);

    /// <summary>value ⊙ gain: the multiplication that stood there, or a new one.</summary>
    public Value Scale(Gain gain, Value value)
    {
        if (gain.IsOne)
            return value;
        if (_scaled.TryGetValue((value.Name, gain), out Value? known))
            return value with { Name = known.Name };

        Value scaled;
        List<ScaleOrigin> free = [.. original.ScalesOf(value.Original).Where(scale => !emitter.Has(scale.Node))];
        if ((free.Find(scale => scale.Gain == gain) ?? free.FirstOrDefault()) is { } old)
        {
            bool changed = old.Gain != gain;
            var inputs = new Dictionary<int, string> { [1 - old.Slot] = value.Name };
            if (changed)
                inputs.Add(old.Slot, "");
            NodeProto node = emitter.Emit(old.Node, inputs);
            if (changed)
                Connect(node, old.Slot, gain, old.Constant.Name, old.Constant, value, () => tensors.Numbers.Gain(gain));
            scaled = value with { Name = node.Output[0] };
        }
        else
        {
            scaled = New("Mul", $"{value.Name}_scale", emitter.Names.Fresh($"{value.Name}_scaled"), gain, value, () => tensors.Numbers.Gain(gain), gain.Layers);
        }

        _scaled.Add((value.Name, gain), scaled);
        return scaled;
    }

    /// <summary>
    /// min(max(value, lower · t), upper · t), one t a channel, in place of a Clip: one with other bounds where all channels have the same t.
    /// </summary>
    /// <exception cref="ModelFileException">The model's operators are too old to broadcast.</exception>
    public Value Clip(GraphNode node, ClipLayer clip, Value value)
    {
        if (node.Proto.OpType == "Clip" && tensors.Numbers.Gain(clip.Thresholds) is [> 0 and var one, ..] all && all.All(entry => entry == one))
            return Uniform(node, clip, one, value);
        if (original.Graph.Opset < 8)
            throw original.Graph.Fail(
                $"{node}",
                $"bounds of its own for each channel need operators of version 8, and the model has version {original.Graph.Opset}",
                "convert the model to a newer opset");
        if (node.Proto.OpType is "Max" or "Min")
            return OneSided(node, clip, value);
        if (node.Proto.OpType == "Clip" && clip.Lower == 0 && double.IsFinite(clip.Upper))
            return AboveZero(node, clip, value);
        string output = node.Proto.Output[0];
        if (!emitter.Claim(node))
            output = emitter.Names.Fresh(output);
        value = value with { Original = node.Proto.Output[0], Layout = original.LayoutOf(node.Proto.Output[0]) };
        bool hasUpper = double.IsFinite(clip.Upper);
        if (double.IsFinite(clip.Lower))
            value = New("Max", $"{output}_min", hasUpper ? emitter.Names.Fresh($"{output}_above") : output, (clip.Thresholds, clip.Lower), value, Bounds(clip, clip.Lower), clip.Thresholds.Layers);
        return hasUpper ? New("Min", $"{output}_max", output, (clip.Thresholds, clip.Upper), value, Bounds(clip, clip.Upper), clip.Thresholds.Layers) : value;
    }

    /// <summary>
    /// The Clip that stood there without its upper bound, and a Min behind it. 0 is a bound of all channels whatever their thresholds, and
    /// engines do not agree on the sign that a Max gives to 0.
    /// </summary>
    private Value AboveZero(GraphNode node, ClipLayer clip, Value value)
    {
        var inputs = new Dictionary<int, string> { [0] = value.Name };
        if (original.Graph.Opset >= 11)
            inputs.Add(2, "");
        NodeProto written = emitter.Emit(node, inputs);
        if (written.Find("max") is { } upper)
            written.Attribute.Remove(upper);
        var above = Value.Of(written, node, original);
        return New(
            "Min",
            $"{above.Name}_max",
            emitter.Names.Fresh($"{above.Name}_below"),
            (clip.Thresholds, clip.Upper),
            above,
            Bounds(clip, clip.Upper),
            clip.Thresholds.Layers);
    }

    private Value Uniform(GraphNode node, ClipLayer clip, double threshold, Value value)
    {
        bool hasInputs = original.Graph.Opset >= 11;
        var inputs = new Dictionary<int, string> { [0] = value.Name };
        var bounds = new[] { (Slot: 1, Attribute: "min", Bound: clip.Lower), (Slot: 2, Attribute: "max", Bound: clip.Upper) }
            .Where(bound => double.IsFinite(bound.Bound)).ToList();
        foreach (var bound in bounds.Where(_ => hasInputs))
            inputs.Add(bound.Slot, "");
        NodeProto written = emitter.Emit(node, inputs);
        var output = Value.Of(written, node, original);
        foreach ((int slot, string attribute, double bound) in bounds)
        {
            double scaled = bound * threshold;
            if (!hasInputs)
                written.Find(attribute)!.F = (float)scaled;
            else
                tensors.Use(written, slot, scaled, $"{written.Output[0]}_{attribute}", null, TypeOf(output), [], () => [scaled]);
        }

        return output;
    }

    /// <summary>The Max or Min that stood there, with other constants.</summary>
    private Value OneSided(GraphNode node, ClipLayer clip, Value value)
    {
        double bound = node.Proto.OpType == "Max" ? clip.Lower : clip.Upper;
        NodeProto written = emitter.Emit(node, new Dictionary<int, string> { [0] = value.Name, [1] = "" });
        var output = Value.Of(written, node, original);
        Constant? constant = original.Graph.TryConstant(node.Proto.InputAt(1), out Constant? known) ? known : null;
        Connect(written, 1, (clip.Thresholds, bound), constant?.Name ?? $"{output.Name}_bound", constant, output, Bounds(clip, bound));
        return output;
    }

    /// <summary>A bound times the thresholds, one a channel.</summary>
    private Func<IReadOnlyList<double>> Bounds(ClipLayer clip, double bound) =>
        () => [.. tensors.Numbers.Gain(clip.Thresholds).Select(entry => bound * entry)];

    /// <summary>A new node of a value and constants, one a channel.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="constant">What the constants are called.</param>
    /// <param name="output">What the result is called; must be free.</param>
    /// <param name="meaning">What the constants are: the same for the same numbers.</param>
    /// <param name="value">The value.</param>
    /// <param name="entries">The constants.</param>
    /// <param name="layers">The layers whose scales it is for, by their weights.</param>
    public Value New(
        string op,
        string constant,
        string output,
        object meaning,
        Value value,
        Func<IReadOnlyList<double>> entries,
        params IReadOnlyList<string> layers)
    {
        var node = new NodeProto { OpType = op, Name = emitter.Names.Fresh($"{constant}_{op.ToLowerInvariant()}"), Input = { value.Name, "" }, Output = { output } };
        // Broadcasting had to be asked for before opset 7.
        if (original.Graph.Opset < 7)
        {
            node.AddInt("broadcast", 1);
            node.AddInt("axis", value.Layout?.Roles.IndexOf('C') ?? 1);
        }

        emitter.Add(node, layers);
        Connect(node, 1, meaning, constant, null, value, entries);
        return value with { Name = output };
    }

    /// <summary>Puts constants, one a channel of a value, into a node.</summary>
    public void Connect(
        NodeProto node, int slot, object meaning, string wanted, Constant? replaces, Value value, Func<IReadOnlyList<double>> entries)
    {
        ValueShape shape = original.Shapes.Of(value.Original);
        tensors.Use(node, slot, (meaning, value.Layout, shape), wanted, replaces, TypeOf(value), count => Dims(value.Layout, shape, count), entries);
    }

    private DataType TypeOf(Value value) =>
        original.Shapes.Of(value.Original).Type is { } known && RealNumbers.Are(known) ? known : _usual;

    /// <summary>Dimensions that line channels up with those of a value, from the first axis of channels on.</summary>
    private IReadOnlyList<long> Dims(Layout? layout, ValueShape shape, int count)
    {
        if (layout is null)
            return [count];
        if (layout.Axes('C').ToList() is not { Count: > 0 } channels)
            return [];
        long Size(int axis) => layout.Roles[axis] != 'C' ? 1 : channels.Count == 1 ? count : shape.CountOf(axis)!.Value;
        // Before opset 7 an axis was named instead.
        int end = original.Graph.Opset < 7 ? channels[^1] + 1 : layout.Rank;
        return [.. Enumerable.Range(channels[0], end - channels[0]).Select(Size)];
    }
}
