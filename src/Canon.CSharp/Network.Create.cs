using System.Runtime.CompilerServices;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

public sealed partial class Network
{
    /// <summary>x ↦ x.</summary>
    public static Network Identity { get; } = new(Core.NetworkModule.identity);

    /// <summary>max(z, 0).</summary>
    public static Network Relu { get; } = Of(Core.Activation.Relu, "");

    /// <summary>|z|.</summary>
    public static Network Abs { get; } = Of(Core.Activation.Abs, "");

    /// <summary>−z.</summary>
    public static Network Negate { get; } = Of(Core.Activation.Negate, "");

    /// <summary>z²: positively homogeneous of degree 2.</summary>
    public static Network Square { get; } = Of(Core.Activation.Square, "");

    /// <summary>max(z, 0)²: positively homogeneous of degree 2.</summary>
    public static Network ReluSquared { get; } = Of(Core.Activation.ReluSquared, "");

    /// <summary>1 / (1 + e⁻ᶻ): a barrier to scales.</summary>
    public static Network Sigmoid { get; } = Of(Core.Activation.Sigmoid, "");

    /// <summary>tanh z: a barrier to scales.</summary>
    public static Network Tanh { get; } = Of(Core.Activation.Tanh, "");

    /// <summary>Softmax over the channels: a barrier to scales.</summary>
    public static Network Softmax { get; } = Of(Core.Activation.Softmax, "");

    /// <summary>x ↦ Wx + b.</summary>
    /// <param name="weight">W, [output channels, input channels].</param>
    /// <param name="bias">b, one entry a row; null for none.</param>
    /// <param name="label">The layer's name, for people and files.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException">The bias does not have one entry a row.</exception>
    public static Network Linear(Parameter weight, Parameter? bias = null, string label = "")
    {
        ArgumentNullException.ThrowIfNull(weight);
        return new(Core.NetworkModule.linear(weight.Value, Bias(bias), Named(label)));
    }

    /// <summary>A convolution or a transposed one.</summary>
    /// <param name="weight">The weight, with as many taps as the window.</param>
    /// <param name="kernel">The window.</param>
    /// <param name="bias">One entry a row; null for none.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException">The weight does not fit the window, or the bias not the weight.</exception>
    public static Network Convolution(Parameter weight, Kernel kernel, Parameter? bias = null, string label = "")
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(kernel);
        return new(Core.NetworkModule.convolution(weight.Value, Bias(bias), kernel.Value, Named(label)));
    }

    /// <summary>γ ⊙ (x − μ) ⊘ √(σ² + ε) + β, the inference form of a batch norm.</summary>
    /// <param name="gamma">γ.</param>
    /// <param name="beta">β.</param>
    /// <param name="mean">μ.</param>
    /// <param name="variance">σ².</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException">The vectors differ in length.</exception>
    public static Network BatchNorm(
        Parameter gamma, Parameter beta, Parameter mean, Parameter variance, double epsilon = 1e-5, string label = "")
    {
        ArgumentNullException.ThrowIfNull(gamma);
        ArgumentNullException.ThrowIfNull(beta);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(variance);
        return new(Core.NetworkModule.batchNorm(
            gamma.Value, beta.Value, mean.Value, variance.Value, epsilon, Named(label)));
    }

    /// <summary>x ↦ x + b, one entry a channel.</summary>
    /// <param name="bias">b.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer.</returns>
    public static Network Shift(Parameter bias, string label = "")
    {
        ArgumentNullException.ThrowIfNull(bias);
        return new(Core.NetworkModule.shift(bias.Value, Named(label)));
    }

    /// <summary>An operation on space: a pool, a padding, a crop, a resize.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer.</returns>
    public static Network Spatial(SpatialOperation operation, string label = "")
    {
        ArgumentNullException.ThrowIfNull(operation);
        return new(Core.NetworkModule.spatial(operation.Value, Named(label)));
    }

    /// <summary>The same numbers in another order.</summary>
    /// <param name="rearrangement">The order.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer.</returns>
    public static Network Rearrange(Rearrangement rearrangement, string label = "")
    {
        ArgumentNullException.ThrowIfNull(rearrangement);
        return new(Core.NetworkModule.rearrange(rearrangement.Value, Named(label)));
    }

    /// <summary>A normalization without γ and β, which are a diagonal layer behind it.</summary>
    /// <param name="kind">What mean and variance are taken over.</param>
    /// <param name="epsilon">ε, positive.</param>
    /// <param name="groups">The number of groups of a group norm.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException">ε is not positive, or there is no group.</exception>
    public static Network Normalize(NormalizationKind kind, double epsilon = 1e-5, int groups = 1, string label = "") =>
        new(Core.NetworkModule.normalize(
            new NormalizationLayer(kind, groups, epsilon, Gain.One).Value, epsilon, Named(label)));

    /// <summary>A linear layer of coefficients that a rule has made.</summary>
    /// <param name="coefficients">The coefficients.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer; of unit rows when the coefficients are those of a layer of unit rows.</returns>
    public static Network Linear(LinearLayer coefficients, string label = "")
    {
        ArgumentNullException.ThrowIfNull(coefficients);
        var name = Core.Label.NewLabel(Named(label));
        return new(coefficients.UnitRows is { } rows
            ? Core.Network.NewUnitRowLinear(rows, coefficients.Kernel.Value, name)
            : Core.Network.NewLinear(coefficients.Value, coefficients.Kernel.Value, name));
    }

    /// <summary>A symbolic layer whose rows are taken to have norm 1. Rows with values are made unit by canonicalising.</summary>
    /// <param name="weight">A symbol.</param>
    /// <param name="bias">A symbol; null for none.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException">The weight has values.</exception>
    public static Network UnitRowLinear(Parameter weight, Parameter? bias = null, string label = "")
    {
        ArgumentNullException.ThrowIfNull(weight);
        return new(Core.Network.NewUnitRowLinear(
            Core.UnitRowsModule.assume(weight.Value, Bias(bias)),
            Core.KernelModule.dense,
            Core.Label.NewLabel(Named(label))));
    }

    /// <summary>x ↦ g ⊙ x.</summary>
    /// <param name="gain">g, one entry a channel.</param>
    /// <returns>The scale.</returns>
    public static Network Scale(Gain gain)
    {
        ArgumentNullException.ThrowIfNull(gain);
        return new(Core.Network.NewScale(gain.Value));
    }

    /// <summary>z for z ≥ 0, slope · z below.</summary>
    /// <param name="slope">Any finite number.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The activation.</returns>
    public static Network LeakyRelu(double slope, string label = "")
    {
        if (!double.IsFinite(slope))
        {
            throw new ArgumentOutOfRangeException(nameof(slope), slope, "a slope is finite");
        }

        return Of(Core.Activation.NewLeakyRelu(slope), label);
    }

    /// <summary>LeakyRelu with a learned slope.</summary>
    /// <param name="slope">One entry for all channels, or one a channel.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The activation.</returns>
    public static Network PRelu(Parameter slope, string label = "")
    {
        ArgumentNullException.ThrowIfNull(slope);
        return Of(Core.Activation.NewPRelu(slope.Value), label);
    }

    /// <summary>An activation as a layer.</summary>
    /// <param name="activation">The function.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The layer.</returns>
    public static Network Activate(Activation activation, string label = "")
    {
        ArgumentNullException.ThrowIfNull(activation);
        return Of(activation.Value, label);
    }

    /// <summary>An activation without parameters, with a layer's name.</summary>
    /// <param name="kind">Any kind but LeakyRelu and PRelu, which have slopes.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The activation.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The kind needs a slope, or is none.</exception>
    public static Network Activate(ActivationKind kind, string label = "") => Of(
        kind switch
        {
            ActivationKind.Relu => Core.Activation.Relu,
            ActivationKind.Abs => Core.Activation.Abs,
            ActivationKind.Negate => Core.Activation.Negate,
            ActivationKind.Square => Core.Activation.Square,
            ActivationKind.ReluSquared => Core.Activation.ReluSquared,
            ActivationKind.Sigmoid => Core.Activation.Sigmoid,
            ActivationKind.Tanh => Core.Activation.Tanh,
            ActivationKind.Softmax => Core.Activation.Softmax,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "this activation needs a slope"),
        },
        label);

    /// <summary>x ↦ min(max(x, lower), upper); relu where the bounds are 0 and ∞.</summary>
    /// <param name="lower">The lower bound; may be −∞.</param>
    /// <param name="upper">The upper bound; may be +∞.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The clip.</returns>
    /// <exception cref="ArgumentException">The lower bound is above the upper, or one is not a number.</exception>
    public static Network Clip(double lower, double upper, string label = "") =>
        new(Core.NetworkModule.clip(lower, upper, Named(label)));

    /// <summary>x ↦ min(max(x, lower · t), upper · t), with one threshold t a channel.</summary>
    /// <param name="lower">The lower bound; may be −∞.</param>
    /// <param name="upper">The upper bound; may be +∞.</param>
    /// <param name="thresholds">t.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The clip.</returns>
    /// <exception cref="ArgumentException">The lower bound is above the upper, or one is not a number.</exception>
    public static Network Clip(double lower, double upper, Gain thresholds, string label = "")
    {
        ArgumentNullException.ThrowIfNull(thresholds);
        var plain = Clip(lower, upper, label);
        return plain.Kind == NetworkKind.Clip
            ? new(Core.Network.NewClip(lower, upper, thresholds.Value, Core.Label.NewLabel(label)))
            : plain;
    }

    /// <summary>Channels × positions become channels, the positions of the first channel first.</summary>
    /// <param name="positions">The number of positions, where known.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The term.</returns>
    public static Network Flatten(int? positions = null, string label = "") =>
        Rearrange(Rearrangement.Flatten(positions), label);

    /// <summary>Networks one after the other.</summary>
    /// <param name="networks">From input to output; none gives the identity.</param>
    /// <returns>The composition, flat.</returns>
    public static Network Compose(params IEnumerable<Network> networks) =>
        new(Core.NetworkModule.compose(Checked(networks)));

    /// <summary>x ↦ Σ f(x). A skip connection is <c>Sum(Identity, F)</c>.</summary>
    /// <param name="branches">At least one.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="ArgumentException">There is no branch.</exception>
    public static Network Sum(params IEnumerable<Network> branches) => Sum("", branches);

    /// <summary>x ↦ Σ f(x), with a layer's name.</summary>
    /// <inheritdoc cref="Sum(IEnumerable{Network})"/>
    public static Network Sum(string label, IEnumerable<Network> branches) =>
        new(Core.NetworkModule.sum(Checked(branches), Named(label)));

    /// <summary>x ↦ the f(x), one after the other along the channels.</summary>
    /// <param name="branches">At least one.</param>
    /// <returns>The concatenation.</returns>
    /// <exception cref="ArgumentException">There is no branch.</exception>
    public static Network Concat(params IEnumerable<Network> branches) => Concat("", branches);

    /// <summary>x ↦ the f(x), one after the other along the channels, with a layer's name.</summary>
    /// <inheritdoc cref="Concat(IEnumerable{Network})"/>
    public static Network Concat(string label, IEnumerable<Network> branches) =>
        new(Core.NetworkModule.concat(Checked(branches), Named(label)));

    /// <summary>x ↦ the entry-wise product of the f(x): a gate.</summary>
    /// <param name="branches">At least one.</param>
    /// <returns>The product.</returns>
    /// <exception cref="ArgumentException">There is no branch.</exception>
    public static Network Product(params IEnumerable<Network> branches) => Product("", branches);

    /// <summary>x ↦ the entry-wise product of the f(x), with a layer's name.</summary>
    /// <inheritdoc cref="Product(IEnumerable{Network})"/>
    public static Network Product(string label, IEnumerable<Network> branches) =>
        new(Core.NetworkModule.product(Checked(branches), Named(label)));

    /// <summary>Names the value that flows here, for the rest of the composition it stands in.</summary>
    /// <param name="wire">The name.</param>
    /// <returns>The term.</returns>
    public static Network As(string wire)
    {
        ArgumentException.ThrowIfNullOrEmpty(wire);
        return new(Core.Network.NewAs(wire));
    }

    /// <summary>Yields the value of that name, or the input of that name, whatever flows in.</summary>
    /// <param name="wire">The name.</param>
    /// <returns>The term.</returns>
    public static Network Wire(string wire)
    {
        ArgumentException.ThrowIfNullOrEmpty(wire);
        return new(Core.Network.NewWire(wire));
    }

    /// <summary>Several outputs, at the end of a network.</summary>
    /// <param name="outputs">In order.</param>
    /// <returns>The term.</returns>
    public static Network Tuple(params IEnumerable<Network> outputs) =>
        new(Core.Network.NewTuple(Checked(outputs)));

    /// <summary>An operator that the calculus knows nothing of: a barrier to scales.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="inputs">What it reads; none for the value that flows in.</param>
    /// <param name="output">Which of its outputs this is, from 0.</param>
    /// <param name="channels">Channels of that output, where known.</param>
    /// <param name="space">The sizes of its axes of space, null where one is not known; null when not even their number is.</param>
    /// <param name="label">The layer's name.</param>
    /// <returns>The term.</returns>
    public static Network Opaque(
        string name,
        IEnumerable<Network>? inputs = null,
        int output = 0,
        int? channels = null,
        IReadOnlyList<int?>? space = null,
        string label = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        return new(Core.Network.NewOpaque(
            new Core.OpaqueNode(
                name, output, channels.ToOption(), SignalShape.Sizes(space), Core.Label.NewLabel(Named(label))),
            Checked(inputs ?? [Identity])));
    }

    private static Network Of(Core.Activation activation, string label) =>
        new(Core.NetworkModule.activation(activation, Named(label)));

    private static FSharpOption<Core.Parameter>? Bias(Parameter? bias) =>
        bias is null ? null : FSharpOption<Core.Parameter>.Some(bias.Value);

    private static FSharpList<Core.Network> Checked(
        IEnumerable<Network> networks, [CallerArgumentExpression(nameof(networks))] string? parameter = null)
    {
        ArgumentNullException.ThrowIfNull(networks, parameter);
        return networks.ToCore();
    }

    private static string Named(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return label;
    }
}
