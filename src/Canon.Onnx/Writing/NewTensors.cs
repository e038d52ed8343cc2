using Canon.Onnx.Files;
using Canon.Onnx.Graphs;
using Canon.Onnx.Reading;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Writing;

/// <summary>
/// The tensors that a rewrite makes. What they replace, and so how they are called, is settled when all nodes are known:
/// the old tensor may still be needed beside the new one.
/// </summary>
internal sealed class NewTensors(NetworkNumbers numbers)
{
    private readonly Dictionary<object, NewTensor> _tensors = [];

    private readonly record struct WeightKey(Parameter Parameter, Gain Left, Gain Right);

    private readonly record struct BiasKey(Parameter Parameter, Gain Gain);

    private readonly record struct GainKey(string Name, Gain Gain, double Factor);

    private sealed record NewTensor(string Wanted, Constant? Replaces, TensorProto Header, StoredWeight? Streamed)
    {
        public List<(NodeProto Node, int Slot)> Uses { get; } = [];
    }

    /// <summary>Puts the weight of a rewritten layer into a node.</summary>
    public void UseWeight(NodeProto node, Weight old, LinearLayer layer)
    {
        var key = new WeightKey(layer.Weight, layer.Left, layer.Right);
        if (!_tensors.TryGetValue(key, out NewTensor? tensor))
        {
            Constant constant = old.Constant;
            var header = new TensorProto { DataType = (int)constant.Data.ElementType, Dims = { constant.Dims } };
            _tensors[key] = tensor = new NewTensor(constant.Name, constant, header, numbers.StoredWeight(layer));
        }

        tensor.Uses.Add((node, 1));
    }

    /// <summary>Puts the bias of a rewritten layer into a node.</summary>
    public void UseBias(NodeProto node, int slot, Weight old, LinearLayer layer)
    {
        var key = new BiasKey(layer.Bias!, layer.BiasGain);
        if (!_tensors.TryGetValue(key, out NewTensor? tensor))
        {
            Constant constant = old.Constant;
            IReadOnlyList<double> entries = numbers.Bias(layer);
            // One number may have stood for all entries.
            IEnumerable<long> dims = constant.Data.ElementCount == entries.Count ? constant.Dims : [entries.Count];
            _tensors[key] = tensor = Small(constant.Name, constant, constant.Data.ElementType, dims, entries);
        }

        tensor.Uses.Add((node, slot));
    }

    /// <summary>
    /// Puts factor · gain, laid out for values of a shape, into a node. The name must be free, or that of what it replaces.
    /// </summary>
    public void UseGain(
        NodeProto node, int slot, string wanted, Constant? replaces, Gain gain, double factor, ValueShape shape, DataType type)
    {
        var key = new GainKey(wanted, gain, factor);
        if (!_tensors.TryGetValue(key, out NewTensor? tensor))
        {
            List<double> entries = [.. numbers.Gain(gain).Select(entry => factor * entry)];
            IEnumerable<long> positions = Enumerable.Repeat(1L, Math.Max(0, (shape.Rank ?? 2) - 2));
            _tensors[key] = tensor = Small(wanted, replaces, type, [entries.Count, .. positions], entries);
        }

        tensor.Uses.Add((node, slot));
    }

    /// <summary>Names the tensors, connects them, and adds them to the graph.</summary>
    /// <param name="model">The model to be written, with all its nodes.</param>
    /// <param name="isNeeded">Whether an old tensor is still read by a node.</param>
    /// <param name="names">The names that are free.</param>
    /// <returns>The tensors whose numbers are computed while they are written.</returns>
    public IReadOnlyList<TensorReplacement> AddTo(ModelProto model, Func<string, bool> isNeeded, Names names)
    {
        GraphProto graph = model.Graph;
        Dictionary<string, int> places = graph.Initializer.Index().ToDictionary(tensor => tensor.Item.Name, tensor => tensor.Index);
        var replaced = new HashSet<string>();
        var streamed = new List<TensorReplacement>();
        foreach (NewTensor tensor in _tensors.Values)
        {
            bool inPlace = tensor.Replaces is { } old && !isNeeded(old.Name)
                && old.Dims.SequenceEqual(tensor.Header.Dims) && replaced.Add(old.Name);
            string name = inPlace || tensor.Replaces is null ? tensor.Wanted : names.Fresh(tensor.Wanted);
            tensor.Header.Name = name;
            if (inPlace && places.TryGetValue(name, out int place))
            {
                graph.Initializer[place] = tensor.Header;
            }
            else
            {
                graph.Initializer.Add(tensor.Header);
                // Before version 4 an initializer had to be an input as well.
                if (model.IrVersion < 4)
                    graph.Input.Add(InputFor(tensor.Header));
            }

            foreach ((NodeProto node, int slot) in tensor.Uses)
                node.Input[slot] = name;
            if (tensor.Streamed is { } weight)
                streamed.Add(new TensorReplacement(tensor.Header, weight.ByteLength, weight.Read));
        }

        return streamed;
    }

    private static NewTensor Small(
        string wanted, Constant? replaces, DataType type, IEnumerable<long> dims, IReadOnlyList<double> entries) =>
        new(wanted, replaces, Elements.Tensor(wanted, type, dims, entries), null);

    private static ValueInfoProto InputFor(TensorProto tensor)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(tensor.Dims.Select(dim => new TensorShapeProto.Types.Dimension { DimValue = dim }));
        return new ValueInfoProto
        {
            Name = tensor.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = tensor.DataType, Shape = shape } },
        };
    }
}
