using System.Runtime.InteropServices;
using Canon.Onnx;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using Google.Protobuf;
using DataType = Canon.Onnx.Schema.TensorProto.Types.DataType;

namespace Canon.Tests.Files;

public sealed class WritingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_unchanged_model_is_written_byte_for_byte()
    {
        byte[] bytes = TinyModel.Full().ToByteArray();
        Assert.Equal(bytes, Rewritten(bytes));
    }

    [Fact]
    public void Unknown_fields_survive_at_every_level()
    {
        // Field 1000, a text, after the last field of the model, of its graph and of a tensor in it.
        ByteString unknown = ByteString.CopyFrom([0xC2, 0x3E, 0x03, (byte)'a', (byte)'b', (byte)'c']);
        TensorProto tensor = TensorProto.Parser.ParseFrom(TinyModel.Raw("w", 1f).ToByteString().Concat(unknown).ToArray());
        ModelProto model = TinyModel.With(tensor);
        model.Graph = GraphProto.Parser.ParseFrom(model.Graph.ToByteString().Concat(unknown).ToArray());
        byte[] bytes = [.. model.ToByteArray(), .. unknown];

        Assert.Equal(bytes, Rewritten(bytes));
        Assert.Equal(3, Occurrences(bytes, unknown.ToByteArray()));
    }

    [Fact]
    public void Absent_fields_stay_absent_and_zeros_stay_zeros()
    {
        ModelProto model = TinyModel.With(TinyModel.Raw("w", 1f));
        model.ModelVersion = 0;
        ModelProto written = ModelProto.Parser.ParseFrom(Rewritten(model.ToByteArray()));
        Assert.True(written.HasModelVersion);
        Assert.False(written.HasDocString);
    }

    [Fact]
    public void A_replaced_tensor_lands_bit_for_bit_and_the_others_stay()
    {
        byte[] values = new byte[5 << 20];
        new Random(1).NextBytes(values);
        ModelProto source = TinyModel.Full();
        using ModelFile file = Open(source.ToByteArray());
        ModelProto changed = file.Model.Clone();
        TensorProto grown = changed.Graph.Node[1].Attribute[0].T;
        grown.DataType = (int)DataType.Double;
        grown.Dims[0] = values.Length / 8;
        TensorProto typed = changed.Graph.Initializer[1];
        var calls = new List<(long Offset, int Length)>();

        file.Write(_folder["out.onnx"], changed,
        [
            new TensorReplacement(grown, values.Length, (offset, block) =>
            {
                calls.Add((offset, block.Length));
                values.AsSpan((int)offset, block.Length).CopyTo(block);
            }),
            new TensorReplacement(typed, 8, (_, block) => MemoryMarshal.AsBytes<float>([5f, 6f]).CopyTo(block)),
        ]);

        ModelProto expected = source.Clone();
        expected.Graph.Node[1].Attribute[0].T.RawData = ByteString.CopyFrom(values);
        expected.Graph.Node[1].Attribute[0].T.DataType = (int)DataType.Double;
        expected.Graph.Node[1].Attribute[0].T.Dims[0] = values.Length / 8;
        expected.Graph.Initializer[1] = TinyModel.Raw("t", 5f, 6f);
        Assert.Equal(expected, ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder["out.onnx"])));
        Assert.Equal(5, calls.Count);
        Assert.All(calls, call => Assert.Equal(0, call.Length % 8));
    }

    [Fact]
    public void A_model_may_be_rearranged_before_it_is_written()
    {
        using ModelFile file = Open(TinyModel.Full().ToByteArray());
        ModelProto changed = TinyModel.With(TinyModel.Raw("new", 1f), file.Model.Graph.Initializer[0].Clone());
        file.Write(_folder["out.onnx"], changed);

        using ModelFile written = ModelFile.Open(_folder["out.onnx"]);
        Assert.Equal([1f], written.Floats(written.Model.Graph.Initializer[0]));
        Assert.Equal(TinyModel.Weights, written.Floats(written.Model.Graph.Initializer[1]));
        Assert.Equal(["m.onnx", "out.onnx"], _folder.Names);
    }

    [Fact]
    public void An_existing_file_is_kept_unless_overwriting_is_allowed()
    {
        byte[] bytes = TinyModel.Full().ToByteArray();
        using ModelFile file = Open(bytes);
        Assert.Contains("exists", Assert.Throws<ModelFileException>(() => file.Write(file.Path, file.Model)).Message);
        Assert.Equal(bytes, File.ReadAllBytes(file.Path));
        Assert.Equal(["m.onnx"], _folder.Names);
    }

    [Fact]
    public void The_open_file_itself_can_be_overwritten()
    {
        using ModelFile file = Open(TinyModel.Full().ToByteArray());
        ModelProto changed = file.Model.Clone();
        changed.Graph.Initializer.RemoveAt(1);
        file.Write(file.Path, changed, options: new WriteOptions(Overwrite: true));

        Assert.Equal(TinyModel.Weights, file.Floats(file.Model.Graph.Initializer[0]));
        using ModelFile written = ModelFile.Open(file.Path);
        Assert.Equal(TinyModel.Weights, written.Floats(Assert.Single(written.Model.Graph.Initializer)));
    }

    [Fact]
    public void A_failure_or_cancellation_in_the_middle_leaves_nothing_behind()
    {
        using ModelFile file = Open(TinyModel.Full().ToByteArray());
        using var source = new CancellationTokenSource();
        TensorProto w = file.Model.Graph.Initializer[0];
        TensorReplacement failing = new(w, 24, (_, _) => throw new InvalidTimeZoneException());
        TensorReplacement cancelling = new(w, 24, (_, _) => source.Cancel());

        Assert.Throws<InvalidTimeZoneException>(() => file.Write(_folder["out.onnx"], file.Model, [failing]));
        Assert.ThrowsAny<OperationCanceledException>(
            () => file.Write(_folder["out.onnx"], file.Model, [cancelling], cancellation: source.Token));
        Assert.Throws<ModelFileException>(() => file.Write(_folder["no/such/folder.onnx"], file.Model));
        Assert.Throws<ModelFileException>(() => file.Write(_folder.FullName, file.Model, options: new WriteOptions(Overwrite: true)));
        Assert.Equal(["m.onnx"], _folder.Names);
    }

    [Fact]
    public void More_than_two_gigabytes_are_refused_before_anything_is_written()
    {
        using ModelFile file = Open(TinyModel.Full().ToByteArray());
        ModelProto changed = file.Model.Clone();
        TensorProto huge = changed.Graph.Initializer[0];
        huge.Dims[0] = 1L << 29;
        TensorReplacement data = new(huge, 1L << 31, (_, _) => Assert.Fail("nothing should be written"));

        var refused = Assert.Throws<ModelFileException>(() => file.Write(_folder["out.onnx"], changed, [data], new WriteOptions(ExternalData: ExternalData.Inside)));
        Assert.Contains("at most 2147483647", refused.Message);
        Assert.Equal(["m.onnx"], _folder.Names);
    }

    [Fact]
    public void Replacements_must_fit()
    {
        using ModelFile file = Open(TinyModel.Full().ToByteArray());
        TensorProto w = file.Model.Graph.Initializer[0];
        static void Fill(long offset, Span<byte> block) => block.Clear();
        void Write(params TensorReplacement[] replacements) =>
            file.Write(_folder["out.onnx"], file.Model, replacements);

        Assert.Throws<ArgumentException>(() => Write(new TensorReplacement(w, 20, Fill)));
        Assert.Throws<ArgumentException>(() => Write(new TensorReplacement(w.Clone(), 24, Fill)));
        Assert.Throws<ArgumentException>(
            () => Write(new TensorReplacement(w, 24, Fill), new TensorReplacement(w, 24, Fill)));
    }

    [Fact]
    public void Progress_ends_at_the_size_of_the_file()
    {
        using ModelFile file = Open(TinyModel.Full().ToByteArray());
        var reports = new Reports();
        file.Write(_folder["out.onnx"], file.Model, progress: reports);
        long size = new FileInfo(_folder["out.onnx"]).Length;
        Assert.Equal(new WriteProgress(size, size), reports.Seen[^1]);
        Assert.Equal(reports.Seen.OrderBy(report => report.BytesWritten), reports.Seen);
    }

    private static int Occurrences(byte[] bytes, byte[] wanted) =>
        Enumerable.Range(0, bytes.Length - wanted.Length + 1)
            .Count(start => bytes.AsSpan(start, wanted.Length).SequenceEqual(wanted));

    private ModelFile Open(byte[] bytes) => ModelFile.Open(_folder.Put("m.onnx", bytes));

    private byte[] Rewritten(byte[] bytes)
    {
        using ModelFile file = Open(bytes);
        file.Write(_folder["rewritten.onnx"], file.Model);
        return File.ReadAllBytes(_folder["rewritten.onnx"]);
    }

    private sealed class Reports : IProgress<WriteProgress>
    {
        public List<WriteProgress> Seen { get; } = [];

        public void Report(WriteProgress value) => Seen.Add(value);
    }
}
