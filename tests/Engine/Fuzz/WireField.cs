using Canon.Onnx.Files;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>A field of a protobuf message.</summary>
/// <param name="Number">Its number.</param>
/// <param name="WireType">Its wire type.</param>
/// <param name="Content">What it holds; of a varint nothing.</param>
/// <param name="Declared">The varint, or a length that is not that of the content.</param>
internal sealed record WireField(uint Number, uint WireType, byte[] Content, long? Declared)
{
    /// <summary>The fields of a message; null where it is none.</summary>
    public static List<WireField>? Split(ReadOnlySpan<byte> message)
    {
        var fields = new List<WireField>();
        while (message.Length > 0)
        {
            if (Integer(ref message) is not { } tag || tag >> 3 is 0 or > 536_870_911)
                return null;
            uint type = (uint)tag & 7;
            long? value = type is 0 or 2 ? Integer(ref message) : null;
            long? length = type switch { 0 => 0, 1 => 8, 2 => value, 5 => 4, _ => null };
            if (length is not >= 0 || length > message.Length || type == 0 && value is null)
                return null;
            fields.Add(new WireField((uint)(tag >> 3), type, message[..(int)length].ToArray(), type == 0 ? value : null));
            message = message[(int)length..];
        }

        return fields;
    }

    /// <summary>The message of fields.</summary>
    public static byte[] Join(IEnumerable<WireField> fields)
    {
        var bytes = new List<byte>();
        foreach (WireField field in fields)
        {
            Append(bytes, (field.Number << 3) | field.WireType);
            if (field.WireType is 0 or 2)
                Append(bytes, (ulong)(field.Declared ?? field.Content.Length));
            bytes.AddRange(field.Content);
        }

        return [.. bytes];
    }

    private static long? Integer(ref ReadOnlySpan<byte> bytes)
    {
        long value = 0;
        for (int i = 0; i < bytes.Length && i < Varint.MaxSize; i++)
        {
            value |= (long)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }

        return null;
    }

    private static void Append(List<byte> bytes, ulong value)
    {
        Span<byte> to = stackalloc byte[Varint.MaxSize];
        bytes.AddRange(to[..Varint.Write(to, value)]);
    }
}
