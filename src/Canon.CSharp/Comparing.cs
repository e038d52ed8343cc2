using Core = Canon.Algebra;

namespace Canon;

/// <summary>Comparisons of two networks on random inputs, watched layer by layer.</summary>
internal static class Comparing
{
    public static Core.CheckReport Run(
        Core.CanonicalOptions options,
        bool rounded,
        Network original,
        Network rewritten,
        int samples,
        int seed,
        IProgress<double>? progress,
        CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        var layers = progress is null ? 0 : LinearLayers(original) + LinearLayers(rewritten);
        var done = 0;
        return Core.Check.compareWatched(
            Microsoft.FSharp.Core.FuncConvert.FromAction(() =>
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((double)done++ / layers);
            }),
            options,
            rounded,
            samples,
            seed,
            original.Value,
            rewritten.Value).OrThrow();
    }

    private static int LinearLayers(Network network) => network.Terms.Count(term => term.TryLinear(out _));
}
