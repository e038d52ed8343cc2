using Canon.Cli.Commands;

namespace Canon.Cli.Reports;

/// <summary>All that <c>canon pcr-step</c> has to say, to be rendered as text or as JSON.</summary>
internal sealed record PcrStepReport
{
    public required PcrStepRequest Request { get; init; }

    /// <summary>The inputs that the architecture reads by name; none where it reads what flows in.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    public required PcrReport Event { get; init; }

    public required IReadOnlyList<HeldRows> Held { get; init; }

    /// <summary>Parameters that no event rescales at all, such as running means and weights that layers share.</summary>
    public required IReadOnlyList<string> Fixed { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>How many tensors the file of the weights has.</summary>
    public required int Tensors { get; init; }

    /// <summary>The tensors of that file whose bytes stay.</summary>
    public required IReadOnlyList<string> Left { get; init; }

    /// <summary>What was written: the weights, then the state where one was given.</summary>
    public required IReadOnlyList<Canon.Onnx.SavedCheckpoint> Saved { get; init; }

    /// <summary>Null where no state was given.</summary>
    public required MomentTensors? Moments { get; init; }
}
