using Canon.Onnx.Graphs;

namespace Canon.Onnx.Reading;

/// <summary>One output of a node as a term of the calculus.</summary>
/// <param name="Output">The value.</param>
/// <param name="Reads">The values that flow into it, in order.</param>
/// <param name="Layout">The layout of the value; null where not even its rank is known.</param>
/// <param name="Make">
/// The term for the networks that yield those values: the identity where there is one. Null where the value is, as a signal,
/// the one that it reads.
/// </param>
internal sealed record Term(
    string Output, IReadOnlyList<string> Reads, Layout? Layout, Func<IReadOnlyList<Network>, Network>? Make);
