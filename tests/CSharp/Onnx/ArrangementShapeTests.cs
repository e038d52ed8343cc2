using Canon.Onnx.Schema;
using Canon.Tests.Files;

namespace Canon.Tests.Onnx;

/// <summary>The shapes that rearrangements, selections and reductions yield, of an input x of [n, 6, 7, 9].</summary>
public sealed class ArrangementShapeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Is(string expected, Func<ModelBuilder, ModelBuilder> parts, long opset = 17, params long[] input) =>
        Assert.Equal(expected, GraphProbe.Outputs(_folder, parts, opset, input));

    private static long[] L(params long[] numbers) => numbers;

    [Fact]
    public void Axes_in_another_order()
    {
        Is("9 7 6 n", m => m.Node("Transpose", "x", "y"));
        Is("n 7 9 6", m => m.Node("Transpose", "x", "y", ("perm", L(0, 2, 3, 1))));
        Is("…", m => m.Node("Transpose", "x", "y", ("perm", L(0, 2, 2, 1))));
        Is("n 4", m => m.Node("Squeeze", "x", "y", ("axes", L(1, -1))), 11, 0, 1, 4, 1);
        Is("n 4", m => m.Integers("a", 1, 3).Node("Squeeze", "x a", "y"), 13, 0, 1, 4, 1);
        Is("3 4", m => m.Node("Squeeze", "x", "y"), 13, 3, 1, 4, 1);
        Is("1 n 4 1", m => m.Node("Unsqueeze", "x", "y", ("axes", L(0, 3))), 11, 0, 4);
        Is("n 1 4 1", m => m.Integers("a", -1, 1).Node("Unsqueeze", "x a", "y"), 13, 0, 4);
        Is("…", m => m.Integers("a", 7).Node("Unsqueeze", "x a", "y"), 13, 0, 4);
    }

    [Theory]
    [InlineData("n 378", new long[] { 0, -1 })]
    [InlineData("n 3 2 63", new long[] { 0, 3, 2, -1 })]
    [InlineData("n 6 63", new long[] { -1, 6, 63 })]
    [InlineData("n 7 54", new long[] { -1, 7, 54 })]
    [InlineData("2 6 7 9 ?", new long[] { 2, 0, 0, 0, -1 })]
    [InlineData("? 9", new long[] { -1, 9 })]
    [InlineData("? 5", new long[] { -1, 5 })]
    [InlineData("? ?", new long[] { -1, -1 })]
    [InlineData("n ?", new long[] { 0, -7 })]
    public void Reshapes(string expected, long[] target) => Is(expected, m => m.Integers("t", target).Node("Reshape", "x t", "y"));

    [Fact]
    public void Flattened()
    {
        Is("n 378", m => m.Node("Flatten", "x", "y"));
        Is("? 63", m => m.Node("Flatten", "x", "y", ("axis", 2)));
        Is("? 9", m => m.Node("Flatten", "x", "y", ("axis", -1)));
        Is("? ?", m => m.Node("Flatten", "x", "y", ("axis", 9)));
    }

    [Fact]
    public void Slices()
    {
        Is("n 6 6 2", m => m.Node("Slice", "x", "y", ("starts", L(1, -3)), ("ends", L(100, -1)), ("axes", L(2, 3))), 9);
        Is("n 3 7 9", m => m.Node("Slice", "x", "y", ("starts", L(0, 1)), ("ends", L(int.MaxValue, 4))), 9);
        Func<ModelBuilder, ModelBuilder> With(long start, long end, long axis, long step) => m =>
            m.Integers("s", start).Integers("e", end).Integers("a", axis).Integers("t", step).Node("Slice", "x s e a t", "y");
        Is("n 6 7 5", With(-1, long.MinValue, 3, -2));
        Is("n 6 6 9", With(5, long.MinValue, 2, -1));
        Is("n 6 7 3", With(0, 100, -1, 4));
        Is("n 6 7 3", With(100, -100, -1, -3));
        Is("n 6 7 0", With(3, 3, 3, 1));
        Is("n 6 7 ?", With(0, 3, 3, 0));
        Is("n 6 7 1", With(long.MaxValue, long.MinValue, 3, long.MinValue));
        Is("? 6 7 9", With(0, 1, 0, 1));
        Is("n 6 7 9", With(0, long.MaxValue, 0, 1));
        Is("? ? ? ?", With(0, 1, 8, 1));
    }

    [Fact]
    public void Splits()
    {
        Is("n 3 7 9, n 3 7 9", m => m.Node("Split", "x", "a b", ("axis", 1)));
        Is("n 1 7 9, n 5 7 9", m => m.Node("Split", "x", "a b", ("axis", 1), ("split", L(1, 5))), 11);
        Is("n 2 7 9, n 4 7 9", m => m.Integers("s", 2, 4).Node("Split", "x s", "a b", ("axis", -3)));
        Is("n 6 4 9, n 6 3 9", m => m.Node("Split", "x", "a b", ("axis", 2), ("num_outputs", 2)), 18);
        Is("n 6 ? 9, n 6 ? 9", m => m.Node("Split", "x", "a b", ("axis", 2)));
        Is("n ? 7 9, n ? 7 9", m => m.Node("Split", "x", "a b", ("axis", 1), ("split", L(-1, 7, 3))), 11);
    }

    [Fact]
    public void Wider_and_narrower()
    {
        Is("n 6 11 15", m => m.Node("Pad", "x", "y", ("pads", L(0, 0, 1, 2, 0, 0, 3, 4))), 10);
        Is("n 6 8 8", m => m.Integers("p", 0, 0, 1, 2, 0, 0, 0, -3).Node("Pad", "x p", "y"));
        Is("n 6 7 12", m => m.Integers("p", 1, 2).Integers("a", 3).Node("Pad", "x p - a", "y"), 18);
        Is("n 6 ? 9", m => m.Integers("p", 0, 0, long.MaxValue, 0, 0, 0, 1, 0).Node("Pad", "x p", "y"));
        Is("n 6 14 27", m => m.Node("Upsample", "x", "y", ("scales", new[] { 1f, 1, 2, 3 })), 7);
        Is("n 6 14 13", m => m.Floats("s", [4], 1, 1, 2, 1.5f).Node("Upsample", "x s", "y"), 9);
        Is("n 6 14 5", m => m.Floats("s", [4], 1, 1, 2, .6f).Node("Resize", "x s", "y"), 10);
        Is("n 6 17 2", m => m.Floats("s", [4], 1, 1, 2.5f, .33f).Node("Resize", "x - s", "y"));
        Is("2 6 3 50", m => m.Integers("z", 2, 6, 3, 50).Node("Resize", "x - - z", "y"));
        Is("n 6 4 20", m => m.Integers("z", 4, 20).Node("Resize", "x - - z", "y", ("axes", L(2, 3))), 18);
        Is("n 6 ? ?", m => m.Integers("z", 4, 20).Node("Resize", "x - - z", "y", ("axes", L(2, 3)), ("keep_aspect_ratio_policy", "not_larger")), 18);
        Is("n 6 ? ?", m => m.Floats("s", [4], 1, 1, float.NaN, -1).Node("Resize", "x - s", "y"));
    }

    [Fact]
    public void Reductions()
    {
        Is("n 1 7 1", m => m.Node("ReduceMean", "x", "y", ("axes", L(1, -1))));
        Is("n 6 9", m => m.Node("ReduceMax", "x", "y", ("axes", L(2)), ("keepdims", 0)));
        Is("1 1 1 1", m => m.Node("ReduceSum", "x", "y"));
        Is("", m => m.Node("ReduceSum", "x", "y", ("keepdims", 0)));
        Is("n 7 9", m => m.Integers("a", 1).Node("ReduceSum", "x a", "y", ("keepdims", 0)));
        Is("n 6 7 9", m => m.Node("ReduceSum", "x", "y", ("noop_with_empty_axes", 1)));
        Is("…", m => m.Node("ReduceL2", "x", "y", ("axes", L(9))));
        Is("n 1 7 9", m => m.Node("ArgMax", "x", "y", ("axis", 1)));
        Is("n 6 7", m => m.Node("ArgMin", "x", "y", ("axis", -1), ("keepdims", 0)));
        Is("n 3 7 9, n 3 7 9", m => m.Integers("k", 3).Node("TopK", "x k", "v i", ("axis", 1)));
        Is("n 6 7 2, n 6 7 2", m => m.Node("TopK", "x", "v i", ("k", 2)), 9);
    }

    [Fact]
    public void Selections()
    {
        Is("n 7 9", m => m.Tensor(new TensorProto { Name = "i", DataType = 7, Int64Data = { 2 } }).Node("Gather", "x i", "y", ("axis", 1)));
        Is("n 6 7 3", m => m.Integers("i", 0, 2, 2).Node("Gather", "x i", "y", ("axis", -1)));
        Is("2 9", m => m.Tensor(new TensorProto { Name = "i", DataType = 7, Dims = { 2, 3 }, Int64Data = { 0, 0, 0, 1, 1, 1 } }).Node("GatherND", "x i", "y"));
        Is("3", m => m.Integers("i", 0, 0, 0).Node("GatherElements", "x i", "y"), 17, 4);
        Is("4 ?", m => m.Node("NonZero", "x", "y"));
        Is("n 3 10 15", m => m.Node("DepthToSpace", "x", "y", ("blocksize", 5)), 17, 0, 75, 2, 3);
        Is("n 12 2 3", m => m.Node("SpaceToDepth", "x", "y", ("blocksize", 2)), 17, 0, 3, 4, 6);
        Is("n ? ? ?", m => m.Node("DepthToSpace", "x", "y", ("blocksize", int.MaxValue)), 17, 0, 75, 0, 0);
    }

    [Fact]
    public void Broadcasts_and_joins()
    {
        Is("n 4", m => m.Weight("c", 4).Node("Add", "x c", "y"), 17, 0, 1);
        Is("3 n 4", m => m.Weight("c", 3, 1, 4).Node("Less", "x c", "y"), 17, 0, 4);
        Is("n 4", m => m.Weight("c", 4).Node("Greater", "x c", "b").Node("Where", "b x c", "y"), 17, 0, 4);
        Is("5 4", m => m.Weight("c", 5, 4).Node("Pow", "x c", "y"), 17, 0, 4);
        Is("n 4", m => m.Input("z", 0, 4).Node("Mul", "x z", "y"), 17, 0, 4);
        Is("1 9", m => m.Weight("c", 1, 5).Node("Concat", "x c", "y", ("axis", -1)), 17, 0, 4);
        Is("n 3 4", m => m.Integers("t", 1, 3, 1).Node("Expand", "x t", "y"), 17, 0, 1, 4);
        Is("n 12", m => m.Integers("t", 1, 3).Node("Tile", "x t", "y"), 17, 0, 4);
    }

    [Fact]
    public void Every_output_of_normalizations_and_recurrent_layers()
    {
        Is("n 6 7 9, n 6 7 9", m => m.Node("Dropout", "x", "y mask"));
        Is("n 6 7 9, 6, 6", m => m.Weight("s", 6).Node("BatchNormalization", "x s s s s", "y m v", ("training_mode", 1)));
        Is("n 6 7 9, n 6 1 1, n 6 1 1", m => m.Weight("s", 7, 9).Node("LayerNormalization", "x s", "y m v", ("axis", 2)));
        Is(
            "5 2 n 4, 2 n 4, 2 n 4",
            m => m.Weight("W", 2, 16, 3).Weight("R", 2, 16, 4).Node("LSTM", "x W R", "y h c", ("hidden_size", 4), ("direction", "bidirectional")),
            17,
            5,
            0,
            3);
        Is("n 5 1 4, n 1 4", m => m.Weight("W", 1, 12, 3).Weight("R", 1, 12, 4).Node("GRU", "x W R", "y h", ("layout", 1)), 17, 0, 5, 3);
    }

    [Fact]
    public void More_dimensions_than_a_tensor_has_are_not_followed()
    {
        long[] axes = [.. Enumerable.Range(0, 60).Select(axis => (long)axis)];
        Is("…", m => m.Node("Unsqueeze", "x", "a", ("axes", axes)).Node("Unsqueeze", "a", "b", ("axes", axes)).Node("Transpose", "b", "y"), 11);
        Is("…", m => m.Integers("t", [.. Enumerable.Repeat(1L, 1000)]).Node("Reshape", "x t", "y"));
    }
}
