using Canon.Onnx;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using Google.Protobuf;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Files;

public sealed class ReadingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Raw_data_stay_in_the_file_wherever_the_tensor_is()
    {
        using ModelFile file = Open(TinyModel.Full());
        var tensors = TensorTree.Tensors(file.Model).Select(entry => entry.Tensor).ToList();

        Assert.Equal(["w", "t", "s", "", "i"], tensors.Select(tensor => tensor.Name));
        Assert.Equal([true, false, true, true, true], tensors.Select(tensor => tensor.HasView));
        Assert.DoesNotContain(tensors, tensor => tensor.HasRawData);
        Assert.Equal(TinyModel.Weights, file.Floats(tensors[0]));
        Assert.Equal([1f, 2f], file.Floats(tensors[1]));
        Assert.Equal([3f], file.Floats(tensors[2]));
        Assert.Equal([7f], file.Floats(tensors[3]));
        Assert.Equal([8f, 9f], file.Floats(tensors[4].Clone()));
    }

    [Fact]
    public void Data_are_read_in_pieces()
    {
        using ModelFile file = Open(TinyModel.Full());
        TensorData raw = file.Data(file.Model.Graph.Initializer[0]);
        TensorData typed = file.Data(file.Model.Graph.Initializer[1]);

        Assert.Equal(DataType.Float, raw.ElementType);
        Assert.Equal([6L], raw.Dims);
        Assert.Equal(-2f, BitConverter.ToSingle(raw.Bytes.Read(4, 4)));
        Assert.Equal(BitConverter.GetBytes(1f).Concat(BitConverter.GetBytes(2f)).Skip(3).Take(4), typed.Bytes.Read(3, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => raw.Bytes.Read(4, 24).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => raw.Bytes.Read(-1, 1).Length);
    }

    [Fact]
    public void Data_of_a_closed_file_cannot_be_read()
    {
        ModelFile file = Open(TinyModel.Full());
        TensorData data = file.Data(file.Model.Graph.Initializer[0]);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => data.Bytes.Read(0, 4).Length);
    }

    [Fact]
    public void Bytes_in_several_arrays_are_read_across_their_ends()
    {
        byte[] bytes = [.. Enumerable.Range(0, 23).Select(i => (byte)i)];
        foreach (int size in new[] { 1, 4, 22, 23, 100 })
        {
            var held = new HeldBytes(new MemoryBytes(bytes), size);
            for (int offset = 0; offset <= bytes.Length; offset++)
                Assert.Equal(bytes[offset..], held.Read(offset, bytes.Length - offset));
        }
    }

    [Fact]
    public void A_file_that_is_shortened_while_it_is_open_is_refused()
    {
        // There nobody else can write an open file.
        if (OperatingSystem.IsWindows())
            return;
        byte[] bytes = TinyModel.With(TinyModel.Raw("large", new float[100_000])).ToByteArray();
        string path = _folder.Put("shortened.onnx", bytes);
        using ModelFile file = ModelFile.Open(path);
        TensorData data = file.Data(file.Model.Graph.Initializer[0]);
        using (var other = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            other.SetLength(10);
        var refused = Assert.Throws<ModelFileException>(() => data.Bytes.Read(data.ByteLength - 4, 4));
        Assert.Matches($"shortened.onnx: cannot read: the file ends at byte [0-9]+, and had {bytes.Length} when it was opened", refused.Message);
        Assert.Throws<ModelFileException>(() => file.Write(_folder["out.onnx"], file.Model));
        Assert.Equal(["shortened.onnx"], _folder.Names);
    }

    [Fact]
    public void Typed_fields_read_as_raw_data()
    {
        (TensorProto Tensor, byte[] Bytes)[] cases =
        [
            (New(DataType.Double, t => t.DoubleData.Add(2.5)), BitConverter.GetBytes(2.5)),
            (New(DataType.Complex64, t => t.FloatData.Add([0f, 1f])), [0, 0, 0, 0, 0, 0, 0x80, 0x3F]),
            (New(DataType.Int64, t => t.Int64Data.Add(-2)), BitConverter.GetBytes(-2L)),
            (New(DataType.Uint64, t => t.Uint64Data.Add(ulong.MaxValue)), BitConverter.GetBytes(ulong.MaxValue)),
            (New(DataType.Uint32, t => t.Uint64Data.Add(uint.MaxValue)), BitConverter.GetBytes(uint.MaxValue)),
            (New(DataType.Int32, t => t.Int32Data.Add(-3)), BitConverter.GetBytes(-3)),
            (New(DataType.Int16, t => t.Int32Data.Add(-3)), BitConverter.GetBytes((short)-3)),
            (New(DataType.Float16, t => t.Int32Data.Add(0xBC00)), BitConverter.GetBytes((Half)(-1))),
            (New(DataType.Bfloat16, t => t.Int32Data.Add(0xBF80)), [0x80, 0xBF]),
            (New(DataType.Int8, t => t.Int32Data.Add(-1)), [0xFF]),
            (New(DataType.Bool, t => t.Int32Data.Add(1)), [1]),
            (New(DataType.Int4, t => t.Int32Data.Add(0x0F)), [0x0F]),
        ];
        using ModelFile file = Open(TinyModel.With([.. cases.Select(one => one.Tensor)]));
        foreach (var ((_, expected), tensor) in cases.Zip(file.Model.Graph.Initializer))
        {
            TensorData data = file.Data(tensor);
            Assert.Equal(expected, data.Bytes.Read(0, (int)data.ByteLength));
        }
    }

    [Fact]
    public void Scalars_and_empty_tensors_are_tensors()
    {
        TensorProto scalar = TinyModel.Raw("scalar", 4f);
        scalar.Dims.Clear();
        TensorProto empty = New(DataType.Float, t => { t.Dims.Clear(); t.Dims.Add([0, long.MaxValue, 3]); });
        using ModelFile file = Open(TinyModel.With(scalar, empty));
        Assert.Equal([4f], file.Floats(file.Model.Graph.Initializer[0]));
        Assert.Equal(0, file.Data(file.Model.Graph.Initializer[1]).ElementCount);
    }

    [Theory]
    [InlineData("needs 4398046511104 bytes", 1L << 40)]
    [InlineData("overflows", 1L << 40, 1L << 40)]
    [InlineData("dimension -1 is negative", -1L)]
    [InlineData("dimension -1 is negative", 0L, -1L)]
    [InlineData("needs 20 bytes, but the tensor holds 4", 5L)]
    public void Dimensions_that_the_data_do_not_bear_out_are_refused(string reason, params long[] dims)
    {
        TensorProto tensor = TinyModel.Raw("w", 1f);
        tensor.Dims.Clear();
        tensor.Dims.Add(dims);
        using ModelFile file = Open(TinyModel.With(tensor));
        string message = Refused(file).Message;
        Assert.Contains("tensor 'w'", message);
        Assert.Contains(reason, message);
    }

    [Fact]
    public void Texts_unknown_types_and_data_in_two_places_are_refused()
    {
        TensorProto twice = TinyModel.Raw("w", 1f);
        twice.FloatData.Add(1f);
        TensorProto[] refused =
            [New(DataType.String, t => t.StringData.Add(ByteString.Empty)), New((DataType)99, _ => { }), twice];
        foreach (TensorProto tensor in refused)
        {
            using ModelFile file = Open(TinyModel.With(tensor));
            Refused(file);
        }
    }

    [Fact]
    public void An_error_names_the_node_and_the_place()
    {
        ModelProto model = TinyModel.Full();
        model.Graph.Node[1].Attribute[0].T.Dims[0] = 2;
        using ModelFile file = Open(model);
        string message = Assert.Throws<ModelFileException>(
            () => file.Data(file.Model.Graph.Node[1].Attribute[0].T)).Message;
        Assert.Contains("Constant node", message);
        Assert.Contains("output 'c'", message);
        Assert.Contains("at byte ", message);
    }

    private static TensorProto New(DataType type, Action<TensorProto> fill)
    {
        var tensor = new TensorProto { DataType = (int)type, Dims = { 1 } };
        fill(tensor);
        return tensor;
    }

    private static ModelFileException Refused(ModelFile file) =>
        Assert.Throws<ModelFileException>(() => file.Data(file.Model.Graph.Initializer[0]));

    private ModelFile Open(ModelProto model) => ModelFile.Open(_folder.Put("m.onnx", model.ToByteArray()));
}
