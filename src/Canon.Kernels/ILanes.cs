namespace Canon.Kernels;

/// <summary>
/// Vectors of float64, as wide as the machine has them; float32 is widened when it is loaded and rounded when it is stored.
/// </summary>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface ILanes<TVector>
{
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Splat(double x);

    static abstract TVector Load(double* from);

    static abstract TVector Load(float* from);

    static abstract void Store(TVector x, double* to);

    static abstract void Store(TVector x, float* to);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract double Sum(TVector x);
}
