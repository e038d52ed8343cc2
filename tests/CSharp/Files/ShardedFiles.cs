using System.Runtime.InteropServices;
using System.Text.Json;
using Canon.Onnx;

namespace Canon.Tests.Files;

/// <summary>Checkpoints in several files, made for a test.</summary>
internal static class ShardedFiles
{
    /// <summary>Writes the files of a checkpoint, <c>NAME-00001-of-0000n.safetensors</c>, and its index.</summary>
    public static string Save(TemporaryFolder folder, string name, params SafetensorsEntry[][] shards)
    {
        var map = new Dictionary<string, string>();
        for (int k = 0; k < shards.Length; k++)
        {
            string file = $"{name}-{k + 1:D5}-of-{shards.Length:D5}.safetensors";
            new SafetensorsDraft(folder[file], shards[k], new Dictionary<string, string> { ["format"] = "pt", ["part"] = $"{k}" }).Save(overwrite: true);
            foreach (SafetensorsEntry tensor in shards[k])
                map.Add(tensor.Name, file);
        }

        string index = folder[$"{name}.safetensors.index.json"];
        File.WriteAllText(index, JsonSerializer.Serialize(new
        {
            metadata = new { total_size = 1, total_parameters = 7, made = new[] { "by", "hand" } },
            weight_map = map.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToDictionary(),
        }));
        return index;
    }

    /// <summary>A tensor of numbers drawn by chance.</summary>
    public static SafetensorsEntry Draw(string name, long[] shape, int seed)
    {
        var random = new Random(seed);
        byte[] bytes = MemoryMarshal.AsBytes<float>(
            [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (n, m) => n * m)).Select(_ => (float)(random.NextDouble() - 0.5))]).ToArray();
        return Entry(name, "F32", shape, bytes);
    }

    public static SafetensorsEntry Entry(string name, string type, long[] shape, byte[] bytes) =>
        new(name, type, shape, (offset, block) => bytes.AsSpan((int)offset, block.Length).CopyTo(block));

    /// <summary>The bytes of every tensor by name.</summary>
    public static Dictionary<string, byte[]> Contents(string path)
    {
        using SafetensorsCheckpoint read = SafetensorsCheckpoint.Open(path);
        return read.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Read(0, (int)tensor.ByteLength).ToArray());
    }

    /// <summary>Both have the same tensors, byte for byte.</summary>
    public static void Same(string expected, string actual)
    {
        Dictionary<string, byte[]> one = Contents(expected), other = Contents(actual);
        Assert.Equal(one.Keys, other.Keys);
        Assert.All(one, tensor => Assert.Equal(tensor.Value, other[tensor.Key]));
    }
}
