using System.Buffers;
using System.Text.Unicode;
using Canon.Onnx.Schema;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Canon.Onnx.Files;

/// <summary>What <see cref="WireWalker"/> meets on its way, in file order.</summary>
internal interface IWireVisitor
{
    /// <summary>A field that is no message of the schema, tag included.</summary>
    void Field(long offset, long length);

    /// <summary>A message of the schema begins, with its tag at <paramref name="offset"/>.</summary>
    void Enter(uint tag, long offset);

    /// <summary>The message begun last ends before <paramref name="end"/>.</summary>
    void Leave(long end);

    /// <summary>The content of a tensor's raw_data.</summary>
    void RawData(long offset, long length);
}

/// <summary>
/// Walks the wire format of a protobuf message along its schema, without copying and without trusting any length: what
/// the visitor is told lies within the bytes.
/// </summary>
internal sealed class WireWalker(ByteSource bytes, string file, IWireVisitor visitor)
{
    // Google.Protobuf parses no deeper than 100.
    private const int MaxDepth = 90;

    private readonly Stack<string> _fields = new();

    /// <summary>Walks all bytes as one message.</summary>
    /// <exception cref="ModelFileException">The bytes are no such message.</exception>
    public void Walk(MessageDescriptor message) => Walk(message, 0, bytes.Length);

    private void Walk(MessageDescriptor message, long start, long end)
    {
        for (long at = start; at < end;)
        {
            long fieldStart = at;
            uint tag = Tag(ref at, end);
            FieldDescriptor? field = message.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag));
            WireFormat.WireType wireType = WireFormat.GetTagWireType(tag);
            RefuseMisuse(message, field, wireType, fieldStart);

            long content = at;
            switch (wireType)
            {
                case WireFormat.WireType.Varint:
                    Integer(ref at, end);
                    break;
                case WireFormat.WireType.Fixed32:
                    at = Skip(at, 4, end, fieldStart);
                    break;
                case WireFormat.WireType.Fixed64:
                    at = Skip(at, 8, end, fieldStart);
                    break;
                case WireFormat.WireType.LengthDelimited:
                    ulong length = Integer(ref at, end);
                    content = at;
                    at = Skip(at, length, end, fieldStart);
                    break;
                default:
                    throw Fail(fieldStart, $"wire type {(int)wireType} has no place in an ONNX file");
            }

            Visit(field, tag, fieldStart, content, at);
        }
    }

    private void Visit(FieldDescriptor? field, uint tag, long fieldStart, long content, long end)
    {
        switch (field?.FieldType)
        {
            case FieldType.Message:
                if (_fields.Count == MaxDepth)
                    throw Fail(fieldStart, $"messages are nested deeper than {MaxDepth} levels");
                _fields.Push(field.Name);
                visitor.Enter(tag, fieldStart);
                Walk(field.MessageType, content, end);
                visitor.Leave(end);
                _fields.Pop();
                break;
            case FieldType.Bytes when field.ContainingType == TensorProto.Descriptor
                && field.FieldNumber == TensorProto.RawDataFieldNumber:
                visitor.RawData(content, end - content);
                break;
            case FieldType.String when end - content > Array.MaxLength
                || !IsText(content, (int)(end - content)):
                throw Fail(fieldStart, $"the text of field '{field.Name}' is not UTF-8");
            default:
                visitor.Field(fieldStart, end - fieldStart);
                break;
        }
    }

    private void RefuseMisuse(
        MessageDescriptor message, FieldDescriptor? field, WireFormat.WireType found, long at)
    {
        if (field is null)
            return;
        if (message == TensorProto.Descriptor && field.FieldNumber == TensorProto.ViewFieldNumber)
            throw Fail(at, $"field number {field.FieldNumber} of a tensor is used by Canon itself; remove that field");

        WireFormat.WireType expected = field.FieldType switch
        {
            FieldType.Message or FieldType.String or FieldType.Bytes => WireFormat.WireType.LengthDelimited,
            FieldType.Float => WireFormat.WireType.Fixed32,
            FieldType.Double => WireFormat.WireType.Fixed64,
            _ => WireFormat.WireType.Varint,
        };
        // A repeated number may be packed or not, whatever the schema says.
        bool packed = field.IsRepeated && found == WireFormat.WireType.LengthDelimited;
        if (found != expected && !packed)
            throw Fail(at, $"field '{field.Name}' has wire type {(int)found} instead of {(int)expected}");
    }

    private uint Tag(ref long at, long end)
    {
        long start = at;
        ulong tag = Integer(ref at, end);
        if (tag > uint.MaxValue || tag >> 3 == 0)
            throw Fail(start, "there is no protobuf field here");
        return (uint)tag;
    }

    private bool IsText(long at, int length)
    {
        byte[] text = ArrayPool<byte>.Shared.Rent(length);
        bytes.Read(at, text.AsSpan(0, length));
        bool isValid = Utf8.IsValid(text.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(text);
        return isValid;
    }

    private ulong Integer(ref long at, long end)
    {
        Span<byte> piece = stackalloc byte[(int)Math.Min(Varint.MaxSize, end - at)];
        bytes.Read(at, piece);
        ulong value = 0;
        for (int i = 0; i < piece.Length; i++)
        {
            value |= (ulong)(piece[i] & 0x7F) << (7 * i);
            if (piece[i] < 0x80)
            {
                at += i + 1;
                return value;
            }
        }

        throw Fail(at, piece.Length < Varint.MaxSize ? "the data ends inside an integer" : "an integer has no end");
    }

    private long Skip(long at, ulong length, long end, long fieldStart)
    {
        if (length > (ulong)(end - at))
            throw Fail(fieldStart, $"a field declares {length} bytes, but only {end - at} follow");
        return at + (long)length;
    }

    private ModelFileException Fail(long at, string problem)
    {
        string place = _fields.Count == 0 ? "" : $" in {string.Join('.', _fields.Reverse())}";
        return new ModelFileException(
            $"{file}: not an ONNX model, or it is damaged: {problem} (byte {at}{place})");
    }
}
