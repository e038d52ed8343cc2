namespace Canon;

/// <summary>What the canonical form says of one linear layer.</summary>
/// <param name="Name">The name of the weight.</param>
/// <param name="Kind">The kind of layer, such as <c>linear</c>.</param>
/// <param name="Rows">Output channels.</param>
/// <param name="Columns">Input channels.</param>
/// <param name="Gain">The gain that leaves each row, all gain before the layer absorbed; ∞ above the range of a double.</param>
/// <param name="GainLog2">Its logarithm to base 2, which never overflows; −∞ for a dead unit.</param>
/// <param name="Interference">In [0, 1] for each row: gain = ‖row‖ · ‖incoming gain‖ · interference.</param>
/// <param name="DeadUnits">Rows without weight and without bias.</param>
/// <param name="ConstantUnits">Rows without weight whose bias is not zero.</param>
public sealed record LayerReport(
    string Name,
    string Kind,
    int Rows,
    int Columns,
    IReadOnlyList<double> Gain,
    IReadOnlyList<double> GainLog2,
    IReadOnlyList<double> Interference,
    int DeadUnits,
    int ConstantUnits);

/// <summary>A branch of a sum that does not lead.</summary>
/// <param name="At">The label of the sum.</param>
/// <param name="Branch">Its place among the branches, from 0.</param>
/// <param name="RelativeGain">How loudly it speaks against the leading branch, a channel.</param>
public sealed record BranchReport(string At, int Branch, IReadOnlyList<double> RelativeGain);

/// <summary>A tensor whose numbers its type cannot hold exactly.</summary>
/// <param name="Name">The name of the parameter, or the term of a scale, a clip or a normalization.</param>
/// <param name="Entries">How many entries are not exact.</param>
public sealed record InexactTensor(string Name, long Entries);

/// <summary>A comparison of two networks on random inputs.</summary>
/// <param name="Samples">How many inputs.</param>
/// <param name="Seed">Where the random numbers start.</param>
/// <param name="MaxRelativeError">The largest difference of an output, relative to the largest entry of that output.</param>
public sealed record CheckReport(int Samples, int Seed, double MaxRelativeError);

/// <summary>Which representative of a network's rescaling class plain weights are written in.</summary>
public enum Representative
{
    /// <summary>Unit rows; the gain in the last layer before each output and barrier.</summary>
    Canonical,

    /// <summary>Every row has the norm of the parameter's own row.</summary>
    Original,
}
