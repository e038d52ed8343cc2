using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// The coefficients of a linear layer: x ↦ left ⊙ (P·(right ⊙ x)) + gain ⊙ b, that is, the weight diag(left)·P·diag(right) and
/// the bias gain ⊙ b. P and b are named parameters that rewrites leave alone.
/// </summary>
public sealed class LinearLayer : IEquatable<LinearLayer>
{
    internal LinearLayer(Core.Affine value, Core.Kernel kernel) => (Value, Kernel) = (value, new(kernel));

    internal LinearLayer(Core.UnitRows rows, Core.Kernel kernel)
        : this(rows.Coefficients, kernel) => UnitRows = rows;

    internal Core.Affine Value { get; }

    internal Core.UnitRows? UnitRows { get; }

    /// <summary>Whether every row of the weight has norm 1 (or 0, for dead and constant units).</summary>
    public bool HasUnitRows => UnitRows is not null;

    /// <summary>Which positions it reads: those of a window for a convolution.</summary>
    public Kernel Kernel { get; }

    /// <summary>P, of shape [output channels, input channels].</summary>
    public Parameter Weight => new(Value.Weight);

    /// <summary>b; null when there is none.</summary>
    public Parameter? Bias => OptionModule.IsSome(Value.Bias) ? new(Value.Bias!.Value.Vector) : null;

    /// <summary>What multiplies b; 1 when there is no bias.</summary>
    public Gain BiasGain => OptionModule.IsSome(Value.Bias) ? new(Value.Bias!.Value.Gain) : Gain.One;

    /// <summary>The diagonal on the output side.</summary>
    public Gain Left => new(Value.Left);

    /// <summary>The diagonal on the input side.</summary>
    public Gain Right => new(Value.Right);

    /// <summary>Whether weight and bias are the parameters themselves.</summary>
    public bool IsPlain => Core.AffineModule.isPlain(Value);

    /// <summary>The same coefficients with other diagonals: what a rule makes of a layer.</summary>
    /// <param name="left">The diagonal on the output side; null to leave it.</param>
    /// <param name="right">The diagonal on the input side; null to leave it.</param>
    /// <param name="biasGain">What multiplies b; null to leave it.</param>
    /// <returns>The coefficients; their rows are not known to be unit.</returns>
    public LinearLayer With(Gain? left = null, Gain? right = null, Gain? biasGain = null)
    {
        var bias = OptionModule.IsSome(Value.Bias)
            ? FSharpOption<Core.Bias>.Some(new((biasGain ?? BiasGain).Value, Value.Bias!.Value.Vector))
            : null;
        return new(new Core.Affine((left ?? Left).Value, Value.Weight, (right ?? Right).Value, bias), Kernel.Value);
    }

    /// <summary>The layer followed by <c>scale(g)</c>: weight and bias are multiplied.</summary>
    /// <param name="gain">g, one entry a row.</param>
    /// <returns>The coefficients; their rows are not known to be unit.</returns>
    public LinearLayer ScaleOutput(Gain gain)
    {
        ArgumentNullException.ThrowIfNull(gain);
        return new(Core.AffineModule.scaleOutput(gain.Value, Value), Kernel.Value);
    }

    /// <summary>The layer behind <c>scale(g)</c>: the weight's columns are multiplied, the bias stays.</summary>
    /// <param name="gain">g, one entry a column.</param>
    /// <returns>The coefficients; their rows are not known to be unit.</returns>
    public LinearLayer ScaleInput(Gain gain)
    {
        ArgumentNullException.ThrowIfNull(gain);
        return new(Core.AffineModule.scaleInput(gain.Value, Value), Kernel.Value);
    }

    /// <inheritdoc/>
    public bool Equals(LinearLayer? other) => other is not null && HasUnitRows == other.HasUnitRows && Kernel == other.Kernel && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LinearLayer);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two layers are the same.</summary>
    public static bool operator ==(LinearLayer? left, LinearLayer? right) => Equals(left, right);

    /// <summary>Whether two layers differ.</summary>
    public static bool operator !=(LinearLayer? left, LinearLayer? right) => !Equals(left, right);
}

/// <summary>x ↦ min(max(x, lower·t), upper·t), one threshold gain t a channel.</summary>
/// <param name="Lower">The lower bound; may be −∞.</param>
/// <param name="Upper">The upper bound; may be +∞.</param>
/// <param name="Thresholds">t.</param>
public sealed record ClipLayer(double Lower, double Upper, Gain Thresholds);

/// <summary>An operator that the calculus knows nothing of: a barrier to scales.</summary>
/// <param name="Name">What it is called, such as the operator of a model file.</param>
/// <param name="Output">Which of its outputs this is, from 0.</param>
/// <param name="Channels">Channels of that output, where known.</param>
/// <param name="Space">The sizes of its axes of space, null where one is not known; null when not even their number is.</param>
/// <param name="Inputs">What it reads.</param>
public sealed record OpaqueLayer(string Name, int Output, int? Channels, IReadOnlyList<int?>? Space, IReadOnlyList<Network> Inputs);
