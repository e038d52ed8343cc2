using FsCheck;
using FsCheck.Fluent;

namespace Canon;

/// <summary>Random networks for tests: well shaped, with values, and shrunk to smaller ones that are well shaped too.</summary>
public sealed class NetworkGenerator
{
    private readonly Arbitrary<Verification.Sample> samples;

    private NetworkGenerator(Arbitrary<Verification.Sample> samples)
    {
        this.samples = samples;
        Arbitrary = samples.Convert(sample => new NetworkSample(sample), sample => sample.Value);
    }

    /// <summary>Networks of every kind.</summary>
    public static NetworkGenerator Any { get; } = new(Verification.Networks.any);

    /// <summary>Chains of linear layers and activations of degree 1.</summary>
    public static NetworkGenerator Sequential { get; } = new(Verification.Networks.sequential);

    /// <summary>Networks of every kind with a sum or a concat in them.</summary>
    public static NetworkGenerator Branched { get; } = new(Verification.Networks.branched);

    /// <summary>Networks of every kind with a product of branches in them.</summary>
    public static NetworkGenerator Gated { get; } = new(Verification.Networks.gated);

    /// <summary>Narrow networks with dead and constant units, and rows of magnitudes from 1e-20 to 1e20.</summary>
    public static NetworkGenerator Degenerate { get; } = new(Verification.Networks.degenerate);

    /// <summary>For property tests with FsCheck.</summary>
    public Arbitrary<NetworkSample> Arbitrary { get; }

    /// <summary>Networks without end; the same seed gives the same networks.</summary>
    /// <param name="seed">The seed of the first; the next one has the next seed.</param>
    /// <returns>The networks, each drawn when it is asked for.</returns>
    public IEnumerable<NetworkSample> Samples(int seed)
    {
        for (int next = seed; ; next++)
            yield return new(Verification.Networks.ofSeed(next, samples));
    }
}
