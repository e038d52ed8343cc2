using Canon.Onnx.Schema;
using Google.Protobuf;
using Google.Protobuf.Collections;
using AttributeType = Canon.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>Changes of nodes.</summary>
internal static class NodeChanges
{
    private static readonly string[] _operators =
    [
        "Relu", "LeakyRelu", "PRelu", "Tanh", "Sigmoid", "Softmax", "Clip", "Abs", "Neg", "Exp", "Identity", "Dropout", "Cast", "Add", "Sub",
        "Mul", "Div", "Sum", "Mean", "Max", "Min", "Pow", "Where", "Equal", "Concat", "Split", "Slice", "Gather", "Transpose", "Reshape",
        "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile", "Pad", "Resize", "Upsample", "DepthToSpace", "SpaceToDepth", "Conv",
        "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization",
        "RMSNormalization", "LRN", "LpNormalization", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool",
        "ReduceMean", "ReduceSum", "ReduceMax", "ReduceProd", "ArgMax", "TopK", "Shape", "Size", "Range", "ConstantOfShape", "Constant",
        "EyeLike", "OneHot", "NonZero", "LSTM", "GRU", "RNN", "If", "Loop", "Scan", "Einsum", "GatherND", "ScatterND", "Trilu", "Softplus",
        "HardSigmoid", "Elu", "Selu", "Celu", "Gelu", "Floor", "Ceil", "Round", "Mod", "QuantizeLinear", "DequantizeLinear", "Nonsense", "",
        "a\nb",
    ];

    private static readonly string[] _attributes =
    [
        "axis", "axes", "perm", "pads", "strides", "dilations", "kernel_shape", "group", "auto_pad", "ceil_mode", "count_include_pad", "mode",
        "alpha", "beta", "transA", "transB", "epsilon", "keepdims", "noop_with_empty_axes", "split", "num_outputs", "starts", "ends", "to",
        "value", "shape", "blocksize", "scales", "sizes", "allowzero", "start", "end", "num_groups", "stash_type", "bias", "size", "min", "max",
        "output_padding", "output_shape", "storage_order", "largest", "k", "training_mode", "coordinate_transformation_mode",
    ];

    private static readonly string[] _words =
    [
        "SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET", "reflect", "edge", "wrap", "constant", "nearest", "linear", "cubic", "CRD", "DCR",
        "half_pixel", "align_corners", "tf_crop_and_resize", "NONE", "tanh", "zeros",
    ];

    /// <summary>Attributes.</summary>
    public static string Attribute(ModelProto model, Draw draw)
    {
        if (Any(model, draw) is not { } node)
            return "no node";
        if (node.Attribute.Count == 0 || draw.Chance(0.25))
        {
            AttributeProto added = New(draw.Pick(_attributes), draw);
            node.Attribute.Add(added);
            return $"{node.OpType} gets {added.Name}";
        }

        AttributeProto attribute = draw.Pick(node.Attribute);
        string what = $"{node.OpType}.{attribute.Name}";
        switch (draw.Int(0, 9))
        {
            case 0:
                node.Attribute.Remove(attribute);
                return $"no {what}";
            case 1:
                node.Attribute.Add(attribute.Clone());
                return $"{what} twice";
            case 2:
                attribute.Name = draw.Pick(_attributes);
                return $"{what} is {attribute.Name}";
            case 3:
                attribute.Type = draw.Pick<AttributeType>([.. Enum.GetValues<AttributeType>()]);
                return $"{what} of another type";
            default:
                Change(attribute, draw);
                return what;
        }
    }

    /// <summary>Operators and domains.</summary>
    public static string Operator(ModelProto model, Draw draw)
    {
        if (Any(model, draw) is not { } node)
            return "no node";
        string old = node.OpType;
        if (draw.Chance(0.1))
            node.Domain = draw.Pick(["ai.onnx", "com.microsoft", "x y", "ai.onnx.ml"]);
        else
            node.OpType = draw.Pick(_operators);
        return $"{old} is {node.Domain} {node.OpType}";
    }

    /// <summary>What nodes read: cycles too.</summary>
    public static string Input(ModelProto model, Draw draw) => Names(model, draw, node => node.Input, "inputs");

    /// <summary>What nodes make.</summary>
    public static string Output(ModelProto model, Draw draw) => Names(model, draw, node => node.Output, "outputs");

    /// <summary>Nodes dropped, doubled, or in another order.</summary>
    public static string Order(ModelProto model, Draw draw)
    {
        RepeatedField<NodeProto> nodes = draw.Graph(model).Node;
        if (nodes.Count == 0)
            return "no node";
        int place = draw.Int(0, nodes.Count - 1);
        NodeProto node = nodes[place];
        if (!draw.Chance(0.3))
            nodes.RemoveAt(place);
        if (draw.Chance(0.6))
            nodes.Insert(draw.Int(0, nodes.Count), node.Clone());
        return $"{node.OpType} elsewhere or not";
    }

    private static NodeProto? Any(ModelProto model, Draw draw) =>
        draw.Graph(model) is { Node.Count: > 0 } graph ? draw.Pick(graph.Node) : null;

    private static string Names(ModelProto model, Draw draw, Func<NodeProto, RepeatedField<string>> names, string what)
    {
        GraphProto graph = draw.Graph(model);
        if (graph.Node.Count == 0)
            return "no node";
        NodeProto node = draw.Pick(graph.Node);
        Change(names(node), graph, draw);
        return $"{what} of {node.OpType}";
    }

    private static void Change(RepeatedField<string> names, GraphProto graph, Draw draw)
    {
        int place = names.Count == 0 ? 0 : draw.Int(0, names.Count - 1);
        switch (draw.Int(0, 4))
        {
            case 0 when names.Count > 0:
                names.RemoveAt(place);
                break;
            case 1:
                names.Insert(place, draw.Value(graph));
                break;
            case 2 when names.Count > 0:
                names[place] = "";
                break;
            case 3 when names.Count > 0:
                names.Add(names[place]);
                break;
            default:
                if (names.Count > 0)
                    names[place] = draw.Value(graph);
                break;
        }
    }

    private static AttributeProto New(string name, Draw draw) => draw.Int(0, 3) switch
    {
        0 => new AttributeProto { Name = name, Type = AttributeType.Float, F = draw.Real() },
        1 => new AttributeProto { Name = name, Type = AttributeType.Int, I = draw.Number() },
        2 => new AttributeProto { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(draw.Pick(_words)) },
        _ => new AttributeProto { Name = name, Type = AttributeType.Ints, Ints = { Enumerable.Range(0, draw.Int(0, 6)).Select(_ => draw.Number()) } },
    };

    private static void Change(AttributeProto attribute, Draw draw)
    {
        if (attribute.HasI)
            attribute.I = draw.Number();
        if (attribute.HasF)
            attribute.F = draw.Real();
        if (attribute.HasS)
            attribute.S = draw.Chance(0.2) ? ByteString.CopyFrom(draw.Bytes(6)) : ByteString.CopyFromUtf8(draw.Pick(_words));
        for (int i = 0; i < attribute.Floats.Count; i++)
            attribute.Floats[i] = draw.Chance(0.3) ? draw.Real() : attribute.Floats[i];
        if (attribute.Ints.Count > 0)
        {
            switch (draw.Int(0, 4))
            {
                case 0:
                    attribute.Ints.RemoveAt(attribute.Ints.Count - 1);
                    break;
                case 1:
                    attribute.Ints.AddRange(Enumerable.Repeat(draw.Number(), draw.Pick([1, 2, 100, 3000])));
                    break;
                default:
                    attribute.Ints[draw.Int(0, attribute.Ints.Count - 1)] = draw.Number();
                    break;
            }
        }

        if (attribute.T is { } tensor)
            TensorChanges.Any(tensor, draw);
    }
}
