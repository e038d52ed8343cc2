using Canon.Onnx.Files;
using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>
/// The parameters of a model: one for each way in which a tensor is read. A parameter bears its tensor's name; further
/// ways to read the same tensor get a prime.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="splitShared">Whether layers that share a weight get one each; otherwise it is tied and stays as it is.</param>
internal sealed class Parameters(ModelGraph graph, bool splitShared)
{
    private readonly record struct Way(
        string Tensor, int Rows, int Columns, int Groups, int Taps, bool Transposed, double Factor);

    private readonly Dictionary<Way, Weight> _weights = [];
    private readonly Dictionary<(string Tensor, int Length), Parameter> _reciprocals = [];
    private readonly HashSet<string> _names = [];
    private readonly Lazy<Dictionary<string, int>> _readers = new(() => Readers(graph));

    /// <summary>factor · the tensor, or its transpose, as a matrix.</summary>
    public Weight Matrix(Constant constant, int rows, int columns, bool transposed, double factor) =>
        Kernel(constant, rows, columns, 1, 1, transposed, factor);

    /// <summary>factor · the tensor as the weight of a convolution.</summary>
    public Weight Kernel(
        Constant constant, int rows, int columns, int taps, int groups, bool transposed, double factor = 1) =>
        Get(constant, new Way(Tensor(constant), rows, columns, groups, taps, transposed, factor), (name, factor) =>
        {
            Storage storage = Numbers(constant, constant.Data.ElementCount);
            Parameter parameter = groups == 1 && taps == 1
                ? Parameter.Matrix(name, rows, columns, storage, transposed, factor)
                : Parameter.Kernel(name, rows, columns, taps, storage, groups, transposed, factor);
            return !splitShared && _readers.Value.GetValueOrDefault(constant.Root) > 1 ? Parameter.Tied(parameter) : parameter;
        });

    /// <summary>factor · the tensor as a vector; a single number counts for every entry.</summary>
    public Weight Vector(Constant constant, int length, double factor = 1) =>
        Get(constant, new Way(Tensor(constant), length, 1, 1, 1, false, factor), (name, factor) => Parameter.Vector(
            name, Numbers(constant, length), factor));

    /// <summary>1 over the tensor as a vector; a single number counts for every entry.</summary>
    /// <param name="constant">The tensor.</param>
    /// <param name="length">The number of entries.</param>
    /// <param name="reciprocals">1 over its numbers.</param>
    public Parameter Reciprocals(Constant constant, int length, IReadOnlyList<double> reciprocals)
    {
        if (!_reciprocals.TryGetValue((Tensor(constant), length), out Parameter? known))
            _reciprocals[(Tensor(constant), length)] = known = Made($"1 / {constant.Name}", length, reciprocals);
        return known;
    }

    /// <summary>A vector of numbers that are no tensor of the model.</summary>
    public Parameter Made(string name, int length, IReadOnlyList<double> numbers) =>
        Parameter.Vector(Fresh(name), numbers.Count == length ? [.. numbers] : [.. Enumerable.Repeat(numbers[0], length)]);

    private static string Tensor(Constant constant) => constant.IsRoot ? constant.Root : constant.Value;

    private Weight Get(Constant constant, Way way, Func<string, double, Parameter> make)
    {
        if (!_weights.TryGetValue(way, out Weight? known))
        {
            string name = Fresh(constant.Name);
            Parameter parameter = make(name, way.Factor);
            _weights[way] = known = new Weight(parameter, constant, way.Factor == 1 ? parameter : make(name, 1));
        }

        return known;
    }

    private string Fresh(string name)
    {
        while (!_names.Add(name))
            name += "'";
        return name;
    }

    /// <summary>By how many nodes with inputs of their own each tensor is read.</summary>
    private static Dictionary<string, int> Readers(ModelGraph graph)
    {
        var readers = new Dictionary<string, int>();
        foreach (GraphNode node in graph.Order.Where(node => node.Proto.Output.Any(graph.Flows)))
        {
            foreach (string read in node.Reads.Where(name => !graph.Flows(name)).Distinct())
            {
                if (graph.TryConstant(read, out Constant? constant))
                    readers[constant.Root] = readers.GetValueOrDefault(constant.Root) + 1;
            }
        }

        return readers;
    }

    /// <summary>The numbers of a tensor where they lie; a single number may stand for many.</summary>
    private static StoredBytes Numbers(Constant constant, long length)
    {
        ByteSource bytes = constant.Data.Bytes;
        int size = (int)(bytes.Length / constant.Data.ElementCount);
        if (constant.Data.ElementCount != length)
            bytes = new RepeatedBytes(bytes.Read(0, size), length * size);
        return new StoredBytes(constant.ElementType!.Value, size, bytes);
    }
}
