using Canon.Onnx.Schema;
using Canon.Tests.Onnx;
using AttributeType = Canon.Onnx.Schema.AttributeProto.Types.AttributeType;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>Parts that make a graph long, deep, or much larger as a term than it is as a file.</summary>
internal static class GraphGrowth
{
    /// <summary>A chain of nodes behind a value.</summary>
    public static string Chain(ModelProto model, Draw draw)
    {
        GraphProto graph = model.Graph;
        string from = draw.Value(graph), other = draw.Value(graph);
        string kind = draw.Pick(["Relu", "Tanh", "Identity", "Neg", "Transpose", "Add", "Mul", "Concat", "Cast", "Shape", "Softmax", "Abs", "Unsqueeze"]);
        int length = draw.Pick([1, 3, 20, 100, 300, 1000]);
        return $"{length} {kind} behind {from}, " + Insert(graph, draw, from, length, (input, output) => kind switch
        {
            "Add" or "Mul" or "Concat" => ModelBuilder.NewNode(kind, "", output, ("axis", 1)).Reading(input, other),
            "Cast" => ModelBuilder.NewNode(kind, "", output, ("to", draw.ElementType())).Reading(input),
            "Unsqueeze" => ModelBuilder.NewNode(kind, "", output, ("axes", new long[] { 0 })).Reading(input),
            _ => ModelBuilder.NewNode(kind, "", output).Reading(input),
        });
    }

    /// <summary>A chain in which every node reads the one before twice: a term that repeats what is shared doubles each time.</summary>
    public static string Doubling(ModelProto model, Draw draw)
    {
        GraphProto graph = model.Graph;
        string from = draw.Value(graph);
        string kind = draw.Pick(["Add", "Mul", "Concat", "Max", "Sub", "Div", "Where", "MatMul", "Residual"]);
        int length = draw.Pick([1, 5, 20, 40, 100]);
        return $"{length} doubling {kind} behind {from}, " + Insert(graph, draw, from, length, (input, output) =>
        {
            string second = input;
            if (kind == "Residual")
            {
                second = $"{output}_r";
                graph.Node.Add(ModelBuilder.NewNode(draw.Pick(["Relu", "Tanh", "Sigmoid"]), "", second).Reading(input));
            }

            return ModelBuilder.NewNode(kind == "Residual" ? "Add" : kind, "", output, ("axis", 1))
                .Reading(kind == "Where" ? [input, input, second] : [input, second]);
        });
    }

    /// <summary>A node that holds graphs, one in another.</summary>
    public static string Subgraph(ModelProto model, Draw draw)
    {
        GraphProto graph = model.Graph;
        string captured = draw.Value(graph);
        int depth = draw.Pick([1, 2, 5, 20, 40, 90]);
        var inner = new GraphProto { Name = "inner", Output = { new ValueInfoProto { Name = "i" } } };
        inner.Node.Add(ModelBuilder.NewNode("Identity", "", "i").Reading(captured));
        for (int i = 0; i < depth; i++)
        {
            NodeProto holder = ModelBuilder.NewNode(draw.Pick(["If", "Loop", "Scan", "Relu", "Gemm"]), "", "i").Reading(captured);
            holder.Attribute.Add(new AttributeProto { Name = draw.Pick(["then_branch", "else_branch", "body"]), Type = AttributeType.Graph, G = inner });
            inner = new GraphProto { Name = "inner", Node = { holder }, Output = { new ValueInfoProto { Name = "i" } } };
        }

        NodeProto node = inner.Node[0].Clone();
        node.Output[0] = "with_subgraphs";
        graph.Node.Add(node);
        Use(graph, draw, captured, "with_subgraphs");
        return $"graphs {depth} deep";
    }

    /// <summary>A constant that is made, of a size that nothing in the file backs.</summary>
    public static string Constant(ModelProto model, Draw draw)
    {
        GraphProto graph = model.Graph;
        string name = $"made{graph.Node.Count}", kind = draw.Pick(["ConstantOfShape", "Range", "Expand", "Tile", "EyeLike", "Pad", "Resize", "OneHot"]);
        long[] sizes = [.. Enumerable.Range(0, draw.Int(0, 4)).Select(_ => draw.Number())];
        var builder = new ModelBuilder();
        builder.Integers($"{name}_sizes", sizes).Integers($"{name}_one", 1).Integers($"{name}_many", draw.Number());
        graph.Initializer.AddRange(builder.Model.Graph.Initializer);
        string[] reads = kind switch
        {
            "ConstantOfShape" => [$"{name}_sizes"],
            "Range" => [$"{name}_one", $"{name}_many", $"{name}_one"],
            "EyeLike" => [draw.Value(graph)],
            _ => [draw.Value(graph), $"{name}_sizes"],
        };
        graph.Node.Insert(0, ModelBuilder.NewNode(kind, "", name).Reading(reads));
        Use(graph, draw, draw.Value(graph), name);
        return $"{kind} of {string.Join('x', sizes)}";
    }

    private static string Insert(GraphProto graph, Draw draw, string from, int length, Func<string, string, NodeProto> make)
    {
        int first = graph.Node.Count;
        string last = from;
        for (int i = 0; i < length; i++)
        {
            string output = $"grown{first}_{i}";
            graph.Node.Add(make(last, output));
            last = output;
        }

        return Use(graph, draw, from, last);
    }

    // The grown part is read where the value was, or is an output, or both.
    private static string Use(GraphProto graph, Draw draw, string instead, string value)
    {
        NodeProto[] readers = [.. graph.Node.Where(node => node.Input.Contains(instead) && !node.Output.Any(name => name.StartsWith("grown", StringComparison.Ordinal)))];
        if (readers.Length > 0 && draw.Chance(0.7))
        {
            NodeProto reader = draw.Pick(readers);
            reader.Input[reader.Input.IndexOf(instead)] = value;
            return $"read by {reader.OpType}";
        }

        graph.Output.Add(new ValueInfoProto { Name = value });
        return "an output";
    }

    private static NodeProto Reading(this NodeProto node, params string[] inputs)
    {
        node.Input.AddRange(inputs);
        return node;
    }
}
