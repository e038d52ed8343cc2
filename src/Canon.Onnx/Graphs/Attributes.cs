using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>A node's attributes by name.</summary>
internal static class Attributes
{
    /// <summary>The attribute of that name; null when the node has none.</summary>
    public static AttributeProto? Find(this NodeProto node, string name)
    {
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (attribute.Name == name)
                return attribute;
        }

        return null;
    }

    /// <summary>Gives the node an attribute that it does not have.</summary>
    public static void AddInt(this NodeProto node, string name, long value) =>
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value });

    /// <summary>A number.</summary>
    public static double Float(this NodeProto node, string name, float absent) => node.Find(name)?.F ?? absent;

    /// <summary>Numbers; null when the node has none of that name.</summary>
    public static IReadOnlyList<float>? Floats(this NodeProto node, string name) => node.Find(name)?.Floats;

    /// <summary>An integer.</summary>
    public static long Int(this NodeProto node, string name, long absent) => node.Find(name)?.I ?? absent;

    /// <summary>Integers; null when the node has none of that name.</summary>
    public static IReadOnlyList<long>? Ints(this NodeProto node, string name) => node.Find(name)?.Ints;

    /// <summary>A text; "" when the node has none of that name.</summary>
    public static string Text(this NodeProto node, string name) => node.Find(name)?.S.ToStringUtf8() ?? "";

    /// <summary>The input in that place; "" when it is left out.</summary>
    public static string InputAt(this NodeProto node, int index) =>
        index < node.Input.Count ? node.Input[index] : "";

    /// <summary>Whether the operator is one of the ONNX standard, which alone are known here.</summary>
    public static bool IsStandard(this NodeProto node) => node.Domain is "" or "ai.onnx";

    /// <summary>The attribute axes, or the constant input that took its place; null where there is neither.</summary>
    public static long[]? AxesOf(this NodeProto node, ModelGraph graph, int slot) => node.IntegersOf(graph, "axes", slot);

    /// <summary>The integers of an attribute, or of the constant input that took its place; null where there is neither.</summary>
    public static long[]? IntegersOf(this NodeProto node, ModelGraph graph, string attribute, int slot) =>
        node.Ints(attribute) is { } given ? [.. given]
        : graph.TryConstant(node.InputAt(slot), out Constant? constant) && constant.Dims.Count <= 1
            && constant.Data.ElementCount <= SmallTensor.MostEntries && constant.TryIntegers(out long[]? numbers) ? numbers
        : null;

    /// <summary>Whether a Dropout drops nothing: unless it is told to train; before opset 7, only if it is told to test.</summary>
    public static bool IsInferenceDropout(this NodeProto node, ModelGraph graph) =>
        graph.Opset < 7 ? node.Int("is_test", 0) != 0
        : node.InputAt(2).Length == 0
            || graph.TryConstant(node.InputAt(2), out Constant? training) && training.TryIntegers(out long[]? values) && values is [0];
}
