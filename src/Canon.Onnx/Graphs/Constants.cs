using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>A tensor that the model carries with it, perhaps laid out otherwise by nodes on the way.</summary>
/// <param name="Name">What parameters of it are called by: its root.</param>
/// <param name="Root">The value that holds the numbers: an initializer, or the output of a node that makes constants.</param>
/// <param name="Tensor">The tensor in the file.</param>
/// <param name="Data">The numbers of the value, in its type and dimensions.</param>
internal sealed record Constant(string Name, string Root, TensorProto Tensor, TensorData Data)
{
    // Numbers read at once are counted with one by one; no weight is.
    private const int MostNumbers = 1 << 26;

    /// <summary>The value that was asked for.</summary>
    public string Value { get; init; } = Root;

    /// <summary>Whether the value is the tensor itself: only Identity lies between.</summary>
    public bool IsRoot { get; init; } = true;

    /// <summary>Whether the value is an initializer, or a Constant, which engines make one of.</summary>
    public bool IsInitializer => Value == Root;

    /// <summary>Its dimensions.</summary>
    public IReadOnlyList<long> Dims => Data.Dims;

    /// <summary>The element type of a weight; null for types that no weight has.</summary>
    public ElementType? ElementType => Data.ElementType switch
    {
        DataType.Float16 => Canon.ElementType.Float16,
        DataType.Bfloat16 => Canon.ElementType.BFloat16,
        DataType.Float => Canon.ElementType.Float32,
        DataType.Double => Canon.ElementType.Float64,
        _ => null,
    };

    /// <summary>All numbers of a small floating-point tensor.</summary>
    public bool TryFloats([NotNullWhen(true)] out double[]? numbers)
    {
        numbers = RealNumbers.Are(Data.ElementType) ? Read(RealNumbers.Read) : null;
        return numbers is not null;
    }

    /// <summary>All numbers of a small integer or boolean tensor.</summary>
    public bool TryIntegers([NotNullWhen(true)] out long[]? numbers)
    {
        numbers = ConvertedBytes.IsInteger(Data.ElementType) ? Read(ConvertedBytes.ReadInteger) : null;
        return numbers is not null
            && (Data.ElementType != DataType.Uint64 || Array.TrueForAll(numbers, number => number >= 0));
    }

    /// <summary>The tensor that a Constant node holds; null where it is none of numbers.</summary>
    public static TensorProto? OfNode(NodeProto node)
    {
        foreach (AttributeProto attribute in node.Attribute)
        {
            switch (attribute.Name)
            {
                case "value" when attribute.T is { } tensor && TensorLayout.Bits((DataType)tensor.DataType) > 0:
                    return tensor;
                case "value_float":
                    return new TensorProto { DataType = (int)DataType.Float, FloatData = { attribute.F } };
                case "value_floats":
                    return new TensorProto
                    {
                        DataType = (int)DataType.Float,
                        Dims = { attribute.Floats.Count },
                        FloatData = { attribute.Floats },
                    };
                case "value_int":
                    return new TensorProto { DataType = (int)DataType.Int64, Int64Data = { attribute.I } };
                case "value_ints":
                    return new TensorProto
                    {
                        DataType = (int)DataType.Int64,
                        Dims = { attribute.Ints.Count },
                        Int64Data = { attribute.Ints },
                    };
            }
        }

        return null;
    }

    private delegate T ReadOne<T>(ReadOnlySpan<byte> bytes, DataType type);

    private T[]? Read<T>(ReadOne<T> read)
    {
        if (Data.ElementCount > MostNumbers)
            return null;
        int size = TensorLayout.Bits(Data.ElementType) / 8;
        byte[] bytes = Data.Bytes.Read(0, (int)Data.ByteLength);
        var numbers = new T[Data.ElementCount];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = read(bytes.AsSpan(size * i), Data.ElementType);
        return numbers;
    }
}
