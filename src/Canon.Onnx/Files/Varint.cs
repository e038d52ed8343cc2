namespace Canon.Onnx.Files;

/// <summary>Protobuf's variable-length integers, for the parts of a file that are written by hand.</summary>
internal static class Varint
{
    /// <summary>The most bytes one integer takes.</summary>
    public const int MaxSize = 10;

    /// <summary>How many bytes the shortest form of <paramref name="value"/> takes.</summary>
    public static int Size(ulong value)
    {
        int size = 1;
        while ((value >>= 7) != 0)
            size++;
        return size;
    }

    /// <summary>Writes <paramref name="value"/> in its shortest form and returns the bytes it took.</summary>
    public static int Write(Span<byte> to, ulong value)
    {
        int size = Size(value);
        WritePadded(to[..size], value);
        return size;
    }

    /// <summary>
    /// Writes <paramref name="value"/> over the whole of <paramref name="to"/>. Protobuf allows a form longer than
    /// needed, which lets a length be filled in once it is known.
    /// </summary>
    public static void WritePadded(Span<byte> to, ulong value)
    {
        for (int i = 0; i < to.Length; i++, value >>= 7)
            to[i] = (byte)(value & 0x7F | (i < to.Length - 1 ? 0x80u : 0u));
    }
}
