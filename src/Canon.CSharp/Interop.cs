using System.Diagnostics.CodeAnalysis;
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

    /// <summary>The numbers; where there are none, one for each of so many.</summary>
    internal static FSharpList<int> OrEach(this IEnumerable<int>? numbers, int one, int count) =>
        ListModule.OfSeq(numbers ?? Enumerable.Repeat(one, count));

    internal static FSharpList<Core.Network> ToCore(this IEnumerable<Network> networks) =>
        ListModule.OfSeq(networks.Select(n =>
            (n ?? throw new ArgumentNullException(nameof(networks), "a network in the sequence is null")).Value));

    internal static IReadOnlyList<Network> FromCore(this FSharpList<Core.Network> networks) =>
        [.. networks.Select(n => new Network(n))];

    internal static FSharpList<Core.Rule> ToCore(this IEnumerable<Rule> rules, string parameter) =>
        ListModule.OfSeq(rules.Select(rule =>
            (rule ?? throw new ArgumentNullException(parameter, "a rule in the sequence is null")).Value));

    internal static Core.Substitution Substitution(
        IReadOnlyDictionary<string, Parameter> parameters, IReadOnlyDictionary<string, Gain>? gains) => new(
            Map(parameters, parameter => parameter.Value), Map(gains ?? new Dictionary<string, Gain>(), gain => gain.Value));

    /// <summary>What was read, or line, column and what was expected there.</summary>
    internal static bool TryGet<TCore, T>(
        this FSharpResult<TCore, Core.NotationError> result,
        Func<TCore, T> fromCore,
        [NotNullWhen(true)] out T? value,
        [NotNullWhen(false)] out string? error)
        where T : class
    {
        value = result.IsOk ? fromCore(result.ResultValue) : null;
        error = result.IsOk ? null : result.ErrorValue.Message;
        return value is not null;
    }

    /// <summary>The value; the error as an exception.</summary>
    internal static T OrThrow<T>(this FSharpResult<T, Core.NetworkError> result) =>
        result.IsOk ? result.ResultValue : throw new NetworkException(result.ErrorValue.Message, result.ErrorValue.IsOutOfRange);

    private static FSharpMap<string, TCore> Map<T, TCore>(IReadOnlyDictionary<string, T> values, Func<T, TCore> toCore) =>
        new(values.Select(pair => Tuple.Create(
            pair.Key, toCore(pair.Value ?? throw new ArgumentNullException(nameof(values), $"what is put for {pair.Key} is null")))));
}
