using System.Runtime.InteropServices;
using Canon.Onnx.Schema;
using Google.Protobuf;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Engine.Random;

/// <summary>Numbers of a graph's own, in the many ways in which exporters write them.</summary>
internal static class Constants
{
    /// <summary>
    /// Weights whose rows differ much in norm, some of them zero or the same, some columns zero. They may be those of a layer before.
    /// </summary>
    /// <param name="g">The graph.</param>
    /// <param name="dims">The shape.</param>
    /// <param name="rows">The axis of the rows.</param>
    /// <param name="kind">What the weights are for: only weights of one kind are shared.</param>
    public static string Weight(this GraphWriter g, long[] dims, int rows, string kind)
    {
        (string Name, string, long[])[] tied = [.. g.Weights.Where(weight => weight.Kind == kind && weight.Dims.SequenceEqual(dims))];
        if (tied.Length > 0 && g.Chance(0.35))
            return g.Pick(tied).Name;

        long count = Count(dims), fan = count / dims[rows], inner = Count(dims[(rows + 1)..]);
        double[] scales = [.. Enumerable.Range(0, (int)dims[rows]).Select(_ => g.Chance(0.03) ? 0 : Math.Pow(2, g.Between(-2, 2)))];
        double norm = Math.Max(0.25, Math.Sqrt(scales.Sum(scale => scale * scale) / scales.Length));
        double[] values = [.. Longs(count).Select(i => g.Normal() * scales[i / inner % dims[rows]] / (norm * Math.Sqrt(fan)))];
        MakeRedundant(values, dims, rows);
        string name = g.Numbers("w", dims, i => values[i]);
        g.Weights.Add((name, kind, dims));
        return name;
    }

    /// <summary>A bias, or none.</summary>
    public static string Bias(this GraphWriter g, long count)
    {
        double[] values = [.. Longs(count).Select(_ => 0.4 * g.Normal())];
        // Rows that are the same are units that are the same only with the same biases.
        bool isOne = Own(values).NextDouble() < 0.4;
        return g.Numbers("b", [count], i => values[isOne ? 0 : i]);
    }

    /// <summary>Copies a row onto another, and makes a column zero, now and then.</summary>
    private static void MakeRedundant(double[] values, long[] dims, int rows)
    {
        System.Random random = Own(values);
        if (dims.Length < 2)
            return;
        int columns = rows == 0 ? 1 : 0;
        long Stride(int axis) => Count(dims[(axis + 1)..]);
        long Place(long i, int axis) => i / Stride(axis) % dims[axis];
        long from = random.NextInt64(dims[rows]), to = random.NextInt64(dims[rows]), zero = random.NextInt64(dims[columns]);
        bool copies = random.NextDouble() < 0.5, clears = random.NextDouble() < 0.3;
        double[] before = [.. values];
        foreach (long i in Longs(values.Length))
        {
            if (copies && Place(i, rows) == to)
                values[i] = before[i + ((from - to) * Stride(rows))];
            if (clears && Place(i, columns) == zero)
                values[i] = 0;
        }
    }

    /// <summary>Chance of its own, so that what is drawn otherwise stays what it was.</summary>
    private static System.Random Own(double[] values) =>
        new(values.Length == 0 ? 0 : (int)(BitConverter.DoubleToInt64Bits(values[0]) % int.MaxValue));

    private static IEnumerable<long> Longs(long count) => Enumerable.Range(0, (int)count).Select(i => (long)i);

    /// <summary>Numbers between two others, of either sign where that is said.</summary>
    public static string Factors(this GraphWriter g, long[] dims, double low, double high, bool signed = false) =>
        g.Numbers("f", dims, _ => g.Between(low, high) * (signed && g.Chance(0.5) ? -1 : 1));

    /// <summary>Whole numbers.</summary>
    public static string Integers(this GraphWriter g, params long[] values)
    {
        var tensor = new TensorProto { Name = g.Fresh("i"), DataType = (int)DataType.Int64, Dims = { values.Length }, Int64Data = { values } };
        return Plain(g, tensor);
    }

    /// <summary>One number without axes.</summary>
    public static string Scalar(this GraphWriter g, float value) => Plain(g, Tensor(g.Fresh("s"), [], [value], raw: g.Chance(0.5)));

    /// <summary>One number for each of so many places, such as the scales of a resize.</summary>
    public static string List(this GraphWriter g, params float[] values) =>
        g.Initializer(Tensor(g.Fresh("l"), [values.Length], values, raw: true));

    private static string Numbers(this GraphWriter g, string prefix, long[] dims, Func<long, double> number)
    {
        // One number everywhere, which exporters do not write out.
        if (prefix != "w" && dims.Length > 0 && g.Chance(0.05))
            return g.Name("ConstantOfShape", g.Integers(dims), ("value", Tensor("", [1], [(float)number(0)], raw: true)));

        float[] values = [.. Enumerable.Range(0, (int)Count(dims)).Select(i => (float)number(i))];
        TensorProto tensor = Tensor(g.Fresh(prefix), dims, values, raw: g.Chance(0.7));
        return g.Int(0, 15) switch
        {
            0 => g.Name("Identity", Plain(g, tensor)),
            1 => g.Name("Identity", g.Name("Identity", Plain(g, tensor))),
            2 => g.Name("Dropout", Plain(g, tensor)),
            3 => g.Name("Cast", Plain(g, Double(tensor, values)), ("to", (int)DataType.Float)),
            4 when dims.Length > 0 => Reshaped(g, tensor, values),
            5 when dims.Length > 1 => Transposed(g, tensor, values),
            6 => Unsqueezed(g, tensor),
            7 => ListedAmongInputs(g, tensor),
            _ => Plain(g, tensor),
        };
    }

    private static string Plain(GraphWriter g, TensorProto tensor)
    {
        if (g.Chance(0.8))
            return g.Initializer(tensor);
        return g.Name("Constant", "", ("value", tensor));
    }

    private static string Reshaped(GraphWriter g, TensorProto tensor, float[] values)
    {
        long[] dims = [.. tensor.Dims];
        return g.Name("Reshape", $"{Plain(g, Tensor(tensor.Name, [values.Length], values, raw: true))} {g.Integers(dims)}");
    }

    private static string Transposed(GraphWriter g, TensorProto tensor, float[] values)
    {
        // The first axis goes last in the file and comes back in the graph.
        long[] dims = [.. tensor.Dims];
        int rank = dims.Length, first = (int)dims[0], inner = values.Length / first;
        float[] moved = [.. Enumerable.Range(0, values.Length).Select(i => values[(i % first * inner) + (i / first)])];
        string stored = Plain(g, Tensor(tensor.Name, [.. dims[1..], first], moved, raw: true));
        return g.Name("Transpose", stored, ("perm", Enumerable.Range(0, rank).Select(axis => (long)((axis + rank - 1) % rank)).ToArray()));
    }

    private static string Unsqueezed(GraphWriter g, TensorProto tensor)
    {
        string wide = g.WithAxes("Unsqueeze", Plain(g, tensor), 0);
        return g.WithAxes("Squeeze", wide, 0);
    }

    private static string ListedAmongInputs(GraphWriter g, TensorProto tensor)
    {
        var shape = new TensorShapeProto { Dim = { tensor.Dims.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }) } };
        g.Model.Graph.Input.Add(new ValueInfoProto
        {
            Name = tensor.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = shape } },
        });
        return g.Initializer(tensor);
    }

    private static TensorProto Tensor(string name, long[] dims, float[] values, bool raw)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)DataType.Float, Dims = { dims } };
        if (raw)
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values));
        else
            tensor.FloatData.AddRange(values);
        return tensor;
    }

    private static TensorProto Double(TensorProto tensor, float[] values) => new()
    {
        Name = tensor.Name,
        DataType = (int)DataType.Double,
        Dims = { tensor.Dims },
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<double>(values.Select(value => (double)value).ToArray())),
    };

    private static long Count(long[] dims) => dims.Aggregate(1L, (product, size) => product * size);
}
