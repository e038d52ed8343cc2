using System.Runtime.InteropServices;
using Canon.Onnx.Schema;
using Google.Protobuf;
using AttributeType = Canon.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>Changes of tensors.</summary>
internal static class TensorChanges
{
    /// <summary>Where external data may not be, and where there are some.</summary>
    private static readonly string[] _locations =
    [
        "weights.bin", "weights.bin", "sub/weights.bin", "inner-link.bin", "./weights.bin", "sub/../weights.bin", "../outside.bin",
        "sub/../../outside.bin", "..\\outside.bin", "/etc/hostname", "C:\\outside.bin", "//host/share", "outer-link.bin", "links/outside.bin",
        "circle", "sub", ".", "..", "", "missing.bin", "weights.bin\0", "\0", "model.onnx", "weights.bin/", "/dev/zero", "~/.profile", "CON",
        "file:///etc/hostname", "weights\n.bin",
    ];

    /// <summary>Dimensions: other ones, or others of the same number of elements.</summary>
    public static string Dimensions(ModelProto model, Draw draw)
    {
        if (One(model, draw) is not { } tensor)
            return "no tensor";
        switch (draw.Int(0, 5))
        {
            case 0:
                tensor.Dims.Insert(draw.Int(0, tensor.Dims.Count), 1);
                break;
            case 1 when tensor.Dims.Count > 1:
                (tensor.Dims[0], tensor.Dims[^1]) = (tensor.Dims[^1], tensor.Dims[0]);
                break;
            case 2 when tensor.Dims.Count > 1:
                tensor.Dims[0] *= tensor.Dims[1];
                tensor.Dims.RemoveAt(1);
                break;
            case 3:
                tensor.Dims.AddRange(Enumerable.Repeat(draw.Pick([0L, 1, 2]), draw.Pick([1, 40, 100])));
                break;
            default:
                Any(tensor, draw);
                break;
        }

        return $"dimensions of {tensor.Name}";
    }

    /// <summary>Types: data cut to what they need, so that the tensor stays sound, or left as they are.</summary>
    public static string Type(ModelProto model, Draw draw)
    {
        if (One(model, draw) is not { } tensor)
            return "no tensor";
        long count = tensor.Dims.Aggregate(1L, (product, dim) => product * dim);
        tensor.DataType = draw.ElementType();
        int size = tensor.DataType switch { 2 or 3 or 9 => 1, 10 or 16 => 2, 1 or 6 => 4, 7 or 11 or 13 => 8, _ => 0 };
        if (count * size is > 0 and < 1 << 20 && draw.Chance(0.7))
            tensor.RawData = ByteString.CopyFrom(draw.Chance(0.5) ? draw.Bytes((int)(count * size)) : new byte[count * size]);
        return $"{tensor.Name} of type {tensor.DataType}";
    }

    /// <summary>Numbers.</summary>
    public static string Numbers(ModelProto model, Draw draw)
    {
        if (One(model, draw) is not { HasRawData: true, RawData.Length: > 0 } tensor)
            return "no numbers";
        byte[] bytes = tensor.RawData.ToByteArray();
        Span<float> floats = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        int choice = draw.Int(0, 4);
        if (choice == 0)
            bytes = bytes[..draw.Int(0, bytes.Length - 1)];
        else if (choice == 1)
            bytes = draw.Bytes(bytes.Length);
        else if (choice == 2)
            Array.Clear(bytes);
        else if (floats.Length > 0 && choice == 3)
            floats.Fill(draw.Real());
        else if (floats.Length > 0)
            floats[draw.Int(0, floats.Length - 1)] = draw.Real();
        tensor.RawData = ByteString.CopyFrom(bytes);
        return $"numbers of {tensor.Name} ({choice})";
    }

    /// <summary>Where a tensor is: an initializer, an attribute of a Constant, part of a sparse one, a list of numbers.</summary>
    public static string Place(ModelProto model, Draw draw)
    {
        GraphProto graph = draw.Graph(model);
        if (graph.Initializer.Count == 0)
            return "no tensor";
        int place = draw.Int(0, graph.Initializer.Count - 1);
        TensorProto tensor = graph.Initializer[place];
        switch (draw.Int(0, 3))
        {
            case 0:
                graph.Initializer.RemoveAt(place);
                var value = new AttributeProto { Name = "value", Type = AttributeType.Tensor, T = tensor };
                graph.Node.Insert(0, new NodeProto { OpType = "Constant", Output = { tensor.Name }, Attribute = { value } });
                return $"{tensor.Name} a Constant";
            case 1:
                graph.Initializer.RemoveAt(place);
                graph.SparseInitializer.Add(new SparseTensorProto { Values = tensor, Dims = { tensor.Dims }, Indices = draw.Chance(0.5) ? tensor : null });
                return $"{tensor.Name} sparse";
            case 2:
                graph.Initializer.Add(tensor.Clone());
                return $"{tensor.Name} twice";
            default:
                tensor.FloatData.AddRange(MemoryMarshal.Cast<byte, float>(tensor.RawData.Span[..(tensor.RawData.Length & ~3)]).ToArray());
                if (draw.Chance(0.8))
                    tensor.ClearRawData();
                return $"{tensor.Name} as a list";
        }
    }

    /// <summary>External data: in the folder, outside, nowhere.</summary>
    public static string External(ModelProto model, Draw draw)
    {
        if (One(model, draw) is not { } tensor)
            return "no tensor";
        string location = draw.Pick(_locations);
        if (draw.Chance(0.8))
            tensor.ClearRawData();
        tensor.ExternalData.Clear();
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        if (draw.Chance(0.4))
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{draw.Number()}" });
        if (draw.Chance(0.4))
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = draw.Chance(0.2) ? draw.Text() : $"{draw.Number()}" });
        return $"{tensor.Name} at '{location}'";
    }

    /// <summary>A header that the data do not bear out.</summary>
    public static void Any(TensorProto tensor, Draw draw)
    {
        if (tensor.Dims.Count == 0 || draw.Chance(0.1))
            tensor.Dims.Add(draw.Number());
        else if (draw.Chance(0.1))
            tensor.Dims.RemoveAt(0);
        else if (draw.Chance(0.8))
            tensor.Dims[draw.Int(0, tensor.Dims.Count - 1)] = draw.Number();
        else
            tensor.DataType = draw.ElementType();
    }

    private static TensorProto? One(ModelProto model, Draw draw)
    {
        GraphProto graph = draw.Graph(model);
        TensorProto[] tensors =
        [
            .. graph.Initializer,
            .. graph.Node.SelectMany(node => node.Attribute).Select(attribute => attribute.T).OfType<TensorProto>(),
        ];
        return tensors.Length == 0 ? null : draw.Pick(tensors);
    }
}
