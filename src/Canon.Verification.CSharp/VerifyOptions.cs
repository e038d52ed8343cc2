using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Canon;

/// <summary>How hard a rule is tried.</summary>
public sealed record VerifyOptions
{
    /// <summary>1,000 networks, always the same ones.</summary>
    public static VerifyOptions Default { get; } = new();

    /// <summary>How many networks the rule is tried on.</summary>
    public int Tries { get; init; } = Verification.RuleVerifier.options.Tries;

    /// <summary>Where the random numbers start; the same seed gives the same verdict.</summary>
    public int Seed { get; init; } = Verification.RuleVerifier.options.Seed;

    /// <summary>
    /// The largest difference of an output that counts as rounding, relative to what the output would be if nothing cancelled
    /// on the way to it.
    /// </summary>
    public double Tolerance { get; init; } = Verification.RuleVerifier.options.Tolerance;

    /// <summary>Networks on which the rule fires, for half of the tries, where its pattern is rare.</summary>
    public Arbitrary<NetworkSample>? Redexes { get; init; }

    internal Verification.VerifyOptions ToCore() => new(
        Tries,
        Seed,
        Tolerance,
        Redexes is null
            ? null
            : FSharpOption<Arbitrary<Verification.Sample>>.Some(
                Redexes.Convert(sample => sample.Value, value => new NetworkSample(value))));
}
