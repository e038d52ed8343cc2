using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Writing;

/// <summary>A value of the graph to be written.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Original">The value of the original graph that has its shape and type.</param>
/// <param name="Layout">What its axes are; null where not even its rank is known.</param>
/// <param name="IsNegated">Whether what is meant is −1 times the value of that name.</param>
internal sealed record Value(string Name, string Original, Layout? Layout, bool IsNegated = false)
{
    /// <summary>An output of a node of the original, as it was written.</summary>
    public static Value Of(NodeProto written, GraphNode from, Translation original, int output = 0)
    {
        string name = from.Proto.Output[output];
        return new Value(written.Output[output], name, original.LayoutOf(name));
    }
}
