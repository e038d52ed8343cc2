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

    private readonly record struct NumbersKey(object Meaning, string Wanted);

    private sealed record NewTensor(string Wanted, Constant? Replaces, Func<TensorProto> Make, StoredWeight? Streamed)
    {
        public List<(NodeProto Node, int Slot)> Uses { get; } = [];
    }

    /// <summary>The numbers of the rewritten network.</summary>
    public NetworkNumbers Numbers => numbers;

    /// <summary>Puts the weight of a rewritten layer into a node.</summary>
    public void UseWeight(NodeProto node, int slot, Weight old, LinearLayer layer)
    {
        var key = new WeightKey(layer.Weight, layer.Left, layer.Right);
        if (!_tensors.TryGetValue(key, out NewTensor? tensor))
        {
            var header = new TensorProto { DataType = (int)old.Constant.Data.ElementType, Dims = { Dims(old, layer.Weight) } };
            _tensors[key] = tensor = new NewTensor(old.Constant.Name, old.Constant, () => header, numbers.StoredWeight(layer));
        }

        tensor.Uses.Add((node, slot));
    }

    /// <summary>Puts numbers into a node in place of a constant of the original.</summary>
    public void Replace(
        NodeProto node, int slot, object meaning, Constant old, IReadOnlyList<long> dims, Func<IReadOnlyList<double>> entries) =>
        Use(node, slot, meaning, old.Name, old, old.Data.ElementType, dims, entries);

    /// <summary>Puts numbers into a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="slot">Which of its inputs they are.</param>
    /// <param name="meaning">What they are: the same for the same numbers.</param>
    /// <param name="wanted">What the tensor is called if that is free, or the name of what it replaces.</param>
    /// <param name="replaces">The tensor of the original that it replaces; null for none.</param>
    /// <param name="type">The type that they are rounded to.</param>
    /// <param name="dims">How they are laid out.</param>
    /// <param name="entries">The numbers.</param>
    public void Use(
        NodeProto node,
        int slot,
        object meaning,
        string wanted,
        Constant? replaces,
        DataType type,
        IReadOnlyList<long> dims,
        Func<IReadOnlyList<double>> entries) =>
        Use(node, slot, (meaning, string.Join(',', dims)), wanted, replaces, type, _ => dims, entries);

    /// <summary>Puts numbers into a node, laid out by how many there are.</summary>
    /// <inheritdoc cref="Use(NodeProto, int, object, string, Constant?, DataType, IReadOnlyList{long}, Func{IReadOnlyList{double}})"/>
    public void Use(
        NodeProto node,
        int slot,
        object meaning,
        string wanted,
        Constant? replaces,
        DataType type,
        Func<int, IReadOnlyList<long>> dims,
        Func<IReadOnlyList<double>> entries)
    {
        var key = new NumbersKey(meaning, wanted);
        if (!_tensors.TryGetValue(key, out NewTensor? tensor))
        {
            _tensors[key] = tensor = new NewTensor(
                wanted,
                replaces,
                () =>
                {
                    IReadOnlyList<double> numbers = entries();
                    return Elements.Tensor(wanted, type, dims(numbers.Count), numbers);
                },
                null);
        }

        tensor.Uses.Add((node, slot));
    }

    /// <summary>Names the tensors, connects them, and adds them to the graph.</summary>
    /// <param name="model">The model to be written, with all its nodes.</param>
    /// <param name="isNeeded">Whether an old tensor is still read by a node.</param>
    /// <param name="emitter">The nodes.</param>
    /// <returns>The tensors whose numbers are computed while they are written.</returns>
    /// <exception cref="NetworkException">A number is too large for its type.</exception>
    public IReadOnlyList<TensorReplacement> AddTo(ModelProto model, Func<string, bool> isNeeded, NodeEmitter emitter)
    {
        GraphProto graph = model.Graph;
        Dictionary<string, int> places = graph.Initializer.Index().ToDictionary(tensor => tensor.Item.Name, tensor => tensor.Index);
        var replaced = new HashSet<string>();
        var streamed = new List<TensorReplacement>();
        foreach (NewTensor tensor in _tensors.Values)
        {
            TensorProto header = tensor.Make();
            // In the place of an initializer only where nothing declares it otherwise.
            bool inPlace = tensor.Replaces?.Root is { } old && !isNeeded(old) && replaced.Add(old)
                && (!places.TryGetValue(old, out int at) || graph.Initializer[at].DataType == header.DataType
                    && graph.Initializer[at].Dims.SequenceEqual(header.Dims));
            string name = inPlace ? tensor.Replaces!.Root : emitter.Names.Fresh(tensor.Wanted);
            header.Name = name;
            if (inPlace && places.TryGetValue(name, out int place))
            {
                graph.Initializer[place] = header;
            }
            else
            {
                graph.Initializer.Add(header);
                // Before version 4 an initializer had to be an input as well.
                if (model.IrVersion < 4)
                    graph.Input.Add(InputFor(header));
            }

            if (tensor.Replaces is { IsInitializer: false })
                name = Computed(name, emitter);
            foreach ((NodeProto node, int slot) in tensor.Uses)
                node.Input[slot] = name;
            if (tensor.Streamed is { } weight)
                streamed.Add(new TensorReplacement(header, weight.ByteLength, weight.Read));
        }

        return streamed;
    }

    /// <summary>
    /// Engines choose other kernels, and so other last bits, for constants that are initializers. What was computed by nodes
    /// stays computed by one.
    /// </summary>
    private static string Computed(string tensor, NodeEmitter emitter)
    {
        string name = emitter.Names.Fresh($"{tensor}_computed");
        emitter.Add(new NodeProto { OpType = "Identity", Name = name, Input = { tensor }, Output = { name } });
        return name;
    }

    /// <summary>The dimensions of a weight, of which some rows and columns may have gone.</summary>
    private static IReadOnlyList<long> Dims(Weight old, Parameter weight)
    {
        long[] dims = [.. old.Constant.Dims];
        (long Outer, long Inner) before = Sizes(old.Parameter), now = Sizes(weight);
        if (before == now)
            return dims;
        int place = 0;
        // They stand in this order, with ones around them, and taps behind.
        foreach ((long size, long kept) in new[] { (before.Outer, now.Outer), (before.Inner, now.Inner) })
        {
            if (size != kept)
                dims[place = Array.IndexOf(dims, size, place)] = kept;
            else if (size != 1)
                place = Array.IndexOf(dims, size, place);
            place = size == 1 ? place : place + 1;
        }

        return dims;
    }

    /// <summary>The sizes of the two axes of a weight as it is stored.</summary>
    private static (long Outer, long Inner) Sizes(Parameter weight)
    {
        int rows = weight.Rows!.Value, columns = weight.Columns!.Value, groups = weight.Groups ?? rows;
        return weight.IsTransposed ? (columns, rows / groups) : (rows, columns / groups);
    }

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
