using Canon.Onnx.Schema;
using Google.Protobuf;

namespace Canon.Onnx.Files;

/// <summary>
/// A model without its weights: what remains of a file when each tensor's raw_data is replaced by a number, its place
/// in a list of views on the file.
/// </summary>
internal sealed class Skeleton
{
    private Skeleton(ModelProto model, IReadOnlyList<(long Offset, long Length)> views)
    {
        Model = model;
        Views = views;
    }

    /// <summary>The model; a tensor whose data stayed in the file has its field <c>view</c> set.</summary>
    public ModelProto Model { get; }

    /// <summary>Where the data of the tensor with <c>view</c> = i lies in the file.</summary>
    public IReadOnlyList<(long Offset, long Length)> Views { get; }

    /// <summary>Reads the skeleton of a file's bytes.</summary>
    /// <exception cref="ModelFileException">The bytes are no ONNX model.</exception>
    public static Skeleton Read(ByteSource bytes, string file)
    {
        if (bytes.Length == 0)
            throw new ModelFileException($"{file}: not an ONNX model: the file is empty, or a pipe or device");

        var builder = new Builder(bytes, file);
        new WireWalker(bytes, file, builder).Walk(ModelProto.Descriptor);
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(builder.Written);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new ModelFileException(
                $"{file}: not an ONNX model, or it is damaged: {failure.Message}",
                failure);
        }

        if (model.Graph is not { } graph)
            throw new ModelFileException($"{file}: not an ONNX model: it holds no graph; check that this is the right file");
        if (graph.Node.Count == 0 && graph.Output.Count == 0)
            throw new ModelFileException(
                $"{file}: not an ONNX model: its graph has neither nodes nor outputs; check that this is the right file");
        return new Skeleton(model, builder.Views);
    }

    private sealed class Builder(ByteSource bytes, string file) : IWireVisitor
    {
        // Enough for any length below 2 GiB, filled in when the message ends.
        private const int LengthSize = 5;

        private static readonly uint ViewTag =
            WireFormat.MakeTag(TensorProto.ViewFieldNumber, WireFormat.WireType.Varint);

        private readonly Stack<int> _starts = new();
        private byte[] _buffer = new byte[4096];
        private int _count;

        public List<(long Offset, long Length)> Views { get; } = [];

        public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _count);

        public void Field(long offset, long length) => bytes.Read(offset, Append(length));

        public void Enter(uint tag, long offset)
        {
            AppendInteger(tag);
            Append(LengthSize);
            _starts.Push(_count);
        }

        public void Leave(long end)
        {
            int start = _starts.Pop();
            Varint.WritePadded(_buffer.AsSpan(start - LengthSize, LengthSize), (ulong)(_count - start));
        }

        public void RawData(long offset, long length)
        {
            AppendInteger(ViewTag);
            AppendInteger((ulong)Views.Count);
            Views.Add((offset, length));
        }

        private void AppendInteger(ulong value) => Varint.Write(Append(Varint.Size(value)), value);

        private Span<byte> Append(long length)
        {
            long needed = _count + length;
            if (needed > Array.MaxLength)
                throw new ModelFileException(
                    $"{file}: more than {Array.MaxLength} bytes outside the tensors' raw_data; store the weights as raw_data");
            if (needed > _buffer.Length)
                Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
            Span<byte> appended = _buffer.AsSpan(_count, (int)length);
            _count = (int)needed;
            return appended;
        }
    }
}
