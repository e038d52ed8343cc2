namespace Canon.Cli.Reports;

/// <summary>A model that was analysed, with what is needed to show it.</summary>
internal sealed record AnalyzedModel
{
    public required string Path { get; init; }

    public required ModelAnalysis Analysis { get; init; }

    /// <summary>The names of the output channels; empty where nobody says them.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    public required int Outputs { get; init; }

    /// <summary>Where scales stand in the canonical form, and why.</summary>
    public required IReadOnlyList<ExplainedScale> Scales { get; init; }

    /// <summary>What to call it: its file, without the folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The gain at the output; null where there is none.</summary>
    public OutputGain? Gain => Analysis.GlobalGain.Exists
        ? new(Analysis.GlobalGain.Value, Analysis.GlobalGain.Log2, Analysis.Gain, Analysis.GainLog2, Analysis.GainDirection)
        : null;

    /// <summary>What an output channel is called; its number where it has no name.</summary>
    public string Class(int channel) => Classes.Count > 0 ? Classes[channel] : Plain.Count(channel);

    /// <summary>The spectral norm of a layer by the name of its weight; null where it has none, or two layers bear the name.</summary>
    public Figure? SpectralNorm(string layer) =>
        Analysis.SpectralNorms.Where(norm => norm.Name == layer).Take(2).ToList() is [{ Norm: var only }] ? only : null;
}
