using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using Google.Protobuf;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Writing;

/// <summary>Numbers as the elements of a small tensor.</summary>
internal static class Elements
{
    /// <summary>A tensor with these numbers, each rounded to the type.</summary>
    /// <exception cref="NetworkException">A number is too large for the type.</exception>
    public static TensorProto Tensor(string name, DataType type, IEnumerable<long> dims, IReadOnlyList<double> numbers)
    {
        int size = TensorLayout.Bits(type) / 8;
        byte[] bytes = new byte[numbers.Count * size];
        for (int i = 0; i < numbers.Count; i++)
        {
            Span<byte> element = bytes.AsSpan(i * size, size);
            RealNumbers.Write(element, type, numbers[i]);
            if (!double.IsFinite(RealNumbers.Read(element, type)))
                throw new NetworkException(
                    $"{name}: entry {i} is {numbers[i]:G6}, which {type} cannot hold: "
                    + "the canonical form of this network exceeds the range of the model's type");
        }

        return new TensorProto
        {
            Name = name,
            DataType = (int)type,
            Dims = { dims },
            RawData = UnsafeByteOperations.UnsafeWrap(bytes),
        };
    }
}
