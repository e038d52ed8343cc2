namespace Canon.Onnx.Files;

/// <summary>How a model is written.</summary>
/// <param name="Overwrite">Whether existing files may be replaced.</param>
/// <param name="ExternalData">Where its numbers are put.</param>
/// <param name="Limit">The most bytes that one ONNX file holds.</param>
/// <param name="Flush">Whether to wait until the disk has the files.</param>
internal sealed record WriteOptions(
    bool Overwrite = false, ExternalData ExternalData = ExternalData.AsRead, long Limit = int.MaxValue, bool Flush = true);
