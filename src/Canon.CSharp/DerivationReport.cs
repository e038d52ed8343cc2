using Core = Canon.Algebra;

namespace Canon;

/// <summary>What a check says of one step of a derivation.</summary>
public sealed class StepVerdict
{
    internal StepVerdict(Core.StepVerdict value)
    {
        Index = value.Index;
        Step = Derivation.Step(value.Step);
        RelativeError = Microsoft.FSharp.Core.OptionModule.ToNullable(value.RelativeError);
        Faults = [.. value.Faults.Select(fault => fault.Message)];
    }

    /// <summary>The step's number, from 0.</summary>
    public int Index { get; }

    /// <summary>The step.</summary>
    public RewriteStep Step { get; }

    /// <summary>
    /// How far the terms before and after differ on random inputs; null where they are not comparable by themselves, as when a
    /// scale moves past a name.
    /// </summary>
    public double? RelativeError { get; }

    /// <summary>What is wrong, a line each; empty when the step is sound.</summary>
    public IReadOnlyList<string> Faults { get; }
}

/// <summary>What a check says of a derivation.</summary>
public sealed class DerivationReport
{
    internal DerivationReport(Core.DerivationReport value)
    {
        IsSound = value.IsSound;
        ReachesResult = value.ReachesResult;
        MaxRelativeError = value.Whole.IsOk ? value.Whole.ResultValue.MaxRelativeError : null;
        Steps = [.. value.Steps.Select(verdict => new StepVerdict(verdict))];
        Messages = [.. value.Messages];
    }

    /// <summary>No step has a fault, the steps lead to the result, and it is the same function as the original.</summary>
    public bool IsSound { get; }

    /// <summary>Whether the steps lead from the original to the result.</summary>
    public bool ReachesResult { get; }

    /// <summary>How far the original and the result differ on random inputs; null when they could not be compared.</summary>
    public double? MaxRelativeError { get; }

    /// <summary>One verdict a step, in order.</summary>
    public IReadOnlyList<StepVerdict> Steps { get; }

    /// <summary>Everything that is wrong, a line each: step, rule, place, and what.</summary>
    public IReadOnlyList<string> Messages { get; }
}
