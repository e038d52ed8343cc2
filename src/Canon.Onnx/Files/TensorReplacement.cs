using Canon.Onnx.Schema;

namespace Canon.Onnx.Files;

/// <summary>
/// New data for one tensor of a model to be written: <paramref name="Tensor"/> is the very message in that model; its
/// name, type and dimensions are written, and whatever data it holds are not.
/// </summary>
/// <param name="Tensor">The tensor, by reference.</param>
/// <param name="ByteLength">The bytes of its new data; must agree with its type and dimensions.</param>
/// <param name="Fill">Called for each block while the file is written.</param>
internal sealed record TensorReplacement(TensorProto Tensor, long ByteLength, FillBlock Fill);
