namespace Canon.Onnx.Graphs;

/// <summary>An element of a small tensor.</summary>
/// <param name="Whole">It as an integer.</param>
/// <param name="Real">It as an element of a floating-point tensor, where known.</param>
internal readonly record struct Entry(Dim Whole, double? Real)
{
    /// <summary>A number of a floating-point tensor.</summary>
    public static Entry Of(double real) => new(
        Math.Abs(real) < 1L << 53 && Math.Floor(real) == real ? Dim.Of((long)real) : Dim.Unknown, real);

    /// <summary>An integer.</summary>
    public static Entry Of(Dim whole) => new(whole, null);
}

/// <summary>The elements of a tensor of at most two dimensions that shapes are computed by.</summary>
/// <param name="Entries">The elements, at most <see cref="MostEntries"/>.</param>
/// <param name="IsReal">Whether its type is of floating point.</param>
internal sealed record SmallTensor(IReadOnlyList<Entry> Entries, bool IsReal)
{
    /// <summary>More elements than any shape has.</summary>
    public const int MostEntries = 64;

    /// <summary>The elements of a constant; null where it is no such tensor.</summary>
    public static SmallTensor? Of(Constant constant) =>
        constant.Dims.Count > 2 || constant.Data.ElementCount > MostEntries ? null
        : constant.TryIntegers(out long[]? integers) ? new SmallTensor([.. integers.Select(number => Entry.Of(Dim.Of(number)))], false)
        : constant.TryFloats(out double[]? numbers) ? new SmallTensor([.. numbers.Select(Entry.Of)], true)
        : null;
}
