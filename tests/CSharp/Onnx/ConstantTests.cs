using System.Runtime.InteropServices;
using Canon.Onnx.Graphs;
using Canon.Onnx.Schema;
using Canon.Tests.Files;
using Google.Protobuf;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Onnx;

/// <summary>Tensors that a model carries with it, found through the nodes that lay them out otherwise.</summary>
public sealed class ConstantTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Find(Func<ModelBuilder, ModelBuilder> parts, Action<Constant?> check, long opset = 17)
    {
        ModelBuilder builder = parts(new ModelBuilder(opset).Input("x", 0, 4));
        using var probe = new GraphProbe(_folder, builder.Output(builder.Model.Graph.Node[^1].Output[0]));
        probe.Graph.TryConstant(builder.Model.Graph.Node[^1].Output[0], out Constant? constant);
        check(constant);
    }

    private void Is(string dims, double[] numbers, Func<ModelBuilder, ModelBuilder> parts, long opset = 17) => Find(
        parts,
        constant =>
        {
            Assert.NotNull(constant);
            Assert.Equal(dims, string.Join(' ', constant.Dims));
            Assert.True(constant.TryFloats(out double[]? floats));
            Assert.Equal(numbers, floats);
            Assert.False(constant.IsRoot);
        },
        opset);

    private static ModelBuilder Six(ModelBuilder m) => m.Floats("W", [2, 3], 1, 2, 3, 4, 5, 6);

    [Fact]
    public void Layouts()
    {
        Is("3 2", [1, 4, 2, 5, 3, 6], m => Six(m).Node("Transpose", "W", "y"));
        Is("3 2", [1, 2, 3, 4, 5, 6], m => Six(m).Integers("t", 3, -1).Node("Reshape", "W t", "y"));
        Is("2 1 3", [1, 2, 3, 4, 5, 6], m => Six(m).Integers("a", 1).Node("Unsqueeze", "W a", "y"));
        Is("2 1 3", [1, 2, 3, 4, 5, 6], m => Six(m).Node("Unsqueeze", "W", "y", ("axes", new long[] { 1 })), 11);
        Is("1 6", [1, 2, 3, 4, 5, 6], m => Six(m).Node("Flatten", "W", "y", ("axis", 0)));
        Is("6", [1, 2, 3, 4, 5, 6], m => Six(m).Node("Flatten", "W", "a", ("axis", 0)).Node("Squeeze", "a", "y"));
        Is("2 3", [1, 2, 3, 4, 5, 6], m => Six(m).Node("Dropout", "W", "y"));
        Is("3 2", [1, 4, 2, 5, 3, 6], m => Six(m).Node("Cast", "W", "a", ("to", 11)).Node("Transpose", "a", "b").Node("Cast", "b", "y", ("to", 10)));
    }

    [Theory]
    [InlineData(new long[] { 0, 1, 2, 3 })]
    [InlineData(new long[] { 3, 2, 1, 0 })]
    [InlineData(new long[] { 2, 3, 0, 1 })]
    [InlineData(new long[] { 1, 0, 2, 3 })]
    [InlineData(new long[] { 0, 2, 1, 3 })]
    [InlineData(new long[] { 3, 0, 2, 1 })]
    public void Every_piece_of_a_permuted_tensor(long[] permutation) => Find(
        m => m.Floats("W", [2, 3, 1, 4], [.. Enumerable.Range(0, 24).Select(i => (float)i)]).Node("Transpose", "W", "y", ("perm", permutation)),
        constant =>
        {
            Assert.NotNull(constant);
            long[] dims = [2, 3, 1, 4];
            long[] strides = [12, 4, 4, 1];
            IEnumerable<float> expected =
                from a in Enumerable.Range(0, (int)dims[permutation[0]])
                from b in Enumerable.Range(0, (int)dims[permutation[1]])
                from c in Enumerable.Range(0, (int)dims[permutation[2]])
                from d in Enumerable.Range(0, (int)dims[permutation[3]])
                select (float)(a * strides[permutation[0]] + b * strides[permutation[1]] + c * strides[permutation[2]] + d * strides[permutation[3]]);
            byte[] bytes = MemoryMarshal.AsBytes<float>(expected.ToArray()).ToArray();
            for (int offset = 0; offset < bytes.Length; offset += 3)
                Assert.Equal(bytes[offset..Math.Min(bytes.Length, offset + 17)], constant.Data.Bytes.Read(offset, Math.Min(17, bytes.Length - offset)));
        });

    [Fact]
    public void Axes_of_size_one_move_without_a_copy() => Find(
        m => m.Weight("W", 1, 3, 1, 4).Node("Transpose", "W", "y", ("perm", new long[] { 1, 2, 3, 0 })),
        constant => Assert.IsNotType<Canon.Onnx.Files.PermutedBytes>(constant!.Data.Bytes));

    [Fact]
    public void Types()
    {
        ModelBuilder Halves(ModelBuilder m) => m.Tensor(new TensorProto { Name = "W", DataType = (int)DataType.Float16, Dims = { 2 }, Int32Data = { 0x3C00, 0xC100 } });
        Is("2", [1, -2.5], m => Halves(m).Node("Cast", "W", "y", ("to", 1)));
        Is("2", [1, 1 + 1.0 / 128], m => m.Floats("W", [2], 1.001f, 1.006f).Node("Cast", "W", "y", ("to", 16)));
        Is("2", [double.PositiveInfinity, double.NaN], m => m.Floats("W", [2], 1e30f, float.NaN).Node("Cast", "W", "y", ("to", 10)));
        void Integers(long[] expected, int to, params long[] given) => Find(
            m => m.Integers("W", given).Node("Cast", "W", "y", ("to", to)),
            constant => Assert.Equal(expected, constant!.TryIntegers(out long[]? numbers) ? numbers : null));
        Integers([255, 2], (int)DataType.Uint8, -1, 258);
        Integers([-1, 2], (int)DataType.Int8, -1, 258);
        Integers([1, 0], (int)DataType.Bool, -256, 0);
        Find(m => Six(m).Node("Cast", "W", "y", ("to", 7)), Assert.Null);
        Find(m => Six(m).Node("Cast", "W", "y", ("to", 99)), Assert.Null);
    }

    [Theory]
    [InlineData(DataType.Int8, "FF 02", new long[] { -1, 2 })]
    [InlineData(DataType.Uint8, "FF 02", new long[] { 255, 2 })]
    [InlineData(DataType.Int16, "FFFF", new long[] { -1 })]
    [InlineData(DataType.Uint16, "FFFF", new long[] { 65535 })]
    [InlineData(DataType.Uint32, "FFFFFFFF", new long[] { uint.MaxValue })]
    [InlineData(DataType.Uint64, "FFFFFFFFFFFFFF7F", new long[] { long.MaxValue })]
    [InlineData(DataType.Uint64, "FFFFFFFFFFFFFFFF", null)]
    [InlineData(DataType.Bool, "0100", new long[] { 1, 0 })]
    public void Integers_of_every_width(object type, string hex, long[]? expected)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", ""));
        int size = Canon.Onnx.Files.TensorLayout.Bits((DataType)type) / 8;
        var tensor = new TensorProto { Name = "W", DataType = (int)(DataType)type, Dims = { bytes.Length / size }, RawData = ByteString.CopyFrom(bytes) };
        Find(m => m.Tensor(tensor).Node("Identity", "W", "y"), constant =>
        {
            Assert.True(constant!.IsRoot);
            Assert.Equal(expected, constant.TryIntegers(out long[]? numbers) ? numbers : null);
        });
    }

    [Fact]
    public void Filled_tensors()
    {
        Is("2 2", [0, 0, 0, 0], m => m.Integers("s", 2, 2).Node("ConstantOfShape", "s", "y"));
        Is("3", [1.5, 1.5, 1.5], m => m.Integers("s", 3).Node("ConstantOfShape", "s", "y", ("value", new TensorProto { DataType = 1, Dims = { 1 }, FloatData = { 1.5f } })));
        Is("0 9", [], m => m.Integers("s", 0, 9).Node("ConstantOfShape", "s", "y"));
        Find(m => m.Integers("s", 1L << 40).Node("ConstantOfShape", "s", "y"), Assert.Null);
        Find(m => m.Integers("s", 1 << 20, 1 << 20, 1 << 20, 1 << 20).Node("ConstantOfShape", "s", "y"), Assert.Null);
        Find(m => m.Integers("s", -1).Node("ConstantOfShape", "s", "y"), Assert.Null);
    }

    [Fact]
    public void Names_are_those_of_the_root() => Find(
        m => Six(m).Node("Identity", "W", "i").Node("Transpose", "i", "t").Node("Identity", "t", "y"),
        constant => Assert.Equal(("W", "W", "y", false), (constant!.Name, constant.Root, constant.Value, constant.IsRoot)));

    [Fact]
    public void What_is_no_constant()
    {
        Find(m => Six(m).Node("Neg", "W", "y"), Assert.Null);
        Find(m => m.Node("Transpose", "x", "y"), Assert.Null);
        Find(m => Six(m).Node("Shape", "x", "s").Node("Reshape", "W s", "y"), Assert.Null);
        Find(m => Six(m).Node("Transpose", "W", "y", ("perm", new long[] { 0, 0 })), Assert.Null);
        Find(m => Six(m).Integers("t", 4, -1).Node("Reshape", "W t", "y"), Assert.Null);
        Find(m => Six(m).Integers("t", 5, 5).Node("Reshape", "W t", "y"), Assert.Null);
        Find(m => Six(m).Integers("a", long.MinValue).Node("Unsqueeze", "W a", "y"), Assert.Null);
        Find(m => Six(m).Node("Dropout", "W", "y"), Assert.Null, 6);
    }

    [Fact]
    public void Long_chains_take_no_stack()
    {
        ModelBuilder Chain(ModelBuilder m, string op, params (string, object)[] attributes)
        {
            Six(m).Node("Identity", "W", "v0");
            for (int i = 0; i < 20_000; i++)
                m.Node(op, $"v{i}", $"v{i + 1}", attributes);
            return m;
        }

        Is("2 3", [1, 2, 3, 4, 5, 6], m => Chain(m, "Dropout"));
        Find(m => Chain(m, "Transpose"), Assert.Null);
        Find(m => Chain(m, "Identity"), constant => Assert.True(constant!.IsRoot));
    }
}
