using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Canon.Onnx;

namespace Canon.Tests.Files;

public sealed class SafetensorsTests : IDisposable
{
    private static readonly (string Type, int Bits)[] Types =
    [
        ("BOOL", 8), ("U8", 8), ("I8", 8), ("F8_E5M2", 8), ("F8_E4M3", 8), ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16),
        ("I32", 32), ("U32", 32), ("F32", 32), ("F64", 64), ("I64", 64), ("U64", 64),
        ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("C64", 64),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_written_file_has_the_layout_of_the_format()
    {
        byte[] data = [0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0, 0x07];
        new SafetensorsDraft(
            _folder["out"],
            [Entry("a", "F32", [2], data[..8]), Entry("é\"", "U8", [], data[8..])],
            new Dictionary<string, string> { ["format"] = "pt" }).Save();

        const string header =
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"""
            + ""","é\"":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}     """;
        byte[] text = Encoding.UTF8.GetBytes(header);
        Assert.Equal(144, text.Length);
        Assert.Equal([144, 0, 0, 0, 0, 0, 0, 0, .. text, .. data], File.ReadAllBytes(_folder["out"]));
    }

    [Fact]
    public void A_file_of_another_writer_is_read()
    {
        using SafetensorsFile file = Open(Bare(
            """{"x": {"data_offsets": [4, 12], "shape": [2, 1], "dtype": "I32", "other": [{}]}"""
            + """, "\u0065":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}   """,
            [0, 0x3C, 0, 0xC0, 1, 0, 0, 0, 2, 0, 0, 0]));

        Assert.Equal(["e", "x"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Empty(file.Metadata);
        Assert.True(file.TryTensor("x", out SafetensorsTensor? x));
        Assert.Equal(("I32", 8L, null), (x.Type, x.ByteLength, x.ElementType));
        Assert.Equal([2L, 1L], x.Shape);
        Assert.Equal([2, 0, 0, 0], x.Read(4, 4));
        Assert.False(x.TryValues(out _));
        Assert.False(file.TryTensor("y", out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Read(5, 4).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Read(-1, 1).Length);
    }

    [Fact]
    public void Every_type_comes_back_with_its_shape_its_bytes_and_in_its_place()
    {
        string source = Sample();
        using SafetensorsFile file = SafetensorsFile.Open(source);
        Draft(_folder["copy"], file).Save();

        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(_folder["copy"]));
        using SafetensorsFile copy = SafetensorsFile.Open(_folder["copy"]);
        Assert.Equal(
            [.. Types.Select(type => $"t.{type.Type}"), "scalar", "empty", "", "last"], copy.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["ü\n\0"] = "\u2028😀" }, copy.Metadata);
        var random = new Random(1);
        foreach (((string type, int bits), SafetensorsTensor tensor) in Types.Zip(copy.Tensors))
        {
            Assert.Equal(type, tensor.Type);
            Assert.Equal([3L, 4L], tensor.Shape);
            Assert.Equal(Bytes(random, 12 * bits / 8), tensor.Read(0, (int)tensor.ByteLength));
        }

        Assert.Equal(
            [Canon.ElementType.Float16, Canon.ElementType.BFloat16, Canon.ElementType.Float32, Canon.ElementType.Float64],
            copy.Tensors.Take(Types.Length).Select(tensor => tensor.ElementType).OfType<ElementType>());
        Assert.Empty(copy.Tensors[^4].Shape);
        Assert.Equal([0L, long.MaxValue, 3L], copy.Tensors[^3].Shape);
    }

    [Fact]
    public void Values_are_parameters_where_they_lie()
    {
        byte[] halves = MemoryMarshal.AsBytes<Half>([(Half)1, (Half)(-2), (Half)0.5f, (Half)3]).ToArray();
        byte[] brains = [0x80, 0x3F, 0x00, 0xC0];
        using SafetensorsFile file = Open(Written(Entry("odd", "U8", [1], [9]), Entry("W", "F16", [2, 2], halves), Entry("b", "BF16", [2], brains)));
        Assert.True(file.TryTensor("W", out SafetensorsTensor? w));
        Assert.True(w.TryValues(out Storage? matrix));
        Assert.True(file.Tensors[2].TryValues(out Storage? vector));

        Network network = Network.Linear(Parameter.Matrix("W", 2, 2, matrix), Parameter.Vector("b", vector));
        Assert.Equal([1 - 4 + 1, 0.5 + 6 - 2], network.Evaluate(1, 2));
        Assert.Equal((4L, Canon.ElementType.Float16), (matrix.Length, matrix.ElementType));
        Assert.Equal(halves[2..6], matrix.Read(1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Read(3, 4));
        Assert.True(w.TryValues(out Storage? again) && ReferenceEquals(matrix, again));
    }

    [Fact]
    public void Tensors_of_a_closed_file_cannot_be_read()
    {
        SafetensorsFile file = SafetensorsFile.Open(Sample());
        SafetensorsDraft draft = Draft(_folder["out"], file);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Tensors[0].Read(0, 1).Length);
        Assert.Throws<ObjectDisposedException>(() => draft.Save());
        Assert.Equal(["sample"], _folder.Names);
    }

    [Fact]
    public void A_tensor_of_more_than_two_gigabytes_is_read_to_its_end()
    {
        const long length = 3L << 30;
        string path = _folder.Put("large", Bare($$$"""{"t":{"dtype":"BF16","shape":[{{{length / 2}}}],"data_offsets":[0,{{{length}}}]}}""", []));
        // Most of it is a hole that takes no room on the disk.
        using (var stream = new FileStream(path, FileMode.Open))
        {
            stream.Seek(length - 1, SeekOrigin.End);
            stream.WriteByte(7);
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(length, file.Tensors[0].ByteLength);
        Assert.Equal([0, 7], file.Tensors[0].Read(length - 2, 2));
        Assert.True(file.Tensors[0].TryValues(out Storage? values));
        Assert.Equal([0, 7], values.Read(length / 2 - 1, 2));
    }

    public static TheoryData<string, byte[]> Damaged => new()
    {
        { "the file is empty", [] },
        { "ends after 3 bytes", [1, 2, 3] },
        { "ends after 8 bytes", new byte[8] },
        { "does not begin with '{'", new byte[100] },
        { "would take 100000001 bytes", [.. BitConverter.GetBytes(100_000_001L), (byte)'{', (byte)'}'] },
        { "would take 18446744073709551615 bytes", [.. BitConverter.GetBytes(-1L), (byte)'{', (byte)'}'] },
        { "should take 3 bytes, but only 2 follow", [3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'] },
        { "zip file, as PyTorch writes", [.. "PK\x03\x04 and more"u8] },
        { "safetensors.torch.save_file", [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9] },
        { "safetensors.torch.save_file", [0x80, 4, 0x95, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9] },
        { "HDF5", [0x89, .. "HDF\r\n\x1A\n and more"u8] },
        { "GGUF", [.. "GGUF and more"u8] },
        { "git lfs pull", [.. "version https://git-lfs.github.com/spec/v1\n"u8] },
        { "looks like JSON; the name of an index", [.. """{"weight_map": {}}"""u8] },
        { "web page", [.. "<!DOCTYPE html>"u8] },
        { "not UTF-8", Bare("{\"\u0001\u0001\":1}", []).Select(value => value == 1 ? (byte)0xC3 : value).ToArray() },
        { "not JSON", Bare("{", []) },
        { "not JSON", Bare("{}{}", []) },
        { "not JSON", Bare("{}\0", []) },
        { "not JSON", Bare("""{"a":}""", []) },
        { "not JSON", Bare("{\"\\ud800\":{}}", []) },
        { "not JSON", Bare($"{{\"a\":{{\"x\":{new string('[', 1000)}", []) },
        { "'a' stands twice", Bare("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", []) },
        { "'__metadata__' stands twice", Bare("""{"__metadata__":{},"__metadata__":{}}""", []) },
        { "metadata 'k' stand there twice", Bare("""{"__metadata__":{"k":"","k":""}}""", []) },
        { "metadata 'k' are no text", Bare("""{"__metadata__":{"k":1}}""", []) },
        { "metadata are no object", Bare("""{"__metadata__":["k"]}""", []) },
        { "tensor 'a': what the header says of it is no object", Bare("""{"a":[1]}""", []) },
        { "tensor 'a': the header must give", Bare("""{"a":{}}""", []) },
        { "its dtype stands there twice", Bare("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [0]) },
        { "its shape stands there twice", Bare("""{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}""", [0]) },
        { "or is no text", Bare("""{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}""", [0]) },
        { "no list of whole numbers", Tensor("U8", "[1.5]", "[0,1]", 1) },
        { "no list of whole numbers", Tensor("U8", "[[1]]", "[0,1]", 1) },
        { "no list of whole numbers", Tensor("U8", "1", "[0,1]", 1) },
        { "no list of whole numbers", Tensor("U8", "[9223372036854775808]", "[0,1]", 1) },
        { "no element type 'F31'", Tensor("F31", "[1]", "[0,4]", 4) },
        { "dimension -1 is negative", Tensor("U8", "[-1]", "[0,1]", 1) },
        { "dimension -1 is negative", Tensor("U8", "[0,-1]", "[0,0]", 0) },
        { "overflows", Tensor("U8", "[4294967296,4294967296]", "[0,1]", 1) },
        { "overflows", Tensor("F64", "[1152921504606846977]", "[0,8]", 8) },
        { "do not fill whole bytes", Tensor("F4", "[3]", "[0,2]", 2) },
        { "[0] are no begin and end", Tensor("U8", "[1]", "[0]", 1) },
        { "[0, 1, 1] are no begin and end", Tensor("U8", "[1]", "[0,1,1]", 1) },
        { "[-1, 0] are no begin and end", Tensor("U8", "[1]", "[-1,0]", 1) },
        { "[1, 0] are no begin and end", Tensor("U8", "[1]", "[1,0]", 1) },
        { "but only 3 follow the header; the file is cut off", Tensor("U8", "[4]", "[0,4]", 3) },
        { "F32 [2] needs 8 bytes, but it has 4", Tensor("F32", "[2]", "[0,4]", 4) },
        { "5 bytes follow its header, and its tensors take 4", Tensor("F32", "[]", "[0,4]", 5) },
        { "1 bytes follow its header, and its tensors take 0", Bare("{}", [0]) },
        { "'a' begins at byte 1, but the one before it ends at 0", Tensor("U8", "[1]", "[1,2]", 2) },
        { "'b' begins at byte 2, but the one before it ends at 1", Two(2) },
        { "'b' begins at byte 0, but the one before it ends at 1", Two(0) },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void What_is_no_such_file_gives_one_clear_line(string problem, byte[] bytes)
    {
        string path = _folder.Put("no.safetensors", bytes);
        string message = Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Matches($"^{Regex.Escape(path)}: not a safetensors file(, or it is damaged)?: ", message);
        Assert.Contains(problem, message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Folders_and_missing_files_are_refused()
    {
        Assert.Contains("folder", Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(_folder.FullName)).Message);
        Assert.Contains("no such file", Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(_folder["a"])).Message);
        Assert.Contains("no such folder", Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(_folder["a/b"])).Message);
        string name = new('x', 1000);
        string message = Assert.Throws<ModelFileException>(() => Open(Bare($$"""{"{{name}}":0}""", []))).Message;
        Assert.True(message.Length < 500, message);
    }

    [Fact]
    public void Damaged_files_give_the_clear_error_or_a_file()
    {
        byte[] sound = File.ReadAllBytes(Sample());
        int header = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(sound);
        var random = new Random(20240501);
        int refused = 0;
        for (int trial = 0; trial < 600; trial++)
        {
            byte[] damaged = [.. sound];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                int at = random.Next(random.Next(4) == 0 ? 8 : header);
                damaged[at] = random.Next(3) switch
                {
                    0 => (byte)(damaged[at] ^ 1 << random.Next(8)),
                    1 => (byte)"{}[],:\"\\-019 "[random.Next(13)],
                    _ => (byte)random.Next(256),
                };
            }

            if (random.Next(4) == 0)
                damaged = damaged[..random.Next(damaged.Length)];
            try
            {
                using SafetensorsFile file = Open(damaged);
                foreach (SafetensorsTensor tensor in file.Tensors)
                    tensor.Read(0, (int)tensor.ByteLength);
                Draft(_folder["out"], file).Save(overwrite: true);
            }
            catch (ModelFileException)
            {
                refused++;
            }
            catch (Exception failure)
            {
                Assert.Fail($"trial {trial}: {failure}");
            }
        }

        // What is changed within a name may well pass.
        Assert.InRange(refused, 400, 599);
    }

    [Fact]
    public void New_bytes_are_made_block_by_block_and_the_others_stay()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Sample());
        byte[] values = Bytes(new Random(2), 5 << 19);
        var calls = new List<(long Offset, int Length)>();
        var progress = new Reports();
        SafetensorsEntry made = new("made", "F64", [5 << 16], (offset, block) =>
        {
            calls.Add((offset, block.Length));
            values.AsSpan((int)offset, block.Length).CopyTo(block);
        });
        new SafetensorsDraft(_folder["out"], [new(file.Tensors[7]), made, new(file.Tensors[0])]).Save(progress: progress);

        using SafetensorsFile written = SafetensorsFile.Open(_folder["out"]);
        Assert.Equal(["t.F16", "made", "t.BOOL"], written.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(values, written.Tensors[1].Read(0, values.Length));
        Assert.Equal(file.Tensors[0].Read(0, 12), written.Tensors[2].Read(0, 12));
        Assert.Empty(written.Metadata);
        Assert.Equal([(0, 1 << 20), (1 << 20, 1 << 20), (2 << 20, 1 << 19)], calls);
        Assert.Equal(1, progress.Seen[^1]);
        Assert.Equal(progress.Seen.Order(), progress.Seen);
    }

    [Fact]
    public void A_file_without_tensors_is_one()
    {
        new SafetensorsDraft(_folder["out"], []).Save();
        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], File.ReadAllBytes(_folder["out"]));
        using SafetensorsFile file = SafetensorsFile.Open(_folder["out"]);
        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void The_open_file_itself_can_be_overwritten_if_that_is_allowed()
    {
        if (OperatingSystem.IsWindows())
            return;
        string path = Sample();
        byte[] before = File.ReadAllBytes(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        SafetensorsDraft draft = new(path, [new(file.Tensors[12])]);
        Assert.Contains("exists", Assert.Throws<ModelFileException>(() => draft.Save()).Message);
        Assert.Equal(before, File.ReadAllBytes(path));
        draft.Save(overwrite: true);

        Assert.Equal(["sample"], _folder.Names);
        using SafetensorsFile written = SafetensorsFile.Open(path);
        Assert.Equal("t.F64", Assert.Single(written.Tensors).Name);
        Assert.Equal(file.Tensors[12].Read(0, 96), written.Tensors[0].Read(0, 96));
        Assert.Equal(before[^3..], file.Tensors[^1].Read(0, 3));
    }

    [Fact]
    public void A_failure_or_cancellation_in_the_middle_leaves_all_as_it_was()
    {
        _folder.Put("out", [7]);
        using var source = new CancellationTokenSource();
        void Save(FillBlock fill) => new SafetensorsDraft(_folder["out"], [Entry("a", "U8", [1], [1]), new("b", "U8", [1], fill), Entry("c", "U8", [1], [1])])
            .Save(overwrite: true, cancellation: source.Token);

        Assert.Throws<InvalidTimeZoneException>(() => Save((_, _) => throw new InvalidTimeZoneException()));
        string message = Assert.Throws<ModelFileException>(() => Save((_, _) => throw new NetworkException("too large"))).Message;
        Assert.Equal($"{_folder["out"]}: cannot write: too large", message);
        Assert.ThrowsAny<OperationCanceledException>(() => Save((_, _) => source.Cancel()));
        Assert.Throws<ModelFileException>(() => new SafetensorsDraft(_folder["no/folder"], []).Save());
        Assert.Throws<ModelFileException>(() => new SafetensorsDraft(_folder.FullName, []).Save(overwrite: true));
        Assert.Equal(["out"], _folder.Names);
        Assert.Equal([7], File.ReadAllBytes(_folder["out"]));
    }

    [Fact]
    public void Two_files_appear_together_and_may_replace_those_they_are_made_from()
    {
        if (OperatingSystem.IsWindows())
            return;
        string weights = Sample();
        string state = _folder.Put("state", Written(Entry("s", "U8", [2], [5, 6])));
        using SafetensorsFile first = SafetensorsFile.Open(weights), second = SafetensorsFile.Open(state);
        var progress = new Reports();
        SafetensorsDraft.Save(
            new(weights, [new(second.Tensors[0])]), new(state, [new(first.Tensors[1])]), overwrite: true, progress);

        using SafetensorsFile newWeights = SafetensorsFile.Open(weights), newState = SafetensorsFile.Open(state);
        Assert.Equal([5, 6], newWeights.Tensors[0].Read(0, 2));
        Assert.Equal(first.Tensors[1].Read(0, 12), newState.Tensors[0].Read(0, 12));
        Assert.Equal(1, progress.Seen[^1]);
        Assert.Equal(["sample", "state"], _folder.Names);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_the_second_file_fails_the_first_stays_as_it_was(bool replaces)
    {
        if (replaces)
            _folder.Put("a", [7]);
        SafetensorsDraft first = new(_folder["a"], [Entry("t", "U8", [1], [1])]);
        SafetensorsDraft Second(FillBlock fill) => new(_folder["b"], [new("t", "U8", [1], fill)]);
        void Unchanged(params string[] others)
        {
            Assert.Equal([.. replaces ? ["a"] : (string[])[], .. others], _folder.Names);
            if (replaces)
                Assert.Equal([7], File.ReadAllBytes(_folder["a"]));
        }

        Assert.Throws<InvalidTimeZoneException>(
            () => SafetensorsDraft.Save(first, Second((_, _) => throw new InvalidTimeZoneException()), replaces));
        Unchanged();

        // In the way only once all is written: what is found before is refused before.
        Assert.Throws<ModelFileException>(
            () => SafetensorsDraft.Save(first, Second((_, _) => Directory.CreateDirectory(_folder["b"])), replaces));
        Unchanged("b");
        Directory.Delete(_folder["b"]);

        // Without its temporary file, the one that is on the disk already, the second rename fails after the first.
        SafetensorsEntry undone = new("t", "U8", [2 << 20], (offset, _) =>
        {
            if (offset > 0)
                new DirectoryInfo(_folder.FullName).EnumerateFiles(".canon-*.tmp").MaxBy(file => file.Length)!.Delete();
        });
        Assert.Throws<ModelFileException>(() => SafetensorsDraft.Save(first, new(_folder["b"], [undone]), replaces));
        Unchanged();
    }

    [Fact]
    public void Two_files_of_one_name_are_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        Directory.CreateSymbolicLink(_folder["link"], _folder.FullName);
        var refused = Assert.Throws<ArgumentException>(
            () => SafetensorsDraft.Save(new(_folder["a"], []), new(_folder["link/a"], []), overwrite: true));
        Assert.Equal("second", refused.ParamName);
        Assert.Equal(["link"], _folder.Names);
    }

    [Fact]
    public void What_the_format_cannot_hold_is_refused_before_anything_is_written()
    {
        static SafetensorsEntry Made(string name, string type = "F64", params long[] shape) => new(name, type, shape, (_, _) => { });
        SafetensorsDraft Drafted(SafetensorsEntry[] tensors, string key = "k", string value = "v") =>
            new(_folder["out"], tensors, new Dictionary<string, string> { [key] = value });

        Assert.Throws<ArgumentException>(() => Made("__metadata__"));
        Assert.Throws<ArgumentException>(() => Made("\ud800"));
        Assert.Throws<ArgumentException>(() => Made("a", "f32"));
        Assert.Throws<ArgumentException>(() => Made("a", "F32", -1));
        Assert.Throws<ArgumentException>(() => Made("a", "F32", 1L << 40, 1L << 40));
        Assert.Throws<ArgumentException>(() => Made("a", "F4", 3));
        Assert.Throws<ArgumentException>(() => Drafted([Made("a"), Made("a")]));
        Assert.Throws<ArgumentException>(() => Drafted([], "\udc00"));
        Assert.Throws<ArgumentException>(() => Drafted([], value: "\ud83d"));
        Assert.Throws<ArgumentException>(() => Drafted([.. Enumerable.Range(0, 20).Select(i => Made($"{i}", "F64", 1L << 56))]));
        Assert.Contains(
            "at most 100000000", Assert.Throws<ModelFileException>(() => Drafted([], value: new string('x', 100_000_000))).Message);
        Assert.Throws<ArgumentNullException>(() => new SafetensorsEntry("a", "F32", [], null!));
        Assert.Throws<ArgumentNullException>(() => Drafted([null!]));
        Assert.Empty(_folder.Names);
    }

    private static SafetensorsEntry Entry(string name, string type, long[] shape, byte[] bytes) =>
        new(name, type, shape, (offset, block) => bytes.AsSpan((int)offset, block.Length).CopyTo(block));

    private static SafetensorsDraft Draft(string path, SafetensorsFile file) =>
        new(path, [.. file.Tensors.Select(tensor => new SafetensorsEntry(tensor))], file.Metadata);

    private static byte[] Bare(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)text.Length), .. text, .. data];
    }

    private static byte[] Tensor(string type, string shape, string offsets, int length) =>
        Bare($$$"""{"a":{"dtype":"{{{type}}}","shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""", new byte[length]);

    private static byte[] Two(int begin) => Bare(
        $$$"""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[{{{begin}}},{{{begin + 2}}}]}}""",
        new byte[4]);

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A file with a tensor of every type, a scalar, an empty tensor, one without a name, and metadata.</summary>
    private string Sample()
    {
        var random = new Random(1);
        new SafetensorsDraft(
            _folder["sample"],
            [
                .. Types.Select(type => Entry($"t.{type.Type}", type.Type, [3, 4], Bytes(random, 12 * type.Bits / 8))),
                Entry("scalar", "I64", [], new byte[8]),
                Entry("empty", "F32", [0, long.MaxValue, 3], []),
                Entry("", "U8", [1], [8]),
                Entry("last", "U8", [3], [1, 2, 3]),
            ],
            new Dictionary<string, string> { ["format"] = "pt", ["ü\n\0"] = "\u2028😀" }).Save();
        return _folder["sample"];
    }

    private byte[] Written(params SafetensorsEntry[] tensors)
    {
        new SafetensorsDraft(_folder["written"], tensors).Save();
        byte[] bytes = File.ReadAllBytes(_folder["written"]);
        File.Delete(_folder["written"]);
        return bytes;
    }

    private SafetensorsFile Open(byte[] bytes) => SafetensorsFile.Open(_folder.Put("in", bytes));

    private sealed class Reports : IProgress<double>
    {
        public List<double> Seen { get; } = [];

        public void Report(double value) => Seen.Add(value);
    }
}
