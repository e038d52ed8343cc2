using Canon.Onnx.Schema;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Onnx.Graphs;

/// <summary>What is known of a value's shape.</summary>
/// <param name="Dims">The dimensions; null when not even their number is known.</param>
/// <param name="Type">The element type, where known.</param>
internal sealed record ValueShape(IReadOnlyList<Dim>? Dims, DataType? Type)
{
    /// <summary>More dimensions than any tensor has.</summary>
    public const int MostDims = 64;

    /// <summary>Nothing is known.</summary>
    public static ValueShape Unknown { get; } = new(null, null);

    /// <summary>The number of dimensions, where known.</summary>
    public int? Rank => Dims?.Count;

    /// <summary>A batch of vectors.</summary>
    public static ValueShape Vectors(Dim batch, Dim channels, DataType? type) => new([batch, channels], type);

    /// <summary>So many unknown dimensions.</summary>
    public static ValueShape OfRank(int? rank, DataType? type) =>
        new(rank is >= 0 and <= MostDims ? [.. Enumerable.Repeat(Dim.Unknown, rank.Value)] : null, type);

    /// <summary>What a model file declares of a value. Names of sizes count for the inputs of the graph only.</summary>
    public static ValueShape Declared(ValueInfoProto info)
    {
        TypeProto.Types.Tensor? tensor = info.Type?.TensorType;
        return new ValueShape(
            tensor?.Shape is not { Dim: { Count: <= MostDims } dims }
                ? null
                : [.. dims.Select(dim => dim.HasDimValue && dim.DimValue > 0 ? Dim.Of(dim.DimValue) : Dim.Unknown)],
            tensor is { HasElemType: true } ? (DataType)tensor.ElemType : null);
    }

    /// <summary>What a model file declares of an input of the graph, with a symbol for each size left open.</summary>
    public static ValueShape DeclaredInput(ValueInfoProto info)
    {
        ValueShape declared = Declared(info);
        var taken = new HashSet<string>();
        return declared with
        {
            Dims = declared.Dims?.Select((dim, axis) =>
            {
                string name = info.Type.TensorType.Shape.Dim[axis].DimParam;
                // Some exporters write one of these for every size that they do not know.
                bool named = name is not ("" or "?" or "-1" or "None") && taken.Add(name);
                return dim.IsKnown ? dim : Dim.Named(named ? name : $"{info.Name}#{axis}");
            }).ToList(),
        };
    }

    /// <summary>The index of an axis that may be counted from the end; -1 where there is no such axis.</summary>
    public int Axis(long axis) => Rank is { } rank ? ArrangementShapes.Axis(axis, rank) : -1;

    /// <summary>The size of an axis, where there is such an axis and its size is known.</summary>
    public long? SizeOf(int axis) => DimAt(axis).Size;

    /// <summary>The size of an axis, where known and of a size that can be counted with.</summary>
    public int? CountOf(int axis) => Counted(DimAt(axis));

    /// <summary>A dimension; unknown where there is none.</summary>
    public Dim DimAt(int axis) => axis >= 0 && axis < Rank ? Dims![axis] : Dim.Unknown;

    /// <summary>The same with another size of one axis; unknown where there is no such axis.</summary>
    public ValueShape WithDim(int axis, Dim dim) =>
        this with { Dims = axis < 0 || axis >= Rank ? null : Dims?.Select((old, i) => i == axis ? dim : old).ToList() };

    /// <summary>This, completed by what another source says where the two agree in their number of dimensions.</summary>
    public ValueShape Or(ValueShape other) => Merge(other, (mine, theirs) => mine == Dim.Unknown ? theirs : mine);

    /// <summary>This with the sizes that its readers demand in place of those that are not known.</summary>
    public ValueShape Narrowed(ValueShape demand) =>
        Merge(demand, (mine, theirs) => !mine.IsKnown && (theirs.IsKnown || mine == Dim.Unknown) ? theirs : mine);

    /// <summary>The dimensions as in an array type.</summary>
    public override string ToString() => Dims is null ? "[…]" : $"[{string.Join(", ", Dims.Select(dim => dim.Size?.ToString() ?? "?"))}]";

    private ValueShape Merge(ValueShape other, Func<Dim, Dim, Dim> merge) => new(
        Dims is null ? other.Dims : Rank == other.Rank ? [.. Dims.Zip(other.Dims!, merge)] : Dims,
        Type ?? other.Type);

    private static int? Counted(Dim dim) => dim.Size is > 0 and <= int.MaxValue ? (int)dim.Size : null;
}
