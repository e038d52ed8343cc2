using System.Buffers;
using System.Globalization;
using Canon.Onnx;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using Google.Protobuf;

namespace Canon.Tests.Files;

/// <summary>Models whose data are written into a second file.</summary>
public sealed class ExternalWritingTests : IDisposable
{
    private static readonly WriteOptions Beside = new(ExternalData: ExternalData.Beside);
    private static readonly float[] Large = [.. Enumerable.Range(0, 3000).Select(i => i * 0.5f)], Medium = [.. Large.Take(300)];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ModelProto Sample() => TinyModel.With(
        TinyModel.Raw("small", 1f, 2f), TinyModel.Raw("medium", Medium), TinyModel.Raw("large", Large), TinyModel.Raw("last", Medium));

    private ModelFile Open(ModelProto model) => ModelFile.Open(_folder.Put("in.onnx", model.ToByteArray()));

    private ModelFile Written(WriteOptions? options = null, string name = "out.onnx")
    {
        using ModelFile file = Open(Sample());
        file.Write(_folder[name], file.Model, options: options);
        return ModelFile.Open(_folder[name]);
    }

    private static string Entry(TensorProto tensor, string key) => tensor.ExternalData.Single(entry => entry.Key == key).Value;

    [Fact]
    public void Large_initializers_move_out_and_are_read_back_bit_for_bit()
    {
        using ModelFile written = Written(Beside);
        IReadOnlyList<TensorProto> tensors = written.Model.Graph.Initializer;
        Assert.Equal([false, true, true, true], tensors.Select(ModelFile.IsExternal));
        Assert.Equal([1f, 2f], written.Floats(tensors[0]));
        Assert.Equal([Medium, Large, Medium], tensors.Skip(1).Select(written.Floats));
        Assert.All(tensors.Skip(1), tensor => Assert.Equal("out.onnx.data", Entry(tensor, "location")));
        Assert.Equal(["0", "4096", "16128"], tensors.Skip(1).Select(tensor => Entry(tensor, "offset")));
        Assert.Equal(["1200", "12000", "1200"], tensors.Skip(1).Select(tensor => Entry(tensor, "length")));
        Assert.Equal(16128 + 1200, new FileInfo(_folder["out.onnx.data"]).Length);
        Assert.Equal(["in.onnx", "out.onnx", "out.onnx.data"], _folder.Names);
    }

    [Fact]
    public void A_model_stays_as_it_was_read_and_comes_back_the_same()
    {
        using (ModelFile written = Written(Beside))
        {
            written.Write(_folder["again.onnx"], written.Model);
            written.Write(_folder["inside.onnx"], written.Model, options: new WriteOptions(ExternalData: ExternalData.Inside));
        }

        Assert.Equal(File.ReadAllBytes(_folder["in.onnx"]), File.ReadAllBytes(_folder["inside.onnx"]));
        Assert.Equal(File.ReadAllBytes(_folder["out.onnx.data"]), File.ReadAllBytes(_folder["again.onnx.data"]));
        Assert.False(File.Exists(_folder["inside.onnx.data"]));
        using ModelFile alone = Written(name: "alone.onnx");
        Assert.False(alone.HasExternalData);
        Assert.False(File.Exists(_folder["alone.onnx.data"]));
    }

    [Fact]
    public void What_one_file_does_not_hold_goes_into_two()
    {
        using (ModelFile written = Written(new WriteOptions(Limit: 5000)))
            Assert.True(written.HasExternalData);
        using (ModelFile written = Written(new WriteOptions(Limit: 20000), "fits.onnx"))
            Assert.False(written.HasExternalData);

        var inside = new WriteOptions(ExternalData: ExternalData.Inside, Limit: 5000);
        Assert.Contains("at most 5000", Assert.Throws<ModelFileException>(() => Written(inside, "no.onnx")).Message);
        Assert.Contains("at most 50;", Assert.Throws<ModelFileException>(() => Written(new(Limit: 50), "no.onnx")).Message);
        Assert.DoesNotContain(_folder.Names, name => name.StartsWith("no", StringComparison.Ordinal));
    }

    [Fact]
    public void New_numbers_are_streamed_into_the_second_file()
    {
        using ModelFile file = Open(Sample());
        TensorProto large = file.Model.Graph.Initializer[2];
        var reports = new List<WriteProgress>();
        file.Write(
            _folder["out.onnx"],
            file.Model,
            [new TensorReplacement(large, 12000, (_, block) => block.Fill(1))],
            Beside,
            new Reports(reports));

        using ModelFile written = ModelFile.Open(_folder["out.onnx"]);
        Assert.All(written.Floats(written.Model.Graph.Initializer[2]), value => Assert.Equal(0x01010101, BitConverter.SingleToInt32Bits(value)));
        long size = new FileInfo(_folder["out.onnx"]).Length + new FileInfo(_folder["out.onnx.data"]).Length;
        Assert.Equal(size, reports[^1].TotalBytes);
        Assert.InRange(reports[^1].BytesWritten, size - 1000, size);
    }

    [Fact]
    public void An_existing_data_file_is_kept_unless_overwriting_is_allowed()
    {
        _folder.Put("out.onnx.data", [7]);
        string message = Assert.Throws<ModelFileException>(() => Written(Beside)).Message;
        Assert.Contains("out.onnx.data: cannot write: the file exists", message);
        Assert.Equal([7], File.ReadAllBytes(_folder["out.onnx.data"]));
        Assert.Equal(["in.onnx", "out.onnx.data"], _folder.Names);

        using ModelFile written = Written(Beside with { Overwrite = true });
        Assert.Equal(Large, written.Floats(written.Model.Graph.Initializer[2]));
        Assert.Equal(["in.onnx", "out.onnx", "out.onnx.data"], _folder.Names);
    }

    [Fact]
    public void A_model_can_replace_itself_and_the_data_that_it_is_read_from()
    {
        if (OperatingSystem.IsWindows())
            return;
        using ModelFile file = Written(Beside);
        ModelProto changed = file.Model.Clone();
        changed.Graph.Initializer.RemoveAt(1);
        file.Write(file.Path, changed, options: new WriteOptions(Overwrite: true));

        Assert.Equal(Medium, file.Floats(file.Model.Graph.Initializer[1]));
        Assert.Equal(Large, file.Floats(file.Model.Graph.Initializer[2]));
        using ModelFile written = ModelFile.Open(file.Path);
        Assert.Equal(Large, written.Floats(written.Model.Graph.Initializer[1]));
        Assert.Equal(["in.onnx", "out.onnx", "out.onnx.data"], _folder.Names);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_the_model_cannot_have_its_name_the_data_lose_theirs(bool replaces)
    {
        if (replaces)
            _folder.Put("out.onnx.data", [7]);
        using ModelFile file = Open(Sample());
        // In the way only once all is written: what is found before is refused before.
        TensorReplacement late = new(file.Model.Graph.Initializer[0], 8, (_, _) => Directory.CreateDirectory(_folder["out.onnx"]));

        Assert.Throws<ModelFileException>(
            () => file.Write(_folder["out.onnx"], file.Model, [late], Beside with { Overwrite = replaces }));
        Assert.Equal(replaces ? ["in.onnx", "out.onnx", "out.onnx.data"] : (string[])["in.onnx", "out.onnx"], _folder.Names);
        if (replaces)
            Assert.Equal([7], File.ReadAllBytes(_folder["out.onnx.data"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_the_second_rename_fails_the_first_is_undone(bool replaces)
    {
        if (replaces)
            _folder.Put("out.onnx.data", [7]);
        using (TargetFile data = TargetFile.Create(_folder["out.onnx.data"], replaces))
        using (TargetFile model = TargetFile.Create(_folder["out.onnx"], replaces))
        {
            data.Write<byte>([1, 2]);
            model.Write<byte>([3]);
            // Without its temporary file the rename fails, and not before.
            File.Delete(model.Temporary);
            Assert.Throws<ModelFileException>(() => TargetFile.Commit(data, model));
        }

        Assert.Equal(replaces ? ["out.onnx.data"] : (string[])[], _folder.Names);
        if (replaces)
            Assert.Equal([7], File.ReadAllBytes(_folder["out.onnx.data"]));
    }

    [Fact]
    public void A_failure_or_cancellation_leaves_neither_file()
    {
        using ModelFile file = Open(Sample());
        using var source = new CancellationTokenSource();
        TensorProto first = file.Model.Graph.Initializer[1], last = file.Model.Graph.Initializer[3];
        TensorReplacement cancelling = new(first, 1200, (_, _) => source.Cancel());
        TensorReplacement failing = new(last, 1200, (_, _) => throw new InvalidTimeZoneException());

        Assert.ThrowsAny<OperationCanceledException>(
            () => file.Write(_folder["out.onnx"], file.Model, [cancelling], Beside, cancellation: source.Token));
        Assert.Throws<InvalidTimeZoneException>(() => file.Write(_folder["out.onnx"], file.Model, [failing], Beside));
        Assert.Equal(["in.onnx"], _folder.Names);
    }

    [Fact]
    public void A_name_that_could_not_be_referred_to_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        Assert.Contains("choose another name", Assert.Throws<ModelFileException>(() => Written(Beside, "c:out.onnx")).Message);
        Assert.Equal(["in.onnx"], _folder.Names);
    }

    [Fact]
    public void Tensors_of_attributes_stay_where_they_are()
    {
        ModelProto model = TinyModel.Full();
        model.Graph.Node[1].Attribute[0].T = TinyModel.Raw("", Large);
        model.Graph.Node[2].Attribute[0].G.Initializer[0] = TinyModel.Raw("i", Medium);
        using ModelFile file = Open(model);
        file.Write(_folder["out.onnx"], file.Model, options: Beside);

        using ModelFile written = ModelFile.Open(_folder["out.onnx"]);
        Assert.Equal(
            ["i"],
            TensorTree.Tensors(written.Model).Select(entry => entry.Tensor).Where(ModelFile.IsExternal).Select(tensor => tensor.Name));
        Assert.Equal(1200, long.Parse(Entry(written.Model.Graph.Node[2].Attribute[0].G.Initializer[0], "length"), CultureInfo.InvariantCulture));
    }

    private sealed class Reports(List<WriteProgress> seen) : IProgress<WriteProgress>
    {
        public void Report(WriteProgress value) => seen.Add(value);
    }
}
