using System.Runtime.InteropServices;
using Canon.Onnx;
using Canon.Onnx.Schema;
using Canon.Tests.Files;
using Google.Protobuf;
using AttributeType = Canon.Onnx.Schema.AttributeProto.Types.AttributeType;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Onnx;

/// <summary>Builds a small model, one line a part.</summary>
internal sealed class ModelBuilder
{
    public ModelBuilder(long opset = 17) => Model = new ModelProto
    {
        IrVersion = 8,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
        Graph = new GraphProto { Name = "g" },
    };

    public ModelProto Model { get; }

    /// <summary>Sizes of 0 are left open.</summary>
    public ModelBuilder Input(string name, params long[] dims)
    {
        Model.Graph.Input.Add(Info(name, dims));
        return this;
    }

    public ModelBuilder Output(string name, params long[] dims)
    {
        Model.Graph.Output.Add(Info(name, dims));
        return this;
    }

    public ModelBuilder Floats(string name, long[] dims, params float[] values) => Tensor(new TensorProto
    {
        Name = name,
        DataType = (int)DataType.Float,
        Dims = { dims },
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)),
    });

    /// <summary>A matrix or vector of small numbers that are neither zero nor alike.</summary>
    public ModelBuilder Weight(string name, params long[] dims)
    {
        int count = (int)dims.Aggregate(1L, (product, dim) => product * dim);
        return Floats(name, dims, [.. Enumerable.Range(0, count).Select(i => ((i * 7 + name.Length) % 11 - 5.5f) / 4)]);
    }

    public ModelBuilder Integers(string name, params long[] values) => Tensor(new TensorProto
    {
        Name = name, DataType = (int)DataType.Int64, Dims = { values.Length }, Int64Data = { values },
    });

    public ModelBuilder Tensor(TensorProto tensor)
    {
        Model.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>Attributes are numbers, whole numbers, texts, lists of them, tensors or graphs.</summary>
    public ModelBuilder Node(string op, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        Model.Graph.Node.Add(NewNode(op, inputs, outputs, attributes));
        return this;
    }

    public ModelBuilder Named(string name)
    {
        Model.Graph.Node[^1].Name = name;
        return this;
    }

    public static NodeProto NewNode(string op, string inputs, string outputs, params (string Name, object Value)[] attributes) => new()
    {
        OpType = op,
        Input = { Split(inputs) },
        Output = { Split(outputs) },
        Attribute = { attributes.Select(attribute => Attribute(attribute.Name, attribute.Value)) },
    };

    public OnnxModel Open(TemporaryFolder folder, string name = "model.onnx") =>
        OnnxModel.Open(folder.Put(name, Model.ToByteArray()));

    /// <summary>The term of a model with one input x of 4 channels and one output y.</summary>
    public static string Text(TemporaryFolder folder, Func<ModelBuilder, ModelBuilder> parts, long opset = 17, params long[] input)
    {
        using OnnxModel model = parts(new ModelBuilder(opset).Input("x", input.Length > 0 ? input : [0, 4])).Output("y").Open(folder);
        return model.Network.ToString();
    }

    // "-" stands for an input that is left out.
    private static IEnumerable<string> Split(string names) =>
        names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => name == "-" ? "" : name);

    private static ValueInfoProto Info(string name, long[] dims)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float };
        if (dims.Length > 0)
            tensor.Shape = new TensorShapeProto();
        tensor.Shape?.Dim.AddRange(dims.Select(dim => dim == 0
            ? new TensorShapeProto.Types.Dimension { DimParam = "n" }
            : new TensorShapeProto.Types.Dimension { DimValue = dim }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static AttributeProto Attribute(string name, object value) => value switch
    {
        float number => new AttributeProto { Name = name, Type = AttributeType.Float, F = number },
        int number => new AttributeProto { Name = name, Type = AttributeType.Int, I = number },
        string text => new AttributeProto { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(text) },
        long[] numbers => new AttributeProto { Name = name, Type = AttributeType.Ints, Ints = { numbers } },
        float[] numbers => new AttributeProto { Name = name, Type = AttributeType.Floats, Floats = { numbers } },
        TensorProto tensor => new AttributeProto { Name = name, Type = AttributeType.Tensor, T = tensor },
        GraphProto graph => new AttributeProto { Name = name, Type = AttributeType.Graph, G = graph },
        _ => throw new ArgumentException($"no attribute holds a {value.GetType()}", nameof(value)),
    };
}
