namespace Canon.Tests.Engine.Fuzz;

/// <summary>Changes of a file that know nothing of models, or of protobuf alone.</summary>
internal static class ByteChanges
{
    /// <summary>Makes one change and says which.</summary>
    public static (byte[] Bytes, string Change) Apply(byte[] bytes, Draw draw)
    {
        if (bytes.Length == 0)
            return (draw.Bytes(8), "random bytes");
        int at = draw.Int(0, bytes.Length - 1), count = Math.Min(draw.Int(1, 64), bytes.Length - at);
        switch (draw.Int(0, 9))
        {
            case 0:
                return (bytes[..at], $"cut at {at}");
            case 1:
                return ([.. bytes[..at], .. bytes[(at + count)..]], $"{count} bytes dropped at {at}");
            case 2:
                return ([.. bytes[..(at + count)], .. bytes[at..]], $"{count} bytes doubled at {at}");
            case 3:
                return ([.. bytes[..at], .. draw.Bytes(count), .. bytes[at..]], $"{count} random bytes at {at}");
            case 4:
                byte[] flipped = [.. bytes];
                // Near the ends there is little but numbers: most of a file are weights.
                for (int i = draw.Int(1, 8); i > 0; i--)
                    flipped[draw.Chance(0.5) ? draw.Int(0, Math.Min(2000, bytes.Length - 1)) : draw.Int(0, bytes.Length - 1)] ^= (byte)(1 << draw.Int(0, 7));
                return (flipped, "bits flipped");
            default:
                return InField(bytes, draw, 0);
        }
    }

    /// <summary>Changes a field somewhere in a message; the lengths of the messages around it stay right.</summary>
    private static (byte[] Bytes, string Change) InField(byte[] message, Draw draw, int depth)
    {
        List<WireField>? fields = WireField.Split(message);
        if (fields is null or { Count: 0 })
            return ([.. draw.Bytes(draw.Int(1, 8)), .. message.Skip(4)], $"other bytes {depth} deep");
        int place = draw.Int(0, fields.Count - 1);
        WireField field = fields[place];
        if (field.Content.Length > 0 && draw.Chance(0.8) && WireField.Split(field.Content) is { Count: > 0 })
        {
            (byte[] content, string change) = InField(field.Content, draw, depth + 1);
            fields[place] = field with { Content = content };
            return (WireField.Join(fields), change);
        }

        string what = $"field {field.Number} {depth} deep";
        switch (draw.Int(0, 6))
        {
            case 0:
                fields.RemoveAt(place);
                return (WireField.Join(fields), $"{what} dropped");
            case 1:
                fields.InsertRange(place, Enumerable.Repeat(field, draw.Pick([1, 2, 100])));
                return (WireField.Join(fields), $"{what} repeated");
            case 2:
                int other = draw.Int(0, fields.Count - 1);
                (fields[place], fields[other]) = (fields[other], field);
                return (WireField.Join(fields), $"{what} elsewhere");
            case 3:
                fields[place] = field with { Number = (uint)draw.Pick([0, 1, 2, 3, 5, 7, 8, 9, 11, 13, 20, 1000, 536_870_911]) };
                return (WireField.Join(fields), $"{what} of another number");
            case 4:
                fields[place] = field with { Declared = draw.Number() };
                return (WireField.Join(fields), $"{what} with another length or number");
            case 5:
                fields[place] = field with { WireType = (uint)draw.Int(0, 7) };
                return (WireField.Join(fields), $"{what} of another wire type");
            default:
                fields[place] = field with { Content = draw.Bytes(draw.Int(0, 20)) };
                return (WireField.Join(fields), $"{what} with other content");
        }
    }
}
