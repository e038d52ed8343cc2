using Canon.Onnx.Schema;

namespace Canon.Onnx.Graphs;

/// <summary>A node's attributes by name.</summary>
internal static class Attributes
{
    /// <summary>The attribute of that name; null when the node has none.</summary>
    public static AttributeProto? Find(this NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    /// <summary>A number.</summary>
    public static double Float(this NodeProto node, string name, float absent) => node.Find(name)?.F ?? absent;

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
}
