using System.Globalization;
using Canon.Onnx.Schema;

namespace Canon.Onnx.Files;

/// <summary>The second file of a model, with the numbers of its large tensors: which lie where in it.</summary>
/// <param name="location">Its path, relative to the folder of the model.</param>
internal sealed class DataLayout(string location)
{
    /// <summary>The file beside a model that its data go into.</summary>
    public static string FileOf(string model) => model + ".data";

    // Tensors that begin with a page can be mapped each on its own; smaller ones begin with a line of the cache.
    private const long Page = 4096, Line = 64;

    // A reference to a tensor takes about a hundred bytes.
    private const long Worthwhile = 1024;

    private readonly List<(ByteSource Content, long Offset)> _parts = [];

    /// <summary>The parts in the order of the file; what lies between them is zero.</summary>
    public IReadOnlyList<(ByteSource Content, long Offset)> Parts => _parts;

    /// <summary>The size of the file.</summary>
    public long Length { get; private set; }

    /// <summary>Whether a tensor that was inside before should move out.</summary>
    public static bool IsWorthwhile(ByteSource content) => content.Length >= Worthwhile;

    /// <summary>Gives a tensor's numbers their place, and has the tensor refer to it.</summary>
    public void Add(TensorProto tensor, ByteSource content)
    {
        long alignment = content.Length < Page ? Line : Page;
        long offset = (Length + alignment - 1) / alignment * alignment;
        _parts.Add((content, offset));
        Length = offset + content.Length;
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(Entry("location", location));
        tensor.ExternalData.Add(Entry("offset", offset.ToString(CultureInfo.InvariantCulture)));
        tensor.ExternalData.Add(Entry("length", content.Length.ToString(CultureInfo.InvariantCulture)));
    }

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
}
