using System.Text.Json;
using Canon.Onnx;

namespace Canon.Tests.Files;

/// <summary>Checkpoints in several files: read as one, written complete or not at all, gone on with after a stop.</summary>
public sealed class ShardedCheckpointTests : IDisposable
{
    private const string Index = "m.safetensors.index.json";
    private const string First = "m-00001-of-00003.safetensors";
    private const string Second = "m-00002-of-00003.safetensors";
    private const string Out = "out.safetensors.index.json";
    private readonly TemporaryFolder _folder = new();

    private static string[] Outputs =>
        ["out-00001-of-00003.safetensors", "out-00002-of-00003.safetensors", "out-00003-of-00003.safetensors", Out];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Several_files_read_as_one()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample());

        Assert.Equal((true, _folder[Index]), (checkpoint.IsSharded, checkpoint.Path));
        Assert.Equal([First, Second, "m-00003-of-00003.safetensors"], checkpoint.Files.Select(file => Path.GetFileName(file.Path)));
        Assert.Equal(["z", "a", "b", "c", "d"], checkpoint.Tensors.Select(tensor => tensor.Name));
        Assert.True(checkpoint.TryTensor("b", out SafetensorsTensor? tensor));
        Assert.Equal([4L, 3L], tensor.Shape);
        Assert.False(checkpoint.TryTensor("e", out _));
        checkpoint.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Read(0, 1).Length);
    }

    [Fact]
    public void One_file_reads_as_a_checkpoint_too()
    {
        Sample();
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(_folder[First]);

        Assert.Equal((false, 1, 2), (checkpoint.IsSharded, checkpoint.Files.Count, checkpoint.Tensors.Count));
        Assert.Equal([_folder["x"]], SafetensorsCheckpointDraft.FilesOf(_folder["x"], checkpoint));
        Assert.Equal([new(1, 0, false)], SafetensorsCheckpointDraft.Save([Copy(checkpoint, "x")]));
        Assert.Equal(File.ReadAllBytes(_folder[First]), File.ReadAllBytes(_folder["x"]));
        Assert.Throws<ArgumentException>(() => Copy(checkpoint, Out));
    }

    [Fact]
    public void A_copy_has_the_same_files_and_an_index_that_is_right()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample());

        Assert.Equal([new(3, 0, false)], SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out)]));

        Assert.Equal(Outputs, _folder.Names.Where(name => name.StartsWith("out", StringComparison.Ordinal)));
        foreach ((SafetensorsFile file, string output) in checkpoint.Files.Zip(Outputs))
            Assert.Equal(File.ReadAllBytes(file.Path), File.ReadAllBytes(_folder[output]));
        using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(_folder[Out]));
        JsonElement metadata = index.RootElement.GetProperty("metadata");
        Assert.Equal(checkpoint.Tensors.Sum(tensor => tensor.ByteLength), metadata.GetProperty("total_size").GetInt64());
        Assert.Equal(7, metadata.GetProperty("total_parameters").GetInt32());
        Assert.Equal("hand", metadata.GetProperty("made")[1].GetString());
        Assert.Equal(["a", "b", "c", "d", "z"], index.RootElement.GetProperty("weight_map").EnumerateObject().Select(entry => entry.Name));
        ShardedFiles.Same(_folder[Index], _folder[Out]);
        Assert.DoesNotContain(_folder.Names, name => name[0] == '.');
    }

    [Fact]
    public void What_the_source_does_not_have_goes_to_its_last_file()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample());
        SafetensorsCheckpointDraft.Save([new(
            _folder[Out], checkpoint, [.. checkpoint.Tensors.Select(tensor => new SafetensorsEntry(tensor)), ShardedFiles.Draw("new", [2], 9)], "")]);

        using SafetensorsCheckpoint read = SafetensorsCheckpoint.Open(_folder[Out]);
        Assert.Equal(["c", "d", "new"], read.Files[2].Tensors.Select(tensor => tensor.Name));
    }

    public static TheoryData<string, string> BadIndexes => new()
    {
        { "", "it is not JSON" },
        { """{"weight_map": {"a": "m-0""", "it is not JSON" },
        { "[]", "it has no object 'weight_map'" },
        { """{"model_type": "llama"}""", "it has no object 'weight_map'" },
        { """{"weight_map": ["a"]}""", "it has no object 'weight_map'" },
        { """{"weight_map": {}}""", "it names no tensor" },
        { """{"weight_map": {"a": 1}}""", "the file of tensor 'a' is no text" },
        { """{"weight_map": {"a": "x", "a": "x"}}""", "tensor 'a' stands twice" },
        { """{"weight_map": {"a": "x"}, "metadata": 3}""", "its metadata are no object" },
        { """{"weight_map": {"\ud800": "x"}}""", "it is not JSON" },
        { """{"weight_map": {"a": "../x.safetensors"}}""", "names files in its own folder alone" },
        { """{"weight_map": {"a": "/etc/passwd"}}""", "names files in its own folder alone" },
        { """{"weight_map": {"a": "C:x"}}""", "names files in its own folder alone" },
        { """{"weight_map": {"a": "b\\x"}}""", "names files in its own folder alone" },
        { """{"weight_map": {"a": ".."}}""", "names files in its own folder alone" },
        { """{"weight_map": {"a": ""}}""", "names files in its own folder alone" },
    };

    [Theory]
    [MemberData(nameof(BadIndexes))]
    public void A_damaged_index_is_refused_in_one_line(string json, string part)
    {
        File.WriteAllText(_folder[Index], json);

        var failure = Assert.Throws<ModelFileException>(() => SafetensorsCheckpoint.Open(_folder[Index]));
        Assert.StartsWith($"{_folder[Index]}: not the index of a checkpoint, or it is damaged: ", failure.Message);
        Assert.Contains(part, failure.Message);
        Assert.EndsWith("; download it again or save the checkpoint anew", failure.Message);
    }

    [Theory]
    [InlineData("\"z\":\"m-00001-of-00003.safetensors\"", "\"z\":\"m-00002-of-00003.safetensors\"", "tensor 'z' should be in m-00002-of-00003.safetensors, and is in m-00001-of-00003.safetensors")]
    [InlineData("\"b\":\"m-00002-of-00003.safetensors\"", "\"b\":\"m-00002-of-00003.safetensors\",\"e\":\"m-00002-of-00003.safetensors\"", "tensor 'e' should be in m-00002-of-00003.safetensors, and is not")]
    [InlineData("\"d\":\"m-00003-of-00003.safetensors\",", "", "tensor 'd' is in m-00003-of-00003.safetensors, and the index does not name it")]
    [InlineData("\"b\":\"m-00002-of-00003.safetensors\"", "\"b\":\"n.safetensors\"", "there is no n.safetensors beside it")]
    public void Files_that_the_index_does_not_describe_are_refused(string old, string changed, string part)
    {
        string text = File.ReadAllText(Sample());
        Assert.Contains(old, text);
        File.WriteAllText(_folder[Index], text.Replace(old, changed, StringComparison.Ordinal));

        var failure = Assert.Throws<ModelFileException>(() => SafetensorsCheckpoint.Open(_folder[Index]));
        Assert.StartsWith(_folder[Index], failure.Message);
        Assert.Contains(part, failure.Message);
    }

    [Fact]
    public void Missing_and_damaged_files_and_a_tensor_in_two_are_refused()
    {
        Sample();
        new SafetensorsDraft(_folder[Second], [ShardedFiles.Draw("b", [4, 3], 3), ShardedFiles.Draw("z", [1], 3)]).Save(overwrite: true);
        Fails($"tensor 'z' is in {First}, and in {Second} as well");
        File.WriteAllBytes(_folder[Second], [1, 2, 3]);
        Fails($"{_folder[Second]}: not a safetensors file");
        File.Delete(_folder[Second]);
        Fails($"{_folder[Index]}: there is no {Second} beside it");
        Assert.Contains("no such file", Assert.Throws<ModelFileException>(() => SafetensorsCheckpoint.Open(_folder["no.json"])).Message);
        File.Copy(_folder[Index], _folder["renamed"]);
        Assert.Contains("the name of an index of several files ends with .json", Assert.Throws<ModelFileException>(() => SafetensorsCheckpoint.Open(_folder["renamed"])).Message);

        void Fails(string part) => Assert.Contains(part, Assert.Throws<ModelFileException>(() => SafetensorsCheckpoint.Open(_folder[Index])).Message);
    }

    [Fact]
    public void Stopped_anywhere_nothing_stands_under_its_name_and_the_next_run_writes_the_same()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample());
        SafetensorsCheckpointDraft.Save([Copy(checkpoint, "whole.safetensors.index.json")]);
        foreach ((int blocks, int kept) in new[] { (1, 0), (2, 1), (3, 2), (4, 2) })
        {
            Assert.Throws<OperationCanceledException>(() => Stopped(checkpoint, blocks));
            Assert.DoesNotContain(_folder.Names, Outputs.Contains);
            if (kept > 0)
                File.WriteAllBytes(_folder[$".{Out}.unfinished/.canon-half.tmp"], [1, 2, 3]);

            Assert.Equal([new(3, kept, false)], SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out)]));
            foreach (string output in Outputs[..3])
                Assert.Equal(File.ReadAllBytes(_folder[output.Replace("out", "whole", StringComparison.Ordinal)]), File.ReadAllBytes(_folder[output]));
            ShardedFiles.Same(_folder[Index], _folder[Out]);
            Assert.DoesNotContain(_folder.Names, name => name[0] == '.');
            foreach (string output in Outputs)
                File.Delete(_folder[output]);
        }
    }

    [Fact]
    public void Stopped_before_a_file_is_finished_nothing_is_left()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample());
        string[] before = [.. _folder.Names];
        using var cancelled = new CancellationTokenSource();
        var draft = new SafetensorsCheckpointDraft(
            _folder[Out],
            checkpoint,
            [
                new("z", "F32", [2, 3], (_, _) => cancelled.Cancel()),
                .. checkpoint.Tensors.Skip(1).Select(tensor => new SafetensorsEntry(tensor)),
            ],
            "");

        Assert.Throws<OperationCanceledException>(() => SafetensorsCheckpointDraft.Save([draft], cancellation: cancelled.Token));
        Assert.Equal(before, _folder.Names);
    }

    [Fact]
    public void What_is_left_of_another_basis_or_of_changed_inputs_is_discarded()
    {
        using (SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample()))
        {
            Assert.Throws<OperationCanceledException>(() => Stopped(checkpoint, 2));
            Assert.Equal([new(3, 0, true)], SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out, "another")]));
            Assert.Throws<OperationCanceledException>(() => Stopped(checkpoint, 2, overwrite: true));
        }

        File.SetLastWriteTimeUtc(_folder[Second], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using SafetensorsCheckpoint again = SafetensorsCheckpoint.Open(_folder[Index]);
        Assert.Equal([new(3, 0, true)], SafetensorsCheckpointDraft.Save([Copy(again, Out)], overwrite: true));
    }

    [Fact]
    public void A_stop_while_files_take_their_places_is_gone_on_with()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample());
        string folder = SafetensorsCheckpointDraft.Unfinished(_folder[Out]) ?? _folder[$".{Out}.unfinished"];
        Obstructed();

        // The first is in its place, and there is no index that names it.
        Assert.Equal([Outputs[0], Outputs[1]], _folder.Names.Where(Outputs.Contains));
        Assert.Equal(folder, SafetensorsCheckpointDraft.Unfinished(_folder[Out]));
        Assert.Contains("the file exists", Assert.Throws<ModelFileException>(() => SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out)])).Message);
        File.Delete(_folder[Outputs[1]]);
        Assert.Equal([new(3, 3, false)], SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out)]));
        ShardedFiles.Same(_folder[Index], _folder[Out]);

        // Where it is no longer the file that was put there, it is somebody's.
        foreach (string output in Outputs)
            File.Delete(_folder[output]);
        Obstructed();
        File.Delete(_folder[Outputs[1]]);
        File.SetLastWriteTimeUtc(_folder[Outputs[0]], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Contains(Outputs[0], Assert.Throws<ModelFileException>(() => SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out)])).Message);

        // Somebody puts a file into the place of the second while the third is made.
        void Obstructed()
        {
            var draft = new SafetensorsCheckpointDraft(
                _folder[Out],
                checkpoint,
                [
                    .. checkpoint.Tensors.SkipLast(1).Select(tensor => new SafetensorsEntry(tensor)),
                    new("d", "F32", [5], (offset, block) =>
                    {
                        checkpoint.Tensors[^1].Read(offset, block.Length).CopyTo(block);
                        File.WriteAllText(_folder[Outputs[1]], "mine");
                    }),
                ],
                "basis");
            Assert.Throws<ModelFileException>(() => SafetensorsCheckpointDraft.Save([draft]));
            Assert.Equal("mine", File.ReadAllText(_folder[Outputs[1]]));
        }
    }

    [Fact]
    public void Where_a_checkpoint_of_one_file_cannot_be_finished_that_of_several_is_not_put_into_its_place()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample()), single = SafetensorsCheckpoint.Open(_folder[First]);

        // Somebody takes its name while its tensor is made.
        var draft = new SafetensorsCheckpointDraft(
            _folder["new.safetensors"],
            single,
            [
                new("s", "F32", [2], (offset, block) =>
                {
                    block.Clear();
                    File.WriteAllText(_folder["new.safetensors"], "mine");
                }),
            ],
            "basis");
        Assert.Contains(
            "the file exists",
            Assert.Throws<ModelFileException>(() => SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out), draft])).Message);
        Assert.DoesNotContain(_folder.Names, Outputs.Contains);
        Assert.Equal("mine", File.ReadAllText(_folder["new.safetensors"]));
    }

    [Fact]
    public void Files_are_replaced_where_allowed_alone_and_two_runs_keep_apart()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample());
        File.WriteAllText(_folder[Outputs[2]], "mine");
        string[] before = [.. _folder.Names];
        Assert.Contains("the file exists", Assert.Throws<ModelFileException>(() => SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out)])).Message);
        Assert.Equal(before, _folder.Names);

        var busy = new SafetensorsCheckpointDraft(
            _folder[Out],
            checkpoint,
            [
                new("z", "F32", [2, 3], (_, block) =>
                {
                    block.Clear();
                    Assert.Contains(
                        "another run is writing it",
                        Assert.Throws<ModelFileException>(() => SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out)], overwrite: true)).Message);
                }),
                .. checkpoint.Tensors.Skip(1).Select(tensor => new SafetensorsEntry(tensor)),
            ],
            "");
        Assert.Equal([new(3, 0, false)], SafetensorsCheckpointDraft.Save([busy], overwrite: true));
        Assert.All(ShardedFiles.Contents(_folder[Out])["z"], b => Assert.Equal(0, b));
    }

    [Fact]
    public void A_number_that_cannot_be_made_leaves_nothing()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample());
        string[] before = [.. _folder.Names];
        var draft = new SafetensorsCheckpointDraft(
            _folder[Out],
            checkpoint,
            [
                .. checkpoint.Tensors.SkipLast(1).Select(tensor => new SafetensorsEntry(tensor)),
                new("d", "F32", [5], (_, _) => throw new NetworkException("d: too large")),
            ],
            "");

        Assert.Contains("cannot write: d: too large", Assert.Throws<ModelFileException>(() => SafetensorsCheckpointDraft.Save([draft])).Message);
        Assert.Equal(before, _folder.Names);
    }

    [Fact]
    public void A_file_beside_comes_with_it_or_not_at_all()
    {
        using SafetensorsCheckpoint checkpoint = SafetensorsCheckpoint.Open(Sample()), single = SafetensorsCheckpoint.Open(_folder[First]);
        File.WriteAllText(_folder["state"], "mine");
        Assert.Throws<ModelFileException>(() => SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out), Copy(single, "state")]));
        Assert.DoesNotContain(_folder.Names, Outputs.Contains);

        Assert.Equal([new(3, 0, false), new(1, 0, false)], SafetensorsCheckpointDraft.Save([Copy(checkpoint, Out), Copy(single, "state")], overwrite: true));
        Assert.Equal(File.ReadAllBytes(_folder[First]), File.ReadAllBytes(_folder["state"]));
        Assert.Throws<ArgumentException>(() => SafetensorsCheckpointDraft.Save([]));
    }

    /// <summary>Three files of 2, 1 and 2 tensors, in an order of their own.</summary>
    private string Sample() => ShardedFiles.Save(
        _folder,
        "m",
        [ShardedFiles.Draw("z", [2, 3], 1), ShardedFiles.Draw("a", [3], 2)],
        [ShardedFiles.Draw("b", [4, 3], 3)],
        [ShardedFiles.Entry("c", "I64", [], [1, 2, 3, 4, 5, 6, 7, 8]), ShardedFiles.Draw("d", [5], 5)]);

    private SafetensorsCheckpointDraft Copy(SafetensorsCheckpoint source, string path, string basis = "basis") =>
        new(_folder[path], source, [.. source.Tensors.Select(tensor => new SafetensorsEntry(tensor))], basis);

    /// <summary>Stops after so many blocks, one a tensor.</summary>
    private void Stopped(SafetensorsCheckpoint source, int blocks, bool overwrite = false)
    {
        using var cancelled = new CancellationTokenSource();
        SafetensorsCheckpointDraft.Save([Copy(source, Out)], overwrite, new Counted(() =>
        {
            if (--blocks == 0)
                cancelled.Cancel();
        }), cancelled.Token);
    }

    private sealed class Counted(Action count) : IProgress<double>
    {
        public void Report(double value) => count();
    }
}
