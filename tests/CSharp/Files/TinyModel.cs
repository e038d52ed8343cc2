using System.Runtime.InteropServices;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using Google.Protobuf;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Files;

/// <summary>Models of a few hundred bytes, with weights in every place a tensor can have them.</summary>
internal static class TinyModel
{
    public static readonly float[] Weights = [1f, -2f, 0.5f, float.NaN, -0f, 6f];

    public static TensorProto Raw(string name, params float[] values) => new()
    {
        Name = name,
        DataType = (int)DataType.Float,
        Dims = { values.Length },
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)),
    };

    public static TensorProto External(string name, string location, int count) => new()
    {
        Name = name,
        DataType = (int)DataType.Float,
        Dims = { count },
        DataLocation = TensorProto.Types.DataLocation.External,
        ExternalData = { new StringStringEntryProto { Key = "location", Value = location } },
    };

    /// <summary>One node that uses the given initializers.</summary>
    public static ModelProto With(params TensorProto[] initializers) => new()
    {
        IrVersion = 8,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } },
        Graph = new GraphProto
        {
            Name = "g",
            Node = { new NodeProto { Name = "n", OpType = "Gemm", Input = { "x" }, Output = { "y" } } },
            Input = { Vector("x") },
            Output = { Vector("y") },
            Initializer = { initializers },
        },
    };

    /// <summary>A model with an initializer, a typed one, a Constant, a nested If, a sparse tensor and metadata.</summary>
    public static ModelProto Full()
    {
        TensorProto typed = new() { Name = "t", DataType = (int)DataType.Float, Dims = { 2 }, FloatData = { 1f, 2f } };
        ModelProto model = With(Raw("w", Weights), typed);
        model.DocString = "ein Modell für Tests";
        model.ModelVersion = 0;
        model.MetadataProps.Add(new StringStringEntryProto { Key = "k", Value = "v" });
        model.Graph.SparseInitializer.Add(new SparseTensorProto { Values = Raw("s", 3f), Dims = { 5 } });
        model.Graph.Node.Add(new NodeProto
        {
            OpType = "Constant",
            Output = { "c" },
            Attribute =
            {
                new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = Raw("", 7f) },
            },
        });
        model.Graph.Node.Add(new NodeProto
        {
            OpType = "If",
            Attribute =
            {
                new AttributeProto
                {
                    Name = "then_branch",
                    Type = AttributeProto.Types.AttributeType.Graph,
                    G = new GraphProto { Name = "inner", Initializer = { Raw("i", 8f, 9f) } },
                },
            },
        });
        return model;
    }

    public static float[] Floats(this ModelFile file, TensorProto tensor)
    {
        TensorData data = file.Data(tensor);
        return MemoryMarshal.Cast<byte, float>(data.Bytes.Read(0, (int)data.ByteLength)).ToArray();
    }

    private static ValueInfoProto Vector(string name) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = 1,
                Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } },
            },
        },
    };
}
