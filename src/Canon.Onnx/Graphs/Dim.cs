namespace Canon.Onnx.Graphs;

/// <summary>One dimension of a shape, or one element of a computed shape.</summary>
/// <param name="Size">Its size, where known; an element of a computed shape may be negative.</param>
/// <param name="Symbol">What an unknown size is called: equal symbols are equal sizes.</param>
internal readonly record struct Dim(long? Size, string? Symbol)
{
    /// <summary>Nothing is known.</summary>
    public static Dim Unknown => default;

    /// <summary>Whether the size is known.</summary>
    public bool IsKnown => Size is not null;

    /// <summary>Whether the size is known to be 1.</summary>
    public bool IsOne => Size == 1;

    /// <summary>This as a dimension: no size is negative.</summary>
    public Dim AsSize => Size < 0 ? Unknown : this;

    /// <summary>A known size.</summary>
    public static Dim Of(long size) => new(size, null);

    /// <summary>An unknown size that has a name.</summary>
    public static Dim Named(string symbol) => new(null, symbol);

    /// <summary>Whether the two are certainly equal.</summary>
    public bool Is(Dim other) => this == other && this != Unknown;

    /// <summary>The sum, where it is known or has a name.</summary>
    public Dim Plus(Dim other) => Size == 0 ? other : other.Size == 0 ? this : Known(other, (a, b) => a + b);

    /// <summary>The difference, where it is known or has a name.</summary>
    public Dim Minus(Dim other) => other.Size == 0 ? this : Is(other) ? Of(0) : Known(other, (a, b) => a - b);

    /// <summary>The product, where it is known or has a name.</summary>
    public Dim Times(Dim other) =>
        Size == 0 || other.Size == 0 ? Of(0) : IsOne ? other : other.IsOne ? this : Known(other, (a, b) => a * b);

    /// <summary>The quotient towards zero, where it is known or has a name.</summary>
    public Dim Over(Dim other) =>
        other.IsOne ? this : other.Size == 0 ? Unknown : Known(other, (a, b) => a / b);

    /// <summary>The result of broadcasting the two.</summary>
    public Dim Broadcast(Dim other) =>
        IsOne || Is(other) ? other
        : other.IsOne ? this
        : IsKnown && other.IsKnown ? Unknown
        : IsKnown ? this
        : other.IsKnown ? other
        : Unknown;

    /// <summary>The size, the name or "?".</summary>
    public override string ToString() => Size?.ToString() ?? Symbol ?? "?";

    private Dim Known(Dim other, Func<Int128, Int128, Int128> combine) =>
        Size is { } a && other.Size is { } b && combine(a, b) is var result && result >= long.MinValue && result <= long.MaxValue
            ? Of((long)result)
            : Unknown;
}
