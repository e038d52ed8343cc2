using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>What is known of a value's shape: batch, channels, and then positions.</summary>
/// <param name="Dims">The dimensions, null where one is not known; null when not even their number is.</param>
/// <param name="Type">The element type, where known.</param>
internal sealed record ValueShape(IReadOnlyList<long?>? Dims, DataType? Type)
{
    /// <summary>Nothing is known.</summary>
    public static ValueShape Unknown { get; } = new(null, null);

    /// <summary>The number of dimensions, where known.</summary>
    public int? Rank => Dims?.Count;

    /// <summary>The number of channels, where known and of a size that can be counted with.</summary>
    public int? Channels => Rank >= 2 ? Counted(Dims![1]) : Rank == 1 ? Counted(Dims![0]) : null;

    /// <summary>The sizes of the axes of space, behind batch and channels; null when not even their number is known.</summary>
    public IReadOnlyList<int?>? Space => Dims is null ? null : [.. Dims.Skip(2).Select(Counted)];

    /// <summary>The number of positions a channel has, where known.</summary>
    public int? Positions
    {
        get
        {
            if (Dims is null)
                return null;
            long product = 1;
            foreach (long? dim in Dims.Skip(2))
            {
                if (Counted(dim) is not { } count || Counted(product * count) is null)
                    return null;
                product *= count;
            }

            return (int)product;
        }
    }

    /// <summary>A batch of vectors.</summary>
    public static ValueShape Vectors(long? batch, long? channels, DataType? type) => new([batch, channels], type);

    /// <summary>What a model file declares of a value.</summary>
    public static ValueShape Declared(ValueInfoProto info)
    {
        TypeProto.Types.Tensor? tensor = info.Type?.TensorType;
        return new ValueShape(
            tensor?.Shape?.Dim.Select(dim => dim.HasDimValue && dim.DimValue > 0 ? dim.DimValue : (long?)null).ToList(),
            tensor is { HasElemType: true } ? (DataType)tensor.ElemType : null);
    }

    /// <summary>This, completed by what another source says where the two agree in their number of dimensions.</summary>
    public ValueShape Or(ValueShape other)
    {
        IReadOnlyList<long?>? dims = Dims is null ? other.Dims
            : Rank == other.Rank ? [.. Dims.Zip(other.Dims!, (mine, theirs) => mine ?? theirs)]
            : Dims;
        return new ValueShape(dims, Type ?? other.Type);
    }

    /// <summary>The dimensions as in an array type.</summary>
    public override string ToString() =>
        Dims is null ? "[…]" : $"[{string.Join(", ", Dims.Select(dim => dim?.ToString() ?? "?"))}]";

    private static int? Counted(long? dim) => dim is > 0 and <= int.MaxValue ? (int)dim : null;
}
