using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Writing;

/// <summary>Writes matrix products and convolutions, with what was folded into them.</summary>
internal sealed class LinearWriter(Translation original, NodeEmitter emitter, NewTensors tensors, ScaleWriter scales)
{
    /// <summary>Writes a layer.</summary>
    /// <param name="old">Where it comes from.</param>
    /// <param name="layer">What it is now.</param>
    /// <param name="input">What it reads.</param>
    public Value Write(LinearOrigin old, LinearLayer layer, Value input)
    {
        NodeProto source = old.Node.Proto;
        bool changed = !layer.IsPlain || layer.Weight != old.Weight.Parameter || layer.Bias != old.Bias?.Parameter;
        bool fused = old.Bias is not null && old.BiasNode != old.Node;
        bool hasOwnSlot = !fused && old.BiasSlot >= 0;
        var inputs = new Dictionary<int, string> { [source.OpType == "MatMul" ? 1 - old.WeightSlot : 0] = input.Name };
        if (changed)
            inputs.Add(old.WeightSlot, "");
        // A bias that beta = 0 switches off goes; before opset 11 a Gemm could not be without one.
        bool dropped = changed && layer.Bias is null && hasOwnSlot && source.Input.Count > old.BiasSlot && original.Graph.Opset >= 11;
        if (dropped || changed && hasOwnSlot && layer.Bias is not null)
            inputs.Add(old.BiasSlot, "");

        NodeProto node = emitter.Emit(old.Node, inputs);
        if (dropped)
            node.Input.RemoveAt(old.BiasSlot);
        var output = new Value(node.Output[0], source.Output[0], original.LayoutOf(old.BiasNode.Proto.Output[0]));
        if (changed)
        {
            LinearLayer stored = Stored(node, old, layer);
            tensors.UseWeight(node, old.WeightSlot, old.Weight, stored);
            // The groups of a depthwise convolution are its channels.
            if (layer.Weight.Groups != old.Weight.Parameter.Groups && node.Find("group") is { } group)
                group.I = layer.Weight.Groups!.Value;
            if (layer.Bias is not null && hasOwnSlot)
                UseOwnBias(node, old, stored);
        }

        return fused ? WithAdd(old, layer, output, changed)
            : layer.Bias is not null && !hasOwnSlot
                ? scales.New("Add", $"{output.Name}_bias", emitter.Names.Fresh($"{output.Name}_biased"), Meaning(layer), output, () => tensors.Numbers.Bias(layer))
            : output;
    }

    /// <summary>
    /// The numbers of the file: without the factors alpha and beta, which stay, unless other numbers were added to what they multiply.
    /// </summary>
    private static LinearLayer Stored(NodeProto node, LinearOrigin old, LinearLayer layer)
    {
        Parameter weight = layer.Weight == old.Weight.Parameter ? old.Weight.Stored : layer.Weight;
        Parameter? bias = layer.Bias is not null && layer.Bias == old.Bias?.Parameter ? old.Bias.Stored : layer.Bias;
        if (weight == layer.Weight && node.Find("alpha") is { } alpha)
            alpha.F = 1;
        if (bias is not null && bias == layer.Bias && node.Find("beta") is { } beta)
            beta.F = 1;
        return Network.Convolution(weight, layer.Kernel, bias).TryLinear(out LinearLayer? stored)
            ? stored.With(layer.Left, layer.Right, layer.BiasGain)
            : throw new InvalidOperationException("a linear layer is one");
    }

    private void UseOwnBias(NodeProto node, LinearOrigin old, LinearLayer layer)
    {
        while (node.Input.Count <= old.BiasSlot)
            node.Input.Add("");
        Constant? before = old.Bias?.Constant;
        int rows = layer.Weight.Rows!.Value, rowsBefore = old.Weight.Parameter.Rows!.Value;
        // One number may have stood for all entries.
        IReadOnlyList<long> dims = before?.Data.ElementCount == rowsBefore
            ? [.. before.Dims.Select(dim => dim == rowsBefore ? rows : dim)]
            : [rows];
        DataType type = before?.Data.ElementType ?? old.Weight.Constant.Data.ElementType;
        string name = before?.Name ?? $"{old.Weight.Constant.Name}_bias";
        tensors.Use(node, old.BiasSlot, Meaning(layer), name, before, type, dims, () => tensors.Numbers.Bias(layer));
        // Before opset 7 a Gemm had to be told to add a vector to every row.
        if (original.Graph.Opset < 7 && node.OpType == "Gemm" && node.Find("broadcast") is null)
            node.AddInt("broadcast", 1);
    }

    private Value WithAdd(LinearOrigin old, LinearLayer layer, Value product, bool changed)
    {
        var inputs = new Dictionary<int, string> { [1 - old.BiasSlot] = product.Name };
        if (changed)
            inputs.Add(old.BiasSlot, "");
        NodeProto add = emitter.Emit(old.BiasNode, inputs);
        var output = Value.Of(add, old.BiasNode, original);
        if (changed)
            scales.Connect(add, old.BiasSlot, Meaning(layer), old.Bias!.Constant.Name, old.Bias.Constant, output, () => tensors.Numbers.Bias(layer));
        return output;
    }

    private static object Meaning(LinearLayer layer) => (layer.Bias, layer.BiasGain);
}
