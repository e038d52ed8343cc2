using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// A neural network as an expression that can be refactored without changing its function. Immutable; parts are shared, weights
/// are never copied.
/// </summary>
/// <example><code>
/// var network = Network.Linear(w1).Then(Network.Relu, Network.Linear(w2));
/// Console.WriteLine(network.Canonicalize().Network);
/// </code></example>
public sealed partial class Network : IEquatable<Network>
{
    internal Network(Core.Network value) => Value = value;

    internal Core.Network Value { get; }

    /// <summary>What the outermost term is.</summary>
    public NetworkKind Kind => (NetworkKind)Value.Tag;

    /// <summary>The name of the layer in its model, for people and files; "" when it has none. No part of equality.</summary>
    public string Label => Core.NetworkModule.label(Value);

    /// <summary>The parts of a composition in order; of anything else itself.</summary>
    public IReadOnlyList<Network> Parts => Core.NetworkModule.parts(Value).FromCore();

    /// <summary>The networks directly inside: parts of a composition, branches of a sum, inputs of an opaque term.</summary>
    public IReadOnlyList<Network> Children => Core.Traversal.children(Value).FromCore();

    /// <summary>Every term: this one, then those inside it in order, each in front of those inside it.</summary>
    public IReadOnlyList<Network> Terms =>
        Core.Traversal.collect(FuncConvert.FromFunc((Core.Network term) => ListModule.OfSeq([term])), Value).FromCore();

    /// <summary>Every parameter, in order of first use, once each.</summary>
    public IReadOnlyList<Parameter> Parameters =>
        [.. Core.Traversal.parameters(Value).Select(p => new Parameter(p))];

    /// <summary>The inputs that are read by name, in order of first use.</summary>
    public IReadOnlyList<string> NamedInputs => [.. Core.Traversal.freeWires(Value)];

    /// <summary>The number of terms.</summary>
    public int Size => Core.Traversal.size(Value);

    /// <summary>This network, then the others.</summary>
    /// <param name="next">What follows, in order.</param>
    /// <returns>The composition.</returns>
    public Network Then(params IEnumerable<Network> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new(Core.NetworkModule.compose(next.Prepend(this).ToCore()));
    }

    /// <summary>One function of several for what the outermost term is. Every case must be answered.</summary>
    /// <typeparam name="T">The type of the answer.</typeparam>
    /// <returns>The answer of the case that applies.</returns>
    public T Match<T>(
        Func<LinearLayer, T> linear,
        Func<LinearLayer, T> unitRowLinear,
        Func<Gain, T> scale,
        Func<Activation, T> activation,
        Func<ClipLayer, T> clip,
        Func<SpatialOperation, T> spatial,
        Func<Rearrangement, T> rearrange,
        Func<NormalizationLayer, T> normalize,
        Func<IReadOnlyList<Network>, T> compose,
        Func<IReadOnlyList<Network>, T> sum,
        Func<IReadOnlyList<Network>, T> concat,
        Func<IReadOnlyList<Network>, T> product,
        Func<string, T> @as,
        Func<string, T> wire,
        Func<IReadOnlyList<Network>, T> tuple,
        Func<OpaqueLayer, T> opaque)
    {
        ArgumentNullException.ThrowIfNull(linear);
        ArgumentNullException.ThrowIfNull(unitRowLinear);
        ArgumentNullException.ThrowIfNull(scale);
        ArgumentNullException.ThrowIfNull(activation);
        ArgumentNullException.ThrowIfNull(clip);
        ArgumentNullException.ThrowIfNull(spatial);
        ArgumentNullException.ThrowIfNull(rearrange);
        ArgumentNullException.ThrowIfNull(normalize);
        ArgumentNullException.ThrowIfNull(compose);
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(concat);
        ArgumentNullException.ThrowIfNull(product);
        ArgumentNullException.ThrowIfNull(@as, nameof(@as));
        ArgumentNullException.ThrowIfNull(wire);
        ArgumentNullException.ThrowIfNull(tuple);
        ArgumentNullException.ThrowIfNull(opaque);
        return Value switch
        {
            Core.Network.Linear term => linear(new(term.coefficients, term.kernel)),
            Core.Network.UnitRowLinear term => unitRowLinear(new(term.rows, term.kernel)),
            Core.Network.Scale term => scale(new(term.gain)),
            Core.Network.Activation term => activation(new(term.activation)),
            Core.Network.Clip term => clip(new(term.lower, term.upper, new(term.thresholds))),
            Core.Network.Spatial term => spatial(new(term.operation)),
            Core.Network.Rearrange term => rearrange(new(term.rearrangement)),
            Core.Network.Normalize term => normalize(NormalizationLayer.Of(term.normalization, term.epsilon, term.tolerance)),
            Core.Network.Compose term => compose(term.parts.FromCore()),
            Core.Network.Sum term => sum(term.branches.FromCore()),
            Core.Network.Concat term => concat(term.branches.FromCore()),
            Core.Network.Product term => product(term.branches.FromCore()),
            Core.Network.As term => @as(term.wire),
            Core.Network.Wire term => wire(term.wire),
            Core.Network.Tuple term => tuple(term.outputs.FromCore()),
            _ when TryOpaque(out OpaqueLayer? layer) => opaque(layer),
            _ => throw new InvalidOperationException($"unknown term {Value.Tag}"),
        };
    }

    /// <summary>The outermost term where it is a linear layer, of unit rows or not.</summary>
    /// <param name="layer">The layer; null on failure.</param>
    /// <returns>False where the term is another.</returns>
    public bool TryLinear([NotNullWhen(true)] out LinearLayer? layer)
    {
        layer = Value switch
        {
            Core.Network.Linear term => new(term.coefficients, term.kernel),
            Core.Network.UnitRowLinear term => new(term.rows, term.kernel),
            _ => null,
        };
        return layer is not null;
    }

    /// <summary>The outermost term where it is opaque.</summary>
    /// <param name="layer">The layer; null on failure.</param>
    /// <returns>False where the term is another.</returns>
    public bool TryOpaque([NotNullWhen(true)] out OpaqueLayer? layer)
    {
        layer = Value is Core.Network.Opaque term
            ? new(
                term.node.Name,
                term.node.Output,
                term.node.Channels.ToNullable(),
                SignalShape.Sizes(term.node.Space),
                term.inputs.FromCore())
            : null;
        return layer is not null;
    }

    /// <summary>The name that the outermost term gives a value or reads one by.</summary>
    /// <param name="name">The name; null on failure.</param>
    /// <returns>False where the term does neither.</returns>
    public bool TryWire([NotNullWhen(true)] out string? name)
    {
        name = Value switch
        {
            Core.Network.As term => term.wire,
            Core.Network.Wire term => term.wire,
            _ => null,
        };
        return name is not null;
    }

    /// <summary>Says of every scale why it stands where it does.</summary>
    /// <param name="rules">The rules that might move it; none for those of the canonical form.</param>
    /// <returns>From the input on, scales inside a term before those behind it.</returns>
    /// <exception cref="NetworkException">Branches are nested too deeply.</exception>
    public IReadOnlyList<StandingScale> ExplainScales(params IEnumerable<Rule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var moves = rules.ToCore(nameof(rules));
        var found = Core.Explain.scales(
            moves.IsEmpty ? Core.Canonical.settling(Core.GainDefinition.RowNorm) : moves, Value).OrThrow();
        return [.. found.Select(scale => new StandingScale(scale))];
    }

    /// <summary>The output for one input vector, in float64.</summary>
    /// <param name="input">One number a channel.</param>
    /// <returns>One number an output channel.</returns>
    /// <exception cref="NetworkException">Sizes do not fit, numbers are missing or not finite, or a term is opaque.</exception>
    public IReadOnlyList<double> Evaluate(params ReadOnlySpan<double> input) =>
        Core.Evaluate.vector(Value, input.ToArray()).OrThrow();

    /// <summary>The outputs of a network of named inputs or several outputs, for one vector each, in float64.</summary>
    /// <param name="namedInputs">The inputs read by name, one number a channel.</param>
    /// <param name="input">What flows in, where the network reads it; null where it reads named inputs alone.</param>
    /// <returns>One vector an output, in order.</returns>
    /// <exception cref="NetworkException">
    /// An input is missing, sizes do not fit, numbers are missing or not finite, or a term is opaque.
    /// </exception>
    public IReadOnlyList<IReadOnlyList<double>> EvaluateOutputs(
        IReadOnlyDictionary<string, IReadOnlyList<double>> namedInputs, IReadOnlyList<double>? input = null)
    {
        ArgumentNullException.ThrowIfNull(namedInputs);
        var wires = new FSharpMap<string, Core.Signal>(
            namedInputs.Select(pair => System.Tuple.Create(pair.Key, Core.SignalModule.ofVector([.. pair.Value]))));
        var outputs = Core.Evaluate.run(
            new Core.Numbers(), Core.Evaluate.exact, wires, Core.SignalModule.ofVector([.. input ?? []]), Value).OrThrow();
        return [.. outputs.Select(output => output.Data)];
    }

    /// <summary>The outputs for an input on space, such as an image, in float64.</summary>
    /// <param name="input">What flows in.</param>
    /// <param name="namedInputs">The inputs read by name; null where there are none.</param>
    /// <returns>The outputs, in order.</returns>
    /// <exception cref="NetworkException">
    /// An input is missing, sizes do not fit, numbers are missing or not finite, or a term is opaque.
    /// </exception>
    public IReadOnlyList<Signal> Evaluate(Signal input, IReadOnlyDictionary<string, Signal>? namedInputs = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        var wires = new FSharpMap<string, Core.Signal>(
            (namedInputs ?? new Dictionary<string, Signal>()).Select(pair => System.Tuple.Create(pair.Key, pair.Value.Value)));
        var outputs = Core.Evaluate.run(new Core.Numbers(), Core.Evaluate.exact, wires, input.Value, Value).OrThrow();
        return [.. outputs.Select(Signal.Of)];
    }

    /// <summary>Whether every term can take the sizes that flow into it, as far as they are known.</summary>
    /// <param name="options">The shapes of the inputs; null where nothing is known of them.</param>
    /// <returns>True when no sizes contradict each other.</returns>
    public bool Accepts(CanonicalizeOptions? options = null) =>
        Core.Canonical.prepare((options ?? CanonicalizeOptions.Default).ToCore(), Value).IsOk;

    /// <summary>The canonical form: unit rows everywhere, all magnitude at the output.</summary>
    /// <param name="options">What is known beforehand; null for the defaults.</param>
    /// <param name="form">The form; null on failure.</param>
    /// <param name="error">What is wrong; null on success.</param>
    /// <returns>Whether the network could be canonicalised.</returns>
    public bool TryCanonicalize(
        CanonicalizeOptions? options,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CanonicalForm? form,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error)
    {
        var core = (options ?? CanonicalizeOptions.Default).ToCore();
        var result = Core.Canonical.derive(core, Value);
        form = result.IsOk ? new CanonicalForm(result.ResultValue, core) : null;
        error = result.IsOk ? null : result.ErrorValue.Message;
        return form is not null;
    }

    /// <summary>The canonical form: unit rows everywhere, all magnitude at the output. No weight is read yet.</summary>
    /// <param name="options">What is known beforehand; null for the defaults.</param>
    /// <returns>The form.</returns>
    /// <exception cref="NetworkException">Sizes do not fit, two parameters share a name, or a wire is not named.</exception>
    public CanonicalForm Canonicalize(CanonicalizeOptions? options = null) =>
        TryCanonicalize(options, out var form, out var error) ? form : throw new NetworkException(error);

    /// <summary>
    /// The same function without hidden units that it can do without: dead ones, constant ones, which go into the biases behind them,
    /// ones that nothing reads, and ones that are multiples of others. Weights are read, a layer at a time, and not copied.
    /// </summary>
    /// <param name="options">What is known beforehand; null for the defaults.</param>
    /// <returns>The network, what was removed, what was left and why.</returns>
    /// <exception cref="NetworkException">A number is not finite, or sizes do not fit.</exception>
    public Simplification Simplify(SimplifyOptions? options = null) =>
        new(this, Core.Simplify.network((options ?? SimplifyOptions.Default).ToCore(), new(), Value).OrThrow());

    /// <summary>Whether two networks are the same term over the same parameters. Labels do not count.</summary>
    /// <param name="other">The other network.</param>
    /// <returns>True when they are.</returns>
    public bool Equals(Network? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Network);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two networks are the same term.</summary>
    public static bool operator ==(Network? left, Network? right) => Equals(left, right);

    /// <summary>Whether two networks are different terms.</summary>
    public static bool operator !=(Network? left, Network? right) => !Equals(left, right);

    /// <summary>The arrow notation, such as <c>linear(W1) -> relu -> linear(W2)</c>.</summary>
    public override string ToString() => Core.Print.network(Value);

    /// <summary>The arrow notation with the shapes of the weights, such as <c>linear(W1: 10x64)</c>.</summary>
    /// <returns>One line.</returns>
    public string ToStringWithShapes() => Core.Print.withShapes(Value);
}
