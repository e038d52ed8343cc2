namespace Canon.Onnx.Files;

/// <summary>How far the writing is.</summary>
/// <param name="BytesWritten">The bytes written so far.</param>
/// <param name="TotalBytes">The bytes that there will be.</param>
internal readonly record struct WriteProgress(long BytesWritten, long TotalBytes);

/// <summary>Tells a caller the fraction that is written.</summary>
internal sealed class Fraction : IProgress<WriteProgress>
{
    private readonly IProgress<double> _progress;

    private Fraction(IProgress<double> progress) => _progress = progress;

    /// <summary>Null where the caller does not ask.</summary>
    public static Fraction? Of(IProgress<double>? progress) => progress is null ? null : new Fraction(progress);

    /// <inheritdoc/>
    public void Report(WriteProgress value) => _progress.Report((double)value.BytesWritten / value.TotalBytes);
}
