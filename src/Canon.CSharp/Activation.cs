using Core = Canon.Algebra;

namespace Canon;

/// <summary>The activation functions that the calculus knows by name.</summary>
public enum ActivationKind
{
    /// <summary>max(z, 0).</summary>
    Relu,

    /// <summary>z for z ≥ 0, slope · z below.</summary>
    LeakyRelu,

    /// <summary>LeakyRelu with a learned slope, one for all channels or one a channel.</summary>
    PRelu,

    /// <summary>|z|.</summary>
    Abs,

    /// <summary>−z.</summary>
    Negate,

    /// <summary>z².</summary>
    Square,

    /// <summary>max(z, 0)².</summary>
    ReluSquared,

    /// <summary>1 / (1 + e⁻ᶻ).</summary>
    Sigmoid,

    /// <summary>tanh z.</summary>
    Tanh,

    /// <summary>eᶻ over the sum of its channels.</summary>
    Softmax,
}

/// <summary>An activation function.</summary>
public sealed class Activation : IEquatable<Activation>
{
    internal Activation(Core.Activation value) => Value = value;

    internal Core.Activation Value { get; }

    /// <summary>Which function it is.</summary>
    public ActivationKind Kind => Value switch
    {
        { IsRelu: true } => ActivationKind.Relu,
        { IsLeakyRelu: true } => ActivationKind.LeakyRelu,
        { IsPRelu: true } => ActivationKind.PRelu,
        { IsAbs: true } => ActivationKind.Abs,
        { IsNegate: true } => ActivationKind.Negate,
        { IsSquare: true } => ActivationKind.Square,
        { IsReluSquared: true } => ActivationKind.ReluSquared,
        { IsSigmoid: true } => ActivationKind.Sigmoid,
        { IsTanh: true } => ActivationKind.Tanh,
        _ => ActivationKind.Softmax,
    };

    /// <summary>The slope below zero of a LeakyRelu; null for others.</summary>
    public double? Slope => Value is Core.Activation.LeakyRelu leaky ? leaky.slope : null;

    /// <summary>The slopes of a PRelu; null for others.</summary>
    public Parameter? SlopeParameter => Value is Core.Activation.PRelu prelu ? new(prelu.slope) : null;

    /// <summary>d where φ(c·z) = cᵈ·φ(z) for every c ≥ 0; null where no such d exists: a barrier to scales.</summary>
    public int? Degree =>
        Core.ActivationModule.homogeneity(Value) is Core.Homogeneity.Degree homogeneous ? homogeneous.degree : null;

    /// <inheritdoc/>
    public bool Equals(Activation? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Activation);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two activations are the same.</summary>
    public static bool operator ==(Activation? left, Activation? right) => Equals(left, right);

    /// <summary>Whether two activations differ.</summary>
    public static bool operator !=(Activation? left, Activation? right) => !Equals(left, right);

    /// <summary>The name in arrow notation, such as <c>leaky_relu</c>.</summary>
    public override string ToString() => Core.ActivationModule.name(Value);
}
