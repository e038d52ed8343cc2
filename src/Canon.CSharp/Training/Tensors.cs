using Microsoft.FSharp.Collections;

namespace Canon;

internal static class Tensors
{
    internal static FSharpMap<string, double[]> ToCore(IReadOnlyDictionary<string, double[]>? tensors) =>
        new((tensors ?? new Dictionary<string, double[]>()).Select(pair => Tuple.Create(
            pair.Key, pair.Value ?? throw new ArgumentNullException(nameof(tensors), $"the tensor {pair.Key} is null"))));

    internal static IReadOnlyDictionary<string, double[]> FromCore(FSharpMap<string, double[]> tensors) =>
        tensors.ToDictionary(pair => pair.Key, pair => pair.Value);
}
