using Canon.Onnx;

namespace Canon.Tests.Engine;

/// <summary>The networks that a model is rewritten to, by name.</summary>
internal static class Forms
{
    /// <summary>The network as it was read.</summary>
    public const string Unchanged = "unchanged";

    /// <summary>The canonical form whose every scale is a power of two.</summary>
    public const string Lossless = "lossless";

    /// <summary>What to make of a model, in order; made when asked for.</summary>
    public static IReadOnlyList<(string Name, Func<OnnxModel, CanonicalizeOptions, Network> Make)> All { get; } =
    [
        (Unchanged, (model, _) => model.Network),
        ("canonical", (model, options) => model.Network.Canonicalize(options).Network),
        ("original-gauge", (model, options) => model.Network.Canonicalize(options).Reconstitute(Representative.Original)),
        ("canonical-gauge", (model, options) => model.Network.Canonicalize(options).Reconstitute(Representative.Canonical)),
        ("kept-architecture", (model, options) => model.CanonicalizeInPlace(options).Network),
        ("simplified", (model, _) => model.Network.Simplify(model.SimplifyOptions).Network),
        ("simplified-canonical", (model, options) => model.Network.Simplify(model.SimplifyOptions).Canonicalize(options).Network),
        ("balanced", (model, options) => model.Network.Rebalance(new() { Gauge = RebalanceGauge.Balanced }, options).Network),
        ("equalized", (model, options) => model.Network.Rebalance(new() { Gauge = RebalanceGauge.Equalized }, options).Network),
        ("lossless-equalized", (model, options) => model.Network.Rebalance(new() { Gauge = RebalanceGauge.Equalized, Lossless = true }, options).Network),
        (Lossless, (model, options) => model.Network.Canonicalize(Exact(options)).Network),
        ("lossless-original-gauge", (model, options) => model.Network.Canonicalize(Exact(options)).Reconstitute(Representative.Original)),
        ("lossless-kept-architecture", (model, options) => model.CanonicalizeInPlace(Exact(options)).Network),
    ];

    /// <summary>Whether a form must compute the very bits of the original.</summary>
    public static bool IsExact(string name) => name == Unchanged || name.StartsWith(Lossless, StringComparison.Ordinal);

    private static CanonicalizeOptions Exact(CanonicalizeOptions options) =>
        options with { Lossless = true, Definition = GainDefinition.Augmented };
}
