using System.Runtime.InteropServices;
using Canon.Onnx;
using Canon.Onnx.Schema;
using Canon.Tests.Files;
using Google.Protobuf;
using Xunit.Abstractions;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Engine;

/// <summary>The models of the project with units that they can do without, simplified and computed by ONNX Runtime.</summary>
[Collection(EngineCollection.Name)]
public sealed class RedundantCorpusTests(OnnxRuntime engine, ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. CorpusModel.Own.Select(model => model.Name).Where(name => !name.Contains("external", StringComparison.Ordinal))];

    [EngineTheory]
    [MemberData(nameof(Names))]
    public void The_engine_computes_the_same_without_them(string name)
    {
        CorpusModel model = CorpusModel.Find(CorpusModel.Own, name);
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"];
        ModelProto proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(model.FullPath));
        MakeRedundant(proto.Graph);
        File.WriteAllBytes(path, proto.ToByteArray());

        using (OnnxModel opened = OnnxModel.Open(path))
        {
            Simplification simplified = opened.Network.Simplify(opened.SimplifyOptions);
            output.WriteLine($"{simplified.ParametersBefore} -> {simplified.ParametersAfter}");
            foreach (SimplifiedLayer layer in simplified.Layers)
                output.WriteLine($"{layer}");
            foreach (KeptUnits kept in simplified.Kept)
                output.WriteLine($"{kept}");
            // Of two models every layer shares its weight, or is read by something that needs its channels.
            Assert.True(simplified.ParametersAfter < simplified.ParametersBefore || name is "prelunet__bn" or "sharedmlp__bn");
        }

        Judgement judgement = Judgement.Of(engine, path, folder.FullName, model.Inputs, [1, 2]);
        string[] problems = [.. judgement.Problems.Where(problem => problem.StartsWith("simplified", StringComparison.Ordinal))];
        Assert.True(problems.Length == 0, $"{name}: {string.Join('\n', problems)}\n{judgement}");
    }

    /// <summary>Channel 0 becomes channel 1 everywhere, channel 2 is dead, the rows of channel 3 are zero, and nothing reads channel 4.</summary>
    private static void MakeRedundant(GraphProto graph)
    {
        Dictionary<string, TensorProto> tensors = graph.Initializer.ToDictionary(tensor => tensor.Name);
        var met = new HashSet<string>();
        foreach (NodeProto node in graph.Node)
        {
            int rows = node.OpType switch
            {
                "Conv" => 0,
                "ConvTranspose" => 1,
                "Gemm" => (int)(node.Attribute.FirstOrDefault(attribute => attribute.Name == "transB")?.I ?? 0) == 1 ? 0 : 1,
                "MatMul" => 1,
                _ => -1,
            };
            foreach ((int slot, string name) in node.Input.Index().Where(input => tensors.ContainsKey(input.Item) && met.Add(input.Item)))
            {
                TensorProto tensor = tensors[name];
                if ((DataType)tensor.DataType != DataType.Float)
                    continue;
                if (rows >= 0 && slot <= 1 && tensor.Dims.Count >= 2)
                {
                    Edit(tensor, rows, copies: true, zeroes: [2, 3]);
                    if (tensor.Dims[1 - rows] > 8)
                        Edit(tensor, 1 - rows, copies: false, zeroes: [4]);
                }
                else if (tensor.Dims.Count == 1)
                {
                    Edit(tensor, 0, copies: true, zeroes: [2]);
                }
            }
        }
    }

    private static void Edit(TensorProto tensor, int axis, bool copies, IReadOnlyList<long> zeroes)
    {
        long size = tensor.Dims[axis], inner = tensor.Dims.Skip(axis + 1).Aggregate(1L, (product, dim) => product * dim);
        if (size <= 5)
            return;
        float[] values = tensor.RawData.Length > 0 ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray() : [.. tensor.FloatData];
        for (long i = 0; i < values.Length; i++)
        {
            long at = i / inner % size;
            if (zeroes.Contains(at))
                values[i] = 0;
            else if (copies && at == 0)
                values[i] = values[i + inner];
        }

        tensor.FloatData.Clear();
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values));
    }
}
