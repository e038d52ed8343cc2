using Canon.Onnx.Schema;
using Google.Protobuf;

namespace Canon.Onnx.Files;

/// <summary>
/// What a file to be written consists of, in order: pieces of the serialized skeleton, the heads of the messages around
/// the weights, with lengths that count them, and the weights themselves, unless these are in a second file.
/// </summary>
internal sealed class WritePlan
{
    private readonly MessageSizes _sizes;
    private readonly DataLayout? _data;

    private WritePlan(MessageSizes sizes, DataLayout? data) => (_sizes, _data) = (sizes, data);

    /// <summary>Whether there is a second file.</summary>
    public bool HasData => _data is { Parts.Count: > 0 };

    /// <summary>Plans the files; nothing is written yet.</summary>
    /// <exception cref="ArgumentException">A replacement fits no tensor of the model, or two fit the same.</exception>
    /// <exception cref="ModelFileException">
    /// External data cannot be read, the file would be too large, or its name cannot be referred to.
    /// </exception>
    public static WritePlan Make(
        ModelFile file, string target, ModelProto model, IReadOnlyList<TensorReplacement> replacements, WriteOptions options)
    {
        WritePlan Planned(bool beside)
        {
            DataLayout? data = beside ? new DataLayout(DataLayout.FileOf(Path.GetFileName(target))) : null;
            (ModelProto skeleton, List<ByteSource> payloads) = Detach(file, model, replacements, data);
            var bytes = new MemoryBytes(skeleton.ToByteArray());
            var sizes = new MessageSizes(bytes, payloads);
            new WireWalker(bytes, target, sizes).Walk(ModelProto.Descriptor);
            return new WritePlan(sizes, data);
        }

        bool asRead = options.ExternalData == ExternalData.AsRead;
        WritePlan plan = Planned(options.ExternalData == ExternalData.Beside || asRead && file.HasExternalData);
        if (asRead && plan._data is null && plan._sizes.Total > options.Limit)
            plan = Planned(beside: true);
        if (plan._sizes.Total > options.Limit)
            throw new ModelFileException(
                $"{target}: cannot write: the model takes {plan._sizes.Total} bytes, and one ONNX file holds at most {options.Limit}; "
                + (plan._data is null ? "write its data into a file beside it" : "make it smaller or split it"));
        if (plan.HasData && ExternalFiles.Leaves(DataLayout.FileOf(Path.GetFileName(target))))
            throw new ModelFileException($"{target}: cannot write: a file of such a name cannot be referred to; choose another name");
        return plan;
    }

    /// <summary>Writes the file, and the second one if there is one.</summary>
    public void Write(TargetFile target, TargetFile? data, IProgress<WriteProgress>? progress, CancellationToken cancellation)
    {
        var blocks = new BlockWriter(_sizes.Total + (_data?.Length ?? 0), progress, cancellation);
        if (data is not null)
        {
            foreach ((ByteSource content, long offset) in _data!.Parts)
            {
                blocks.Put(data, new byte[offset - blocks.Written]);
                blocks.Copy(data, content, 0, content.Length);
            }
        }

        Span<byte> head = stackalloc byte[2 * Varint.MaxSize];
        foreach ((uint tag, long length, ByteSource? content, long offset) in _sizes.Pieces)
        {
            if (tag != 0)
            {
                int size = Varint.Write(head, tag);
                size += Varint.Write(head[size..], (ulong)length);
                blocks.Put(target, head[..size]);
            }

            // A message's content is the pieces that follow.
            if (content is not null)
                blocks.Copy(target, content, offset, length);
        }
    }

    /// <summary>
    /// A copy of the model in which raw_data is the number of a payload, for every tensor whose data are streamed: all
    /// but those in typed fields, and those that move into a second file.
    /// </summary>
    private static (ModelProto Skeleton, List<ByteSource> Payloads) Detach(
        ModelFile file, ModelProto model, IReadOnlyList<TensorReplacement> replacements, DataLayout? data)
    {
        Dictionary<TensorProto, TensorReplacement> replaced = Check(replacements);
        ModelProto skeleton = model.Clone();
        var payloads = new List<ByteSource>();
        var met = new HashSet<TensorProto>(ReferenceEqualityComparer.Instance);
        HashSet<TensorProto> initializers = data is null ? [] : new(TensorTree.Initializers(model), ReferenceEqualityComparer.Instance);
        foreach (var ((original, _), (copy, _)) in TensorTree.Tensors(model).Zip(TensorTree.Tensors(skeleton)))
        {
            ByteSource? payload;
            if (replaced.TryGetValue(original, out TensorReplacement? replacement))
            {
                met.Add(original);
                payload = new FilledBytes(replacement.ByteLength, replacement.Fill);
                DropData(copy);
            }
            else if (ModelFile.IsExternal(original))
            {
                payload = file.Data(original).Bytes;
                DropData(copy);
            }
            else
            {
                payload = file.InlineBytes(original);
            }

            copy.ClearView();
            if (payload is null)
                continue;
            if (data is not null && (ModelFile.IsExternal(original) || initializers.Contains(original) && DataLayout.IsWorthwhile(payload)))
            {
                DropData(copy);
                data.Add(copy, payload);
                continue;
            }

            copy.RawData = ByteString.CopyFrom(BitConverter.GetBytes(payloads.Count));
            payloads.Add(payload);
        }

        if (replacements.FirstOrDefault(replacement => !met.Contains(replacement.Tensor)) is { } stray)
            throw new ArgumentException(
                $"The tensor '{stray.Tensor.Name}' to be replaced is not in the model.", nameof(replacements));
        return (skeleton, payloads);
    }

    private static Dictionary<TensorProto, TensorReplacement> Check(IReadOnlyList<TensorReplacement> replacements)
    {
        // By reference: two tensors may well be equal as messages.
        var replaced = new Dictionary<TensorProto, TensorReplacement>(ReferenceEqualityComparer.Instance);
        foreach (TensorReplacement replacement in replacements)
        {
            string name = replacement.Tensor.Name;
            TensorLayout layout = TensorLayout.Of(
                replacement.Tensor, problem => new ArgumentException($"Tensor '{name}': {problem}.", nameof(replacements)));
            if (layout.ByteLength != replacement.ByteLength)
                throw new ArgumentException(
                    $"Tensor '{name}' needs {layout.ByteLength} bytes, not {replacement.ByteLength}.", nameof(replacements));
            if (!replaced.TryAdd(replacement.Tensor, replacement))
                throw new ArgumentException($"Tensor '{name}' is replaced twice.", nameof(replacements));
        }

        return replaced;
    }

    private static void DropData(TensorProto tensor)
    {
        tensor.FloatData.Clear();
        tensor.DoubleData.Clear();
        tensor.Int32Data.Clear();
        tensor.Int64Data.Clear();
        tensor.Uint64Data.Clear();
        tensor.StringData.Clear();
        tensor.ExternalData.Clear();
        tensor.ClearDataLocation();
        tensor.ClearRawData();
    }
}
