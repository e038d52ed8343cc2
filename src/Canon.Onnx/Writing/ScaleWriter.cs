using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Writing;

/// <summary>Writes scales and thresholds as operators on constants.</summary>
internal sealed class ScaleWriter(Translation original, NodeEmitter emitter, NewTensors tensors)
{
    private readonly Dictionary<(string Value, Gain Gain), Value> _scaled = [];
    private readonly DataType _usual = original.Graph.Proto.Initializer
        .Select(tensor => (DataType)tensor.DataType)
        .FirstOrDefault(type => Constant.ElementTypeOf(type) is not null, DataType.Float);

    /// <summary>value ⊙ gain: the multiplication that stood there, or a new one.</summary>
    public Value Scale(Gain gain, Value value)
    {
        if (gain.IsOne)
            return value;
        if (_scaled.TryGetValue((value.Name, gain), out Value? known))
            return known;

        Value scaled;
        if (original.Scales.TryGetValue(value.Name, out ScaleOrigin? old) && !emitter.Has(old.Node))
        {
            bool changed = old.Gain != gain;
            NodeProto node = emitter.Emit(old.Node, [value], changed ? [old.Slot] : []);
            if (changed)
                Connect(node, old.Slot, old.Constant.Name, old.Constant, gain, 1, value);
            scaled = value with { Name = node.Output[0] };
        }
        else
        {
            scaled = New("Mul", $"{value.Name}_scale", $"{value.Name}_scaled", gain, 1, value);
        }

        _scaled.Add((value.Name, gain), scaled);
        return scaled;
    }

    /// <summary>min(max(value, lower · t), upper · t), one t a channel, in place of a Clip.</summary>
    /// <exception cref="ModelFileException">The model's operators are too old to broadcast.</exception>
    public Value Clip(GraphNode node, ClipLayer clip, Value value)
    {
        if (original.Graph.Opset < 8)
            throw original.Graph.Fail(
                $"{node}",
                $"bounds of its own for each channel need operators of version 8, and the model has version {original.Graph.Opset}",
                "convert the model to a newer opset");
        string output = node.Proto.Output[0];
        bool hasUpper = double.IsFinite(clip.Upper);
        if (double.IsFinite(clip.Lower))
            value = New("Max", $"{output}_min", hasUpper ? $"{output}_above" : output, clip.Thresholds, clip.Lower, value);
        if (hasUpper)
            value = New("Min", $"{output}_max", output, clip.Thresholds, clip.Upper, value);
        return value;
    }

    private Value New(string op, string constant, string output, Gain gain, double factor, Value value)
    {
        bool isOriginal = original.Graph.Producer(output) is not null && !emitter.Produces(output);
        constant = emitter.Names.Fresh(constant);
        var node = new NodeProto
        {
            OpType = op,
            Name = constant,
            Input = { value.Name, "" },
            Output = { isOriginal ? output : emitter.Names.Fresh(output) },
        };
        // Broadcasting had to be asked for before opset 7.
        if (original.Graph.Opset < 7)
        {
            node.Attribute.Add(new AttributeProto { Name = "broadcast", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
            node.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
        }

        emitter.Add(node);
        Connect(node, 1, constant, null, gain, factor, value);
        return value with { Name = node.Output[0] };
    }

    private void Connect(
        NodeProto node, int slot, string wanted, Constant? replaces, Gain gain, double factor, Value value)
    {
        ValueShape shape = original.Shapes.Of(value.Original);
        DataType type = shape.Type is { } known && Constant.ElementTypeOf(known) is not null ? known : _usual;
        tensors.UseGain(node, slot, wanted, replaces, gain, factor, shape, type);
    }
}
