using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Canon.Onnx;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using Google.Protobuf;

namespace Canon.Tests.Files;

public sealed class DamagedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, byte[]> NotModels => new()
    {
        { "empty", [] },
        { "zeros", new byte[100] },
        { "text", Encoding.ASCII.GetBytes("hello, this is not a model\n") },
        { "no graph", new ModelProto { IrVersion = 8 }.ToByteArray() },
        { "empty graph", new ModelProto { Graph = new GraphProto { Name = "g" } }.ToByteArray() },
        { "trailing garbage", [.. TinyModel.Full().ToByteArray(), 0xFF, 0xFF] },
        { "graph of 2^63 bytes", [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F] },
        { "graph as number", [0x38, 0x01] },
        { "integer without end", [0x08, .. Enumerable.Repeat((byte)0xFF, 20)] },
        { "group", [0x0B, 0x0C] },
        { "doc string not UTF-8", [.. TinyModel.Full().ToByteArray(), 0x32, 0x02, 0xC3, 0x28] },
        { "deep nesting", DeeplyNested() },
        { "tensor with the number Canon uses", TinyModel.With(new TensorProto { View = 0 }).ToByteArray() },
    };

    [Theory]
    [MemberData(nameof(NotModels))]
    public void What_is_no_model_gives_one_clear_line(string name, byte[] bytes)
    {
        string path = _folder.Put(name, bytes);
        string message = Assert.Throws<ModelFileException>(() => ModelFile.Open(path)).Message;
        Assert.Matches($"^{Regex.Escape(path)}: not an ONNX model(, or it is damaged)?: ", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Folders_and_missing_files_are_refused()
    {
        Assert.Contains("folder", Assert.Throws<ModelFileException>(() => ModelFile.Open(_folder.FullName)).Message);
        Assert.Contains("no such file", Assert.Throws<ModelFileException>(() => ModelFile.Open(_folder["a"])).Message);
        Assert.Contains("no such folder", Assert.Throws<ModelFileException>(() => ModelFile.Open(_folder["a/b"])).Message);
    }

    [Fact]
    public async Task A_pipe_is_refused_without_waiting_for_its_writer()
    {
        if (OperatingSystem.IsWindows())
            return;
        using (var made = Process.Start("mkfifo", [_folder["pipe"]]))
            await made.WaitForExitAsync();
        File.CreateSymbolicLink(_folder["link"], _folder["pipe"]);
        foreach (string name in (string[])["pipe", "link"])
        {
            Task<ModelFile> opening = Task.Run(() => ModelFile.Open(_folder[name]));
            var refusal = await Assert.ThrowsAsync<ModelFileException>(() => opening.WaitAsync(TimeSpan.FromSeconds(20)));
            Assert.Contains("not an ONNX model: the file is empty, or a pipe or device", refusal.Message);
        }
    }

    [Fact]
    public void A_truncated_file_gives_the_clear_error_or_a_model()
    {
        byte[] bytes = TinyModel.Full().ToByteArray();
        int refused = Enumerable.Range(0, bytes.Length).Count(length => !ReadAll(bytes[..length]));
        Assert.True(refused > bytes.Length * 9 / 10, $"only {refused} of {bytes.Length} truncations were noticed");
    }

    [Fact]
    public void Flipped_bits_give_the_clear_error_or_a_model()
    {
        byte[] bytes = TinyModel.Full().ToByteArray();
        var random = new Random(20240501);
        for (int trial = 0; trial < 4000; trial++)
        {
            byte[] damaged = [.. bytes];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                ReadAll(damaged, andWrite: trial % 16 == 0);
            }
            catch (Exception failure)
            {
                Assert.Fail($"trial {trial}: {failure}");
            }
        }
    }

    /// <summary>Whether all of a file can be read, and written again; no exception but the clear one may come.</summary>
    private bool ReadAll(byte[] bytes, bool andWrite = false)
    {
        string path = _folder.Put("damaged.onnx", bytes);
        try
        {
            using ModelFile file = ModelFile.Open(path);
            foreach ((TensorProto tensor, _) in TensorTree.Tensors(file.Model))
            {
                TensorData data = file.Data(tensor);
                data.Bytes.Read(0, (int)data.ByteLength);
            }

            if (andWrite)
                file.Write(_folder["rewritten.onnx"], file.Model, options: new WriteOptions(Overwrite: true));
            return true;
        }
        catch (ModelFileException)
        {
            return false;
        }
    }

    private static byte[] DeeplyNested()
    {
        var graph = new GraphProto { Output = { new ValueInfoProto() } };
        for (int depth = 0; depth < 500; depth++)
            graph = new GraphProto { Node = { new NodeProto { Attribute = { new AttributeProto { G = graph } } } } };
        return new ModelProto { Graph = graph }.ToByteArray();
    }
}
