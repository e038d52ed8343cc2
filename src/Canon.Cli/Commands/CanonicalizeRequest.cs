using Canon.Cli.Reports;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon canonicalize</c> for.</summary>
internal sealed record CanonicalizeRequest(
    string Input,
    string? Output,
    string? Derivation,
    bool Force,
    int Samples,
    int Seed,
    double? Tolerance,
    GainDefinition Gain,
    bool Lossless,
    bool Simplify = false,
    bool KeepArchitecture = false,
    ExternalData ExternalData = ExternalData.AsRead)
{
    /// <summary>Refuses targets in the way before any work is done.</summary>
    public void RequireFreeTargets()
    {
        if (Simplify && Lossless)
            throw new UsageException("--simplify adds weights up, which rounds; --gauge lossless rounds nothing: give one of them");
        if (Simplify && KeepArchitecture)
            throw new UsageException("--simplify makes layers narrower, and --keep-architecture keeps them as they are: give one of them");
        Targets.RequireWritable(Input, Output, Force);
        if (Output is not null && ExternalData == ExternalData.Beside)
            Targets.RequireWritable(Input, OnnxModel.DataFileOf(Output), Force);
        Targets.RequireWritable(Input, Derivation, Force);
        if (Output is null && ExternalData != ExternalData.AsRead)
            throw new UsageException("--external-data says where the model that is written has its weights: give --output as well");
        if (Output is not null && Targets.AreSame(OnnxModel.DataFileOf(Output), Input))
            throw new UsageException($"{Output}: its weights would go into {Input}, which is the input; name another file");
        bool isTaken = Derivation is not null && (Targets.AreSame(Derivation, Input)
            || Output is not null && (Targets.AreSame(Derivation, Output) || Targets.AreSame(Derivation, OnnxModel.DataFileOf(Output))));
        if (isTaken)
            throw new UsageException($"{Derivation}: the derivation would replace the model; name another file for it");
    }

    /// <summary>Canonicalises, checks, and writes the files when the check has passed.</summary>
    public CanonicalizeReport Execute(OnnxModel model, Work stages, CancellationToken cancellation)
    {
        Targets.RequireNoWeights(model, Output, Derivation);

        CanonicalizeOptions options = model.Options with { Definition = Gain, Lossless = Lossless };
        Simplification? simplified = null;
        if (Simplify)
        {
            stages.Begin("simplifying", isMeasured: false);
            simplified = Work.Abandoning(() => model.Network.Simplify(model.SimplifyOptions), cancellation);
        }

        KeptForm? kept = KeepArchitecture ? model.CanonicalizeInPlace(options) : null;
        CanonicalForm form = kept?.Form ?? simplified?.Canonicalize(options) ?? model.Network.Canonicalize(options);
        Network network = kept?.Network ?? form.Network;
        using Targets.Draft? draft = Output is null ? null : Targets.Draft.Create(Output);
        CheckReport Compare(Network written, IProgress<double>? progress) => form.Check(written, Samples, Seed, progress, cancellation);
        SelfCheck Check() => SelfCheck.Of(Samples, Seed, draft is not null, () =>
            draft?.Write(model, network, form.Numbers, ExternalData, stages, cancellation, Compare) ?? Compare(network, stages.Begin("checking")));
        CanonicalizeReport report = CanonicalizeReport.Of(this, form, network, model.Outputs.Count, stages, cancellation, Check) with
        {
            Simplified = simplified,
            InTheWay = kept?.InTheWay ?? [],
        };
        if (!report.Passed)
            return report;

        using Targets.Text? derivation = Derivation is null
            ? null
            : Targets.Text.Create(Derivation, form.Derivation.ToMarkdown($"The canonical form of {Path.GetFileName(Input)}"));
        draft?.Commit(Force);
        derivation?.Commit(Force);
        return report with { Output = Output, OutputData = draft?.DataTarget, DerivationFile = Derivation };
    }
}
