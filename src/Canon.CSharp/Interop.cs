using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

internal static class Interop
{
    internal static int? ToNullable(this FSharpOption<int>? option) =>
        OptionModule.IsSome(option) ? option!.Value : null;

    internal static FSharpOption<int>? ToOption(this int? value) =>
        value is { } some ? FSharpOption<int>.Some(some) : null;

    internal static FSharpList<Core.Network> ToCore(this IEnumerable<Network> networks) =>
        ListModule.OfSeq(networks.Select(n =>
            (n ?? throw new ArgumentNullException(nameof(networks), "a network in the sequence is null")).Value));

    internal static IReadOnlyList<Network> FromCore(this FSharpList<Core.Network> networks) =>
        [.. networks.Select(n => new Network(n))];

    /// <summary>The value; the error as an exception.</summary>
    internal static T OrThrow<T>(this FSharpResult<T, Core.NetworkError> result) =>
        result.IsOk ? result.ResultValue : throw new NetworkException(result.ErrorValue.Message, result.ErrorValue.IsOutOfRange);
}
