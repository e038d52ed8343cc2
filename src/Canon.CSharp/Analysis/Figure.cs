using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>A number that a network has, or the reason why it has none.</summary>
/// <param name="Value">The number; ∞ above the range of a double, NaN where there is none.</param>
/// <param name="Log2">Its logarithm to base 2, which never overflows; −∞ for 0, NaN where there is none.</param>
/// <param name="Missing">Why there is none; null where there is one.</param>
public sealed record Figure(double Value, double Log2, string? Missing)
{
    /// <summary>Whether there is a number.</summary>
    public bool Exists => Missing is null;

    internal static Figure Of<T>(FSharpResult<T, Core.NetworkError> result, Func<T, Core.Magnitude> value) => result.IsOk
        ? new(Core.MagnitudeModule.toFloat(value(result.ResultValue)), Core.MagnitudeModule.log2(value(result.ResultValue)), null)
        : new(double.NaN, double.NaN, result.ErrorValue.Message);
}
