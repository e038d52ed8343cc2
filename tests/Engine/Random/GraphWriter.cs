using Canon.Onnx.Schema;
using Canon.Tests.Onnx;

namespace Canon.Tests.Engine.Random;

/// <summary>A graph in the making: its nodes, the numbers that are drawn for it, the values that later nodes can read.</summary>
internal sealed class GraphWriter(int seed, long opset)
{
    private readonly System.Random _random = new(seed);
    private readonly ModelBuilder _builder = new(opset);
    private int _names;

    /// <summary>The version of the standard operators.</summary>
    public long Opset { get; } = opset;

    /// <summary>Whether the number of rows is left open.</summary>
    public bool OpenRows { get; init; }

    /// <summary>The model.</summary>
    public ModelProto Model => _builder.Model;

    /// <summary>The values that depend on inputs, in order.</summary>
    public List<Flow> Values { get; } = [];

    /// <summary>The weights made so far, to be read again.</summary>
    public List<(string Name, string Kind, long[] Dims)> Weights { get; } = [];

    /// <summary>A whole number from a range, both ends included.</summary>
    public int Int(int low, int high) => _random.Next(low, high + 1);

    /// <summary>True so often.</summary>
    public bool Chance(double share) => _random.NextDouble() < share;

    /// <summary>A number between two others.</summary>
    public float Between(double low, double high) => (float)(low + (_random.NextDouble() * (high - low)));

    /// <summary>A number of the normal distribution.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    /// <summary>One of several.</summary>
    public T Pick<T>(params IReadOnlyList<T> options) => options[_random.Next(options.Count)];

    /// <summary>A divisor of a number.</summary>
    public long Divisor(long number) => Pick([.. Enumerable.Range(1, (int)number).Select(i => (long)i).Where(i => number % i == 0)]);

    /// <summary>A name that nothing has yet.</summary>
    public string Fresh(string prefix) => $"{prefix}{_names++}";

    /// <summary>An input of the model.</summary>
    public Flow Input(string name, params long[] dims)
    {
        _builder.Input(name, [OpenRows ? 0 : dims[0], .. dims[1..]]);
        return new Flow(name, dims);
    }

    /// <summary>Makes a value an output.</summary>
    public void Output(Flow value) => _builder.Output(value.Name, [OpenRows ? 0 : value.Dims[0], .. value.Dims[1..]]);

    /// <summary>A node of one output, which later nodes can read as well.</summary>
    public Flow Node(string op, string inputs, long[] dims, params (string Name, object Value)[] attributes)
    {
        var flow = new Flow(Name(op, inputs, attributes), dims);
        Values.Add(flow);
        return flow;
    }

    /// <summary>A node whose output is a number of the graph's own or is read just here; answers its name.</summary>
    public string Name(string op, string inputs, params (string Name, object Value)[] attributes)
    {
        string output = Fresh("v");
        Nodes(op, inputs, output, attributes);
        return output;
    }

    /// <summary>A node of any outputs.</summary>
    public void Nodes(string op, string inputs, string outputs, params (string Name, object Value)[] attributes)
    {
        _builder.Node(op, inputs, outputs, attributes);
        Model.Graph.Node[^1].Name = Chance(0.8) ? Fresh($"{op}_") : "";
    }

    /// <summary>Puts the nodes in another order than that in which they are computed.</summary>
    public void Shuffle()
    {
        NodeProto[] nodes = [.. Model.Graph.Node];
        _random.Shuffle(nodes);
        Model.Graph.Node.Clear();
        Model.Graph.Node.AddRange(nodes);
    }

    /// <summary>Adds a tensor.</summary>
    public string Initializer(TensorProto tensor)
    {
        _builder.Tensor(tensor);
        return tensor.Name;
    }
}
