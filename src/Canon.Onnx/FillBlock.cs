namespace Canon.Onnx;

/// <summary>
/// Fills a block with a tensor's bytes from <paramref name="byteOffset"/> on: little-endian, in the layout of the file.
/// Every byte must be written; the block's former content is arbitrary. Blocks hold whole elements where these are whole bytes, come in
/// order, and begin at any address.
/// </summary>
/// <param name="byteOffset">Where the block starts.</param>
/// <param name="block">Is to be filled completely.</param>
public delegate void FillBlock(long byteOffset, Span<byte> block);
