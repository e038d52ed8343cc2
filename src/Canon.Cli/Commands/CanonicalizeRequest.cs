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
    GainDefinition Gain)
{
    /// <summary>Refuses targets in the way before any work is done.</summary>
    public void RequireFreeTargets()
    {
        Targets.RequireWritable(Input, Output, Force);
        Targets.RequireWritable(Input, Derivation, Force);
        if (Derivation is not null && (Targets.AreSame(Derivation, Input) || (Output is not null && Targets.AreSame(Derivation, Output))))
            throw new UsageException($"{Derivation}: the derivation would replace the model; name another file for it");
    }

    /// <summary>Canonicalises, checks, and writes the files when the check has passed.</summary>
    public CanonicalizeReport Execute(OnnxModel model, Work stages, CancellationToken cancellation)
    {
        CanonicalForm form = model.Network.Canonicalize(model.Options with { Definition = Gain });
        CanonicalizeReport report = CanonicalizeReport.Of(this, form, model.Outputs.Count, stages, cancellation);
        if (!report.Passed)
            return report;

        using Targets.Text? derivation = Derivation is null
            ? null
            : Targets.Text.Create(Derivation, form.Derivation.ToMarkdown($"The canonical form of {Path.GetFileName(Input)}"));
        if (Output is not null)
        {
            report = report with { FileCheck = WriteChecked(Output, model, form, report.Tolerance, stages, cancellation) };
            if (!report.Passed)
                return report;
        }

        derivation?.Commit(Force);
        return report with { Output = Output, DerivationFile = Derivation };
    }

    /// <summary>
    /// Writes the model beside its target, reads it back and checks what was read; it takes its name only when that has passed.
    /// </summary>
    private CheckReport WriteChecked(
        string output, OnnxModel model, CanonicalForm form, double tolerance, Work stages, CancellationToken cancellation)
    {
        string draft = $"{output}.{Guid.NewGuid():N}";
        try
        {
            model.Save(draft, form.Network, false, stages.Begin("writing"), cancellation);
            CheckReport check;
            using (OnnxModel written = OnnxModel.Open(draft))
                check = form.Check(written.Network, Samples, Seed, stages.Begin("checking the file"), cancellation);
            if (check.MaxRelativeError <= tolerance)
                File.Move(draft, output, Force);
            return check;
        }
        catch (ModelFileException failure)
        {
            throw new UsageException(failure.Message.Replace(draft, output, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
