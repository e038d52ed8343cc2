using Canon.Onnx.Schema;
using Google.Protobuf;

namespace Canon.Onnx.Files;

/// <summary>
/// A part of a file to be written: a tag and length unless the tag is 0, then the content unless the part is the head of
/// a message.
/// </summary>
internal readonly record struct WritePiece(uint Tag, long Length, ByteSource? Content, long Offset);

/// <summary>
/// Collects the pieces of a serialized skeleton, with each raw_data replaced by the payload it numbers, and finds the
/// lengths that the messages around it then have.
/// </summary>
internal sealed class MessageSizes(ByteSource skeleton, IReadOnlyList<ByteSource> payloads) : IWireVisitor
{
    private static readonly uint RawDataTag =
        WireFormat.MakeTag(TensorProto.RawDataFieldNumber, WireFormat.WireType.LengthDelimited);

    private readonly List<WritePiece> _pieces = [];
    private readonly Stack<Open> _open = new();
    private int _payloadsMet;

    private readonly record struct Open(int Piece, long Offset, long OuterSize, int PayloadsBefore);

    /// <summary>The pieces in file order.</summary>
    public IReadOnlyList<WritePiece> Pieces => _pieces;

    /// <summary>The size of all pieces together.</summary>
    public long Total { get; private set; }

    /// <inheritdoc/>
    public void Field(long offset, long length)
    {
        Total += length;
        if (_pieces.Count > 0 && _pieces[^1] is var last && last.Tag == 0 && last.Offset + last.Length == offset)
            _pieces[^1] = last with { Length = last.Length + length };
        else
            _pieces.Add(new WritePiece(0, length, skeleton, offset));
    }

    /// <inheritdoc/>
    public void Enter(uint tag, long offset)
    {
        _open.Push(new Open(_pieces.Count, offset, Total, _payloadsMet));
        Total = 0;
        _pieces.Add(new WritePiece(tag, 0, null, 0));
    }

    /// <inheritdoc/>
    public void Leave(long end)
    {
        Open open = _open.Pop();
        if (_payloadsMet == open.PayloadsBefore)
        {
            // No weights inside: the message stays as it is, and joins the piece before it.
            _pieces.RemoveRange(open.Piece, _pieces.Count - open.Piece);
            Total = open.OuterSize;
            Field(open.Offset, end - open.Offset);
            return;
        }

        WritePiece head = _pieces[open.Piece] with { Length = Total };
        _pieces[open.Piece] = head;
        Total += open.OuterSize + HeadSize(head.Tag, head.Length);
    }

    /// <inheritdoc/>
    public void RawData(long offset, long length)
    {
        ByteSource payload = payloads[BitConverter.ToInt32(skeleton.Read(offset, sizeof(int)))];
        _payloadsMet++;
        Total += HeadSize(RawDataTag, payload.Length) + payload.Length;
        _pieces.Add(new WritePiece(RawDataTag, payload.Length, payload, 0));
    }

    private static int HeadSize(uint tag, long length) => Varint.Size(tag) + Varint.Size((ulong)length);
}
