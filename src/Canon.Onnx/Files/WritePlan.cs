using Canon.Onnx.Schema;
using Google.Protobuf;

namespace Canon.Onnx.Files;

/// <summary>
/// What a file to be written consists of, in order: pieces of the serialized skeleton, the heads of the messages around
/// the weights, with lengths that count them, and the weights themselves.
/// </summary>
internal sealed class WritePlan
{
    // A multiple of every element size, so that blocks hold whole elements.
    private const int BlockSize = 1 << 20;

    private readonly ByteSource _skeleton;
    private readonly IReadOnlyList<ByteSource> _payloads;
    private readonly MessageSizes _sizes;

    private WritePlan(ByteSource skeleton, IReadOnlyList<ByteSource> payloads, MessageSizes sizes)
    {
        _skeleton = skeleton;
        _payloads = payloads;
        _sizes = sizes;
    }

    /// <summary>Plans the file; nothing is written yet.</summary>
    /// <exception cref="ArgumentException">A replacement fits no tensor of the model, or two fit the same.</exception>
    /// <exception cref="ModelFileException">External data cannot be read, or the file would be too large.</exception>
    public static WritePlan Make(
        ModelFile file, string target, ModelProto model, IReadOnlyList<TensorReplacement> replacements)
    {
        (ModelProto skeleton, List<ByteSource> payloads) = Detach(file, model, replacements);
        var bytes = new MemoryBytes(skeleton.ToByteArray());
        var sizes = new MessageSizes(bytes, payloads);
        new WireWalker(bytes, target, sizes).Walk(ModelProto.Descriptor);
        if (sizes.Total > int.MaxValue)
            throw new ModelFileException(
                $"{target}: cannot write: the model takes {sizes.Total} bytes, and one ONNX file holds at most {int.MaxValue}; "
                + "make it smaller or split it");
        return new WritePlan(bytes, payloads, sizes);
    }

    /// <summary>Writes the file.</summary>
    public void Write(TargetFile target, IProgress<WriteProgress>? progress, CancellationToken cancellation)
    {
        long written = 0;
        Span<byte> head = stackalloc byte[2 * Varint.MaxSize];
        foreach ((uint tag, long length, ByteSource? content, long offset) in _sizes.Pieces)
        {
            if (tag != 0)
            {
                int size = Varint.Write(head, tag);
                size += Varint.Write(head[size..], (ulong)length);
                target.Write(head[..size]);
                written += size;
            }

            // A message's content is the pieces that follow.
            if (content is null)
                continue;
            for (long done = 0; done < length;)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = (int)Math.Min(BlockSize, length - done);
                target.Write(content.Read(offset + done, count));
                done += count;
                written += count;
                progress?.Report(new WriteProgress(written, _sizes.Total));
            }
        }
    }

    /// <summary>
    /// A copy of the model in which raw_data is the number of a payload, for every tensor whose data are streamed: all
    /// but those in typed fields.
    /// </summary>
    private static (ModelProto Skeleton, List<ByteSource> Payloads) Detach(
        ModelFile file, ModelProto model, IReadOnlyList<TensorReplacement> replacements)
    {
        Dictionary<TensorProto, TensorReplacement> replaced = Check(replacements);
        ModelProto skeleton = model.Clone();
        var payloads = new List<ByteSource>();
        var met = new HashSet<TensorProto>(ReferenceEqualityComparer.Instance);
        byte[] block = [];
        foreach (var ((original, _), (copy, _)) in TensorTree.Tensors(model).Zip(TensorTree.Tensors(skeleton)))
        {
            ByteSource? payload;
            if (replaced.TryGetValue(original, out TensorReplacement? replacement))
            {
                met.Add(original);
                if (block.Length == 0)
                    block = new byte[BlockSize];
                payload = new FilledBytes(replacement, block);
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

            copy.ClearMapped();
            if (payload is null)
                continue;
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

    /// <summary>The bytes a caller makes while they are written, block after block in one buffer.</summary>
    private sealed class FilledBytes(TensorReplacement replacement, byte[] block) : ByteSource
    {
        public override long Length => replacement.ByteLength;

        protected override ReadOnlySpan<byte> ReadInside(long offset, int count)
        {
            replacement.Fill(offset, block.AsSpan(0, count));
            return block.AsSpan(0, count);
        }
    }
}
