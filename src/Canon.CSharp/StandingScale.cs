using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>Why a scale does not move on.</summary>
public enum Standstill
{
    /// <summary>Nothing follows: the network's output, or one of several.</summary>
    AtOutput,

    /// <summary>At the end of a branch of a sum: how loudly the branch speaks against the branch that leads.</summary>
    RelativeToLeader,

    /// <summary>At the end of what an opaque term reads.</summary>
    BeforeOpaque,

    /// <summary>A rule matches and refuses.</summary>
    Refused,

    /// <summary>A rule fires here: the scale moves on when it is asked to.</summary>
    Movable,

    /// <summary>No rule has anything to say of a scale in front of this term.</summary>
    NoRule,
}

/// <summary>A scale in a network, and why it stands where it does.</summary>
public sealed class StandingScale
{
    internal StandingScale(Core.StandingScale value)
    {
        Gain = new(value.Gain);
        At = value.Place.ToString();
        Behind = OptionModule.IsSome(value.Behind) ? new(value.Behind!.Value) : null;
        Before = OptionModule.IsSome(value.Before) ? new(value.Before!.Value) : null;
        (Standstill, Rule, Reason) = value.Standstill switch
        {
            Core.Standstill.RefusedBy refused => (Standstill.Refused, refused.rule, refused.reason),
            Core.Standstill.MovedBy moved => (Standstill.Movable, moved.rule, null),
            Core.Standstill.BeforeOpaque opaque => (Standstill.BeforeOpaque, null, opaque.name),
            { IsAtOutput: true } => (Standstill.AtOutput, null, null),
            { IsRelativeToLeader: true } => (Standstill.RelativeToLeader, null, null),
            _ => (Standstill.NoRule, (string?)null, (string?)null),
        };
    }

    /// <summary>The gain.</summary>
    public Gain Gain { get; }

    /// <summary>Where it stands: the label of the layer behind which it does, and the path of indices.</summary>
    public string At { get; }

    /// <summary>The term behind which it stands in its composition; null at the start of one.</summary>
    public Network? Behind { get; }

    /// <summary>The term in front of which it stands in its composition; null at the end of one.</summary>
    public Network? Before { get; }

    /// <summary>Why it stands there.</summary>
    public Standstill Standstill { get; }

    /// <summary>The rule that refuses, or that would move it; null for others.</summary>
    public string? Rule { get; }

    /// <summary>Why the rule refuses, or the name of the opaque operator; null for others.</summary>
    public string? Reason { get; }
}
