using Canon.Onnx.Schema;

namespace Canon.Onnx.Files;

/// <summary>
/// Fills a block with a tensor's bytes from <paramref name="byteOffset"/> on: little-endian, in the layout of raw_data.
/// Every byte must be written; the block's former content is arbitrary. Blocks hold whole elements and come in order.
/// </summary>
internal delegate void FillBlock(long byteOffset, Span<byte> block);

/// <summary>
/// New data for one tensor of a model to be written: <paramref name="Tensor"/> is the very message in that model; its
/// name, type and dimensions are written, and whatever data it holds are not.
/// </summary>
/// <param name="Tensor">The tensor, by reference.</param>
/// <param name="ByteLength">The bytes of its new data; must agree with its type and dimensions.</param>
/// <param name="Fill">Called for each block while the file is written.</param>
internal sealed record TensorReplacement(TensorProto Tensor, long ByteLength, FillBlock Fill);

/// <summary>How far a file is written.</summary>
/// <param name="BytesWritten">The bytes written so far.</param>
/// <param name="TotalBytes">The bytes the file will have.</param>
internal readonly record struct WriteProgress(long BytesWritten, long TotalBytes);
