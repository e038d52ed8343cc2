namespace Canon.Kernels;

/// <summary>
/// Vectors of float64, as wide as the machine has them. Numbers of other types are widened when they are loaded and rounded when they are
/// stored: to the nearest, ties to even, once.
/// </summary>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface ILanes<TVector>
{
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Splat(double x);

    static abstract TVector Load(double* from);

    static abstract TVector Load(float* from);

    static abstract TVector Load(UpperHalf* from);

    static abstract TVector Load(Half* from);

    static abstract void Store(TVector x, double* to);

    static abstract void Store(TVector x, float* to);

    static abstract void Store(TVector x, UpperHalf* to);

    static abstract void Store(TVector x, Half* to);

    /// <summary>Two vectors to an address that both together are aligned to, past the caches.</summary>
    static abstract void StorePastCaches(TVector x, TVector y, double* to);

    /// <inheritdoc cref="StorePastCaches(TVector, TVector, double*)"/>
    static abstract void StorePastCaches(TVector x, TVector y, float* to);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The larger of each two numbers; not a number where one of them is none.</summary>
    static abstract TVector Max(TVector a, TVector b);

    static abstract TVector Abs(TVector x);

    /// <summary>Whether a number of a is greater than that of b in its place.</summary>
    static abstract bool IsAnyGreater(TVector a, TVector b);

    /// <summary>x where a is greater than b, else y.</summary>
    static abstract TVector WhereGreater(TVector a, TVector b, TVector x, TVector y);

    static abstract double Sum(TVector x);

    static abstract double Largest(TVector x);
}
