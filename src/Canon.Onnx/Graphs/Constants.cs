using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>A tensor that the model carries with it.</summary>
/// <param name="Name">The value it is: an initializer, or the output of a Constant node.</param>
/// <param name="Tensor">The tensor.</param>
/// <param name="Data">Its numbers.</param>
internal sealed record Constant(string Name, TensorProto Tensor, TensorData Data)
{
    /// <summary>Its dimensions.</summary>
    public IReadOnlyList<long> Dims => Data.Dims;

    /// <summary>The element type of a weight; null for types that no weight has.</summary>
    public ElementType? ElementType => ElementTypeOf(Data.ElementType);

    /// <summary>The element type of a weight; null for types that no weight has.</summary>
    public static ElementType? ElementTypeOf(DataType type) => type switch
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
        numbers = null;
        if (ElementType is not { } type)
            return false;
        int count = checked((int)Data.ElementCount);
        ReadOnlySpan<byte> bytes = Data.Read(0, checked((int)Data.ByteLength));
        numbers = new double[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = type switch
            {
                Canon.ElementType.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]),
                Canon.ElementType.BFloat16 => BitConverter.UInt32BitsToSingle(
                    (uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16),
                Canon.ElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]),
            };
        }

        return true;
    }

    /// <summary>All numbers of a small integer or boolean tensor.</summary>
    public bool TryIntegers([NotNullWhen(true)] out long[]? numbers)
    {
        ReadOnlySpan<byte> bytes = Data.Read(0, checked((int)Data.ByteLength));
        numbers = Data.ElementType is DataType.Int64 or DataType.Int32 or DataType.Bool ? new long[Data.ElementCount] : null;
        for (int i = 0; i < numbers?.Length; i++)
        {
            numbers[i] = Data.ElementType switch
            {
                DataType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]),
                DataType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                _ => bytes[i],
            };
        }

        return numbers is not null;
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
}
