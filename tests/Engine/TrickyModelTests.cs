using Canon.Onnx.Schema;
using Canon.Tests.Files;
using Canon.Tests.Onnx;
using Google.Protobuf;

namespace Canon.Tests.Engine;

/// <summary>Small models, each with something that is easily read or written wrongly, computed by ONNX Runtime.</summary>
[Collection(EngineCollection.Name)]
public sealed class TrickyModelTests(OnnxRuntime engine)
{
    private static readonly float[] _withDeadUnit = [1, 0, 2, 3, 2, 0, -1, 1, 1, 0, 1, -2];

    private static readonly Dictionary<string, Func<ModelBuilder>> _models = new()
    {
        ["two scales of one value, each transposed"] = () => new ModelBuilder().Input("x", 0, 4, 4).Floats("a", [4, 1], 1, 2, 3, 4)
            .Floats("b", [4, 1], 5, 1, 2, 7).Weight("w", 4, 4).Node("MatMul", "x w", "h").Node("Transpose", "h", "t", ("perm", new long[] { 0, 2, 1 }))
            .Node("Mul", "t a", "m").Node("Mul", "t b", "n").Node("Relu", "m", "r").Node("Sigmoid", "n", "s").Node("Sub", "r s", "y").Output("y"),
        ["three scales of the input"] = () => new ModelBuilder().Input("x", 0, 4).Floats("a", [4], 1, 2, 3, 4).Floats("b", [4], 5, 1, 2, 7)
            .Floats("c", [4], 0, 1, 2, 7).Weight("w", 4, 4).Weight("v", 4, 4).Weight("u", 4, 4).Node("Mul", "x a", "p").Node("Mul", "x b", "q")
            .Node("Mul", "x c", "r").Node("Relu", "x", "z").Node("MatMul", "z w", "d").Node("MatMul", "q v", "e").Node("MatMul", "r u", "f")
            .Node("Sum", "d e f p", "y").Output("y"),
        ["a size that is used as a number"] = () => new ModelBuilder().Input("x", 0, 3).Floats("w", [3, 4], _withDeadUnit).Weight("v", 4, 2)
            .Integers("one", 1).Node("MatMul", "x w", "p").Node("Relu", "p", "h").Node("MatMul", "h v", "q").Node("Shape", "h", "s")
            .Node("Gather", "s one", "n").Node("Cast", "n", "f", ("to", 1)).Node("Mul", "q f", "y").Output("y"),
        ["a shape that another value is given"] = () => new ModelBuilder().Input("x", 0, 3).Floats("w", [3, 4], _withDeadUnit).Weight("v", 4, 2)
            .Weight("u", 3, 4).Weight("t", 4, 2).Node("MatMul", "x w", "p").Node("Relu", "p", "h").Node("MatMul", "h v", "q").Node("Shape", "h", "s")
            .Node("MatMul", "x u", "k").Node("Reshape", "k s", "l").Node("MatMul", "l t", "m").Node("Add", "q m", "y").Output("y"),
        ["a squeeze of all axes of size 1"] = () => new ModelBuilder().Input("x", 2, 3, 1, 1).Weight("v", 4, 2)
            .Floats("k", [4, 3, 1, 1], 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            .Node("Conv", "x k", "a").Node("Relu", "a", "b").Node("Squeeze", "b", "e").Node("MatMul", "e v", "y").Output("y"),
        ["units that differ where little comes in"] = () => new ModelBuilder().Input("x", 0, 2).Floats("d", [2, 2], 1, 0, 0, 1e7f)
            .Floats("w", [2, 2], 1, 1, 1e-7f, -1e-7f).Weight("v", 2, 2).Node("MatMul", "x d", "a").Node("Softplus", "a", "b")
            .Node("MatMul", "b w", "c").Node("Relu", "c", "e").Node("MatMul", "e v", "y").Output("y"),
        ["a weight of half the size, cast, that is an input as well"] = CastInput,
        ["a square by an exponent of more axes"] = () => new ModelBuilder().Input("x", 0, 4).Floats("e", [1, 1, 1], 2).Weight("w", 4, 4)
            .Node("MatMul", "x w", "p").Node("Pow", "p e", "q").Node("Transpose", "q", "y", ("perm", new long[] { 2, 0, 1 })).Output("y"),
        ["a node that is called as a part of another"] = () => new ModelBuilder().Input("x", 0, 4).Node("Split", "x", "a b", ("axis", 1)).Named("s")
            .Node("Relu", "b", "r").Named("s:1").Node("Add", "a r", "y").Output("y"),
        ["a node that is called as the scale of a norm"] = () => new ModelBuilder().Input("x", 0, 4).Weight("g", 4).Weight("b", 4).Weight("w", 4, 4)
            .Node("LayerNormalization", "x g b", "n").Named("ln").Node("MatMul", "n w", "r").Named("ln scale").Node("Relu", "r", "y").Output("y"),
        ["a name within a branch that a new node would have"] = NameInBranch,
        ["factors between a barrier and a layer that keeps its scale"] = () => new ModelBuilder().Input("x", 0, 4).Floats("c", [4], 1.1f, 2.3f, 3.7f, 4.9f)
            .Weight("w", 4, 4).Weight("a", 4, 4).Node("Relu", "x", "r").Node("Mul", "r c", "m").Node("MatMul", "m w", "p").Node("Sigmoid", "p", "s")
            .Node("Mul", "p s", "y").Output("y"),
        ["one value read twice by one node"] = () => new ModelBuilder().Input("x", 0, 4).Weight("w", 4, 4).Node("MatMul", "x w", "p").Node("Add", "p p", "a")
            .Node("Mul", "a a", "b").Node("Sub", "b a", "c").Node("Sub", "c c", "d").Node("Concat", "c c d", "y", ("axis", 1)).Output("y"),
        ["outputs that are read within"] = () => new ModelBuilder().Input("x", 0, 4).Weight("w", 4, 4).Weight("v", 4, 4).Integers("t", 0, 2, 2)
            .Node("MatMul", "x w", "a").Node("Relu", "a", "b").Node("MatMul", "b v", "c").Node("Reshape", "c t", "d").Node("Relu", "d", "e")
            .Output("a").Output("b").Output("c").Output("d").Output("e"),
    };

    public static TheoryData<string> Names => [.. _models.Keys];

    [EngineTheory]
    [MemberData(nameof(Names))]
    public void The_engine_computes_the_same_of_every_form(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Put("model.onnx", _models[name]().Model.ToByteArray());
        Judgement judgement = Judgement.Of(engine, path, folder.FullName, new EngineInputs(new Dictionary<string, int> { ["0"] = 3 }), [1, 2, 3]);
        Assert.True(judgement.Problems.Count == 0, $"{name}: {judgement}");
    }

    private static ModelBuilder CastInput()
    {
        Half[] numbers = [.. Enumerable.Range(1, 16).Select(i => (Half)(i % 5 - 2))];
        ModelBuilder builder = new ModelBuilder().Input("x", 0, 4).Weight("v", 4, 4).Tensor(new TensorProto
        {
            Name = "w",
            DataType = (int)TensorProto.Types.DataType.Float16,
            Dims = { 4, 4 },
            RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<Half>(numbers)),
        }).Node("Cast", "w", "f", ("to", 1)).Node("MatMul", "x f", "a").Node("Relu", "a", "b").Node("MatMul", "b v", "y").Output("y");
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float16, Shape = new TensorShapeProto() };
        type.Shape.Dim.Add([new() { DimValue = 4 }, new() { DimValue = 4 }]);
        builder.Model.Graph.Input.Add(new ValueInfoProto { Name = "w", Type = new TypeProto { TensorType = type } });
        return builder;
    }

    private static ModelBuilder NameInBranch()
    {
        static GraphProto Branch(string output, params NodeProto[] nodes) => new()
        {
            Name = output,
            Node = { nodes },
            Output = { new ValueInfoProto { Name = output, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1 } } } },
        };

        return new ModelBuilder().Input("x", 0, 4).Weight("w", 4, 4).Weight("v", 4, 4).Tensor(new TensorProto
        {
            Name = "yes",
            DataType = (int)TensorProto.Types.DataType.Bool,
            Int32Data = { 1 },
        }).Node("MatMul", "x w", "a").Node("Relu", "a", "b").Node(
            "If",
            "yes",
            "c",
            ("then_branch", Branch("t", ModelBuilder.NewNode("Neg", "b", "b_scaled"), ModelBuilder.NewNode("Exp", "b_scaled", "t"))),
            ("else_branch", Branch("e", ModelBuilder.NewNode("Neg", "b", "e")))).Node("MatMul", "c v", "y").Output("y");
    }
}
