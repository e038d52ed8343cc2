using Core = Canon.Algebra.Training;

namespace Canon;

/// <summary>How derivatives become steps, by PyTorch's definitions.</summary>
public sealed class Optimizer : IEquatable<Optimizer>
{
    private Optimizer(Core.Optimizer value) => Value = value;

    internal Core.Optimizer Value { get; }

    /// <summary>b ← momentum·b + g; w ← w − rate·b.</summary>
    /// <param name="momentum">In [0, 1).</param>
    /// <returns>The optimizer.</returns>
    public static Optimizer Sgd(double momentum = 0) => new(Core.Optimizer.NewSgd(Fraction(momentum, nameof(momentum))));

    /// <summary>v ← decay·v + (1 − decay)·g²; w ← w − rate·g/(√v + ε).</summary>
    /// <param name="decay">In [0, 1).</param>
    /// <param name="epsilon">ε, not negative.</param>
    /// <returns>The optimizer.</returns>
    public static Optimizer RmsProp(double decay = 0.99, double epsilon = 1e-8) =>
        new(Core.Optimizer.NewRmsProp(Fraction(decay, nameof(decay)), NotNegative(epsilon, nameof(epsilon))));

    /// <summary>w ← w − rate·m̂/(√v̂ + ε), m̂ and v̂ the means of the derivatives and of their squares, corrected for their start at 0.</summary>
    /// <param name="beta1">Of the mean of the derivatives, in [0, 1).</param>
    /// <param name="beta2">Of the mean of their squares, in [0, 1).</param>
    /// <param name="epsilon">ε, not negative.</param>
    /// <returns>The optimizer.</returns>
    public static Optimizer Adam(double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) => new(Core.Optimizer.NewAdam(
        Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)), NotNegative(epsilon, nameof(epsilon))));

    /// <summary>Adam's step after w ← (1 − rate·weightDecay)·w.</summary>
    /// <param name="weightDecay">Not negative.</param>
    /// <param name="beta1">Of the mean of the derivatives, in [0, 1).</param>
    /// <param name="beta2">Of the mean of their squares, in [0, 1).</param>
    /// <param name="epsilon">ε, not negative.</param>
    /// <returns>The optimizer.</returns>
    public static Optimizer AdamW(double weightDecay = 0.01, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) =>
        new(Core.Optimizer.NewAdamW(
            Fraction(beta1, nameof(beta1)),
            Fraction(beta2, nameof(beta2)),
            NotNegative(epsilon, nameof(epsilon)),
            NotNegative(weightDecay, nameof(weightDecay))));

    /// <inheritdoc/>
    public bool Equals(Optimizer? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Optimizer);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two optimizers take the same steps.</summary>
    public static bool operator ==(Optimizer? left, Optimizer? right) => Equals(left, right);

    /// <summary>Whether two optimizers differ.</summary>
    public static bool operator !=(Optimizer? left, Optimizer? right) => !Equals(left, right);

    /// <summary>Such as <c>Adam</c>.</summary>
    public override string ToString() =>
        Value.IsSgd ? nameof(Sgd) : Value.IsRmsProp ? nameof(RmsProp) : Value.IsAdam ? nameof(Adam) : nameof(AdamW);

    internal static Optimizer Of(Core.Optimizer value) => new(value);

    private static double Fraction(double value, string name) =>
        value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, "it is at least 0 and below 1");

    private static double NotNegative(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, "it is finite and not negative");
}

/// <summary>
/// What an optimizer remembers, by the names of the parameters, by rows: of each row the columns that it reads, of each column the
/// taps. A tensor that is not there is all 0, of factors all 1. Immutable.
/// </summary>
public sealed class OptimizerState
{
    /// <summary>A state.</summary>
    /// <param name="optimizer">Whose it is.</param>
    /// <param name="steps">Steps taken.</param>
    /// <param name="first">Momentum, or the mean of the derivatives; null for none.</param>
    /// <param name="second">The mean of their squares; null for none.</param>
    public OptimizerState(
        Optimizer optimizer,
        int steps = 0,
        IReadOnlyDictionary<string, double[]>? first = null,
        IReadOnlyDictionary<string, double[]>? second = null)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        Value = new(optimizer.Value, steps, Tensors.ToCore(first), Tensors.ToCore(second), Tensors.ToCore(null), Tensors.ToCore(null));
    }

    internal OptimizerState(Core.OptimizerState value) => Value = value;

    internal Core.OptimizerState Value { get; }

    /// <summary>Whose it is.</summary>
    public Optimizer Optimizer => Optimizer.Of(Value.Optimizer);

    /// <summary>Steps taken.</summary>
    public int Steps => Value.Steps;

    /// <summary>Momentum, or the mean of the derivatives.</summary>
    public IReadOnlyDictionary<string, double[]> First => Tensors.FromCore(Value.First);

    /// <summary>The mean of the squares of the derivatives.</summary>
    public IReadOnlyDictionary<string, double[]> Second => Tensors.FromCore(Value.Second);

    /// <summary>Factors of the learning rate, entry by entry: what full transport carries along.</summary>
    public IReadOnlyDictionary<string, double[]> RateFactors => Tensors.FromCore(Value.Rate);

    /// <summary>Factors of ε, entry by entry.</summary>
    public IReadOnlyDictionary<string, double[]> EpsilonFactors => Tensors.FromCore(Value.Epsilon);
}
