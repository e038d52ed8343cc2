using Canon.Cli.Commands;
using Canon.Onnx;

namespace Canon.Cli.Reports;

/// <summary>All that <c>canon rebalance --architecture</c> has to say, to be rendered as text or as JSON.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Rebalancing">What was found.</param>
/// <param name="Rescaled">The tensors that change.</param>
/// <param name="Tensors">How many the checkpoint has.</param>
/// <param name="Left">Those whose bytes stay.</param>
/// <param name="Saved">What was written; null when nothing was.</param>
internal sealed record CheckpointRebalanceReport(
    CheckpointRebalanceRequest Request,
    Rebalancing Rebalancing,
    IReadOnlyList<RescaledTensor> Rescaled,
    int Tensors,
    IReadOnlyList<string> Left,
    SavedCheckpoint? Saved);

/// <summary>By what the rows and the columns of a tensor are multiplied, in the least and in the greatest case; 1 of a vector's column.</summary>
internal sealed record RescaledTensor(string Name, double LeastRow, double GreatestRow, double LeastColumn, double GreatestColumn)
{
    public bool IsChanged => (LeastRow, GreatestRow, LeastColumn, GreatestColumn) is not (1, 1, 1, 1);

    public static RescaledTensor Of(TensorGauge tensor) => new(
        tensor.Name,
        tensor.RowFactors.Min(),
        tensor.RowFactors.Max(),
        tensor.ColumnFactors?.Min() ?? 1,
        tensor.ColumnFactors?.Max() ?? 1);
}
