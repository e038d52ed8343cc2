using Canon.Onnx;

namespace Canon.Tests.Files;

/// <summary>Bytes of tensors and storages in arrays of their own.</summary>
internal static class Pieces
{
    public static byte[] Read(this SafetensorsTensor tensor, long byteOffset, int byteCount)
    {
        byte[] bytes = new byte[byteCount];
        tensor.Read(byteOffset, bytes);
        return bytes;
    }

    public static byte[] Read(this Storage storage, long offset, int byteCount)
    {
        byte[] bytes = new byte[byteCount];
        storage.Read(offset, bytes);
        return bytes;
    }
}
