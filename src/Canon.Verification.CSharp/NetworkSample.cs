namespace Canon;

/// <summary>A network with values, and the shapes that flow into it.</summary>
public sealed class NetworkSample
{
    /// <summary>A network of one's own. Such a sample is not shrunk.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The shape that flows in.</param>
    /// <param name="namedInputs">The shapes of the inputs read by name; null when there are none.</param>
    public NetworkSample(
        Network network, SignalShape input, IReadOnlyDictionary<string, SignalShape>? namedInputs = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var options = new CanonicalizeOptions { Input = input, NamedInputs = namedInputs ?? new Dictionary<string, SignalShape>() };
        Value = new(options.ToCore(), network.Value);
    }

    internal NetworkSample(Verification.Sample value) => Value = value;

    internal Verification.Sample Value { get; }

    /// <summary>The network.</summary>
    public Network Network => new(Value.Network);

    /// <summary>The shape that flows in.</summary>
    public SignalShape Input => SignalShape.Of(Value.Options.Input);

    /// <summary>The shapes of the inputs that it may read by name.</summary>
    public IReadOnlyDictionary<string, SignalShape> NamedInputs =>
        Value.Options.Wires.ToDictionary(pair => pair.Key, pair => SignalShape.Of(pair.Value));

    /// <summary>
    /// The same function: every hidden channel that may be rescaled is multiplied by a factor of chance, and divided by it behind.
    /// A network of one's own stays as it is.
    /// </summary>
    /// <param name="seed">The factors follow from it.</param>
    /// <returns>The rescaled network.</returns>
    public Network Rescale(int seed) => new(Value.Rescaled(seed));

    /// <summary>The network in arrow notation, with its values.</summary>
    public override string ToString() => Value.ToString();
}
