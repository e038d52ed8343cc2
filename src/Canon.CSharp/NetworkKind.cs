namespace Canon;

/// <summary>What a term is.</summary>
public enum NetworkKind
{
    /// <summary>x ↦ Wx + b.</summary>
    Linear,

    /// <summary>The same, every row of the weight of norm 1 or 0.</summary>
    UnitRowLinear,

    /// <summary>x ↦ g ⊙ x, g ≥ 0.</summary>
    Scale,

    /// <summary>An activation function.</summary>
    Activation,

    /// <summary>Values held between two bounds.</summary>
    Clip,

    /// <summary>An operation on space, each channel by itself.</summary>
    Spatial,

    /// <summary>The same numbers in another order.</summary>
    Rearrange,

    /// <summary>Mean 0 and variance 1.</summary>
    Normalize,

    /// <summary>Networks one after the other; none: the identity.</summary>
    Compose,

    /// <summary>The sum of branches.</summary>
    Sum,

    /// <summary>Branches one after the other along the channels.</summary>
    Concat,

    /// <summary>The entry-wise product of branches.</summary>
    Product,

    /// <summary>Names the value that flows here.</summary>
    As,

    /// <summary>Yields a named value or a named input.</summary>
    Wire,

    /// <summary>Several outputs.</summary>
    Tuple,

    /// <summary>An operator that the calculus knows nothing of.</summary>
    Opaque,
}
