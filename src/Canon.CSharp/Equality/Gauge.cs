using Microsoft.FSharp.Core;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>
/// What a gauge does to a tensor: new[i, j] = RowFactors[i] · old[RowSources[i], ColumnSources[j]] · ColumnFactors[j], and the same of
/// each tap. Of a weight of groups or a diagonal, j counts all columns.
/// </summary>
/// <param name="Name">The name of the parameter.</param>
/// <param name="RowFactors">One a row.</param>
/// <param name="RowSources">For each row the one that it comes from.</param>
/// <param name="ColumnFactors">One a column; null for a vector.</param>
/// <param name="ColumnSources">For each column the one that it comes from; null for a vector.</param>
public sealed record TensorGauge(
    string Name,
    IReadOnlyList<double> RowFactors,
    IReadOnlyList<int> RowSources,
    IReadOnlyList<double>? ColumnFactors,
    IReadOnlyList<int>? ColumnSources);

/// <summary>
/// An element of the group of rewritings that keep a network's architecture: a positive factor for every class of hidden channels, those
/// of a residual stream in common, then another place for hidden units. It leads from one representative of a network to another, and
/// the function stays.
/// </summary>
public sealed class Gauge
{
    private readonly Lazy<Dictionary<string, Core.Share>> shares;

    internal Gauge(Core.Gauge value)
    {
        Value = value;
        shares = new(() => value.Rescaling.Shares.ToDictionary(share => share.Parameter.Name));
    }

    internal Core.Gauge Value { get; }

    /// <summary>Whether every unit keeps its place.</summary>
    public bool KeepsOrder => Core.GaugeModule.isOrdered(Value);

    /// <summary>The parameters that can be rescaled, from the input on.</summary>
    public IReadOnlyList<string> Names => [.. Value.Rescaling.Shares.Select(share => share.Parameter.Name)];

    /// <summary>What it does to each of them.</summary>
    public IReadOnlyList<TensorGauge> Tensors => [.. Value.Rescaling.Shares.Select(Of)];

    /// <summary>What it does to one of them.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>Its factors and places.</returns>
    /// <exception cref="ArgumentException">No such parameter can be rescaled.</exception>
    public TensorGauge Tensor(string name) => Of(Share(name));

    /// <summary>A parameter as it is in the gauge, in the order and the type in which it is stored.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>The bytes, computed when they are read.</returns>
    /// <exception cref="ArgumentException">No such parameter can be rescaled.</exception>
    /// <exception cref="NetworkException">A number is not finite.</exception>
    public StoredWeight Weight(string name)
    {
        Core.Share share = Share(name);
        return new(Core.GaugeModule.stored(1, Value, share, share.Parameter).OrThrow());
    }

    /// <summary>A tensor beside a parameter, such as a moment of an optimizer, as it is in the gauge, in the order and the type in which it is stored.</summary>
    /// <param name="name">The parameter to which it belongs.</param>
    /// <param name="tensor">As many numbers as the parameter has, in the same order.</param>
    /// <param name="power">Of the factors: −1 for a mean of derivatives, −2 for one of their squares, 1 for a learning rate.</param>
    /// <returns>The bytes, computed when they are read.</returns>
    /// <exception cref="ArgumentException">No such parameter can be rescaled.</exception>
    /// <exception cref="NetworkException">The tensor is of another size, or a number is not finite.</exception>
    public StoredWeight State(string name, Storage tensor, int power)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Core.Share share = Share(name);
        Core.Parameter beside = Core.Training.TensorsModule.beside(share.Parameter, new Storage.Adapter(tensor)).OrThrow();
        return new(Core.GaugeModule.stored(power, Value, share, beside).OrThrow());
    }

    /// <summary>This gauge, then another of the same network.</summary>
    /// <param name="next">What follows.</param>
    /// <returns>Both as one.</returns>
    /// <exception cref="ArgumentException">The gauges were found for different networks.</exception>
    public Gauge Then(Gauge next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new(Core.GaugeModule.compose(Value, next.Value));
    }

    /// <summary>The way back.</summary>
    /// <returns>The inverse.</returns>
    public Gauge Invert() => new(Core.GaugeModule.invert(Value));

    /// <summary>The same with every factor rounded to a power of two: it then rounds no weight.</summary>
    /// <returns>The gauge.</returns>
    public Gauge ToLossless() => new(Core.GaugeModule.lossless(Value));

    /// <summary>The network that this gauge leads to: the same function. No weight is copied.</summary>
    /// <param name="network">The network that the gauge was found for.</param>
    /// <returns>The network, with diagonals around its parameters.</returns>
    public Network Apply(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new(Core.GaugeModule.network(Value, network.Value));
    }

    /// <summary>
    /// Tensors by name that belong to the network's parameters, such as a checkpoint or the moments of an optimizer, as they are in the
    /// gauge. Tensors of parameters that no gauge changes stay as they are.
    /// </summary>
    /// <param name="tensors">As many numbers each as the parameter has, by rows.</param>
    /// <param name="power">Of the factors: 1 for weights, −1 for derivatives and their means, −2 for means of their squares.</param>
    /// <returns>New tensors under the same names.</returns>
    /// <exception cref="NetworkException">A tensor has another size than its parameter, or a number that is not finite.</exception>
    public IReadOnlyDictionary<string, double[]> Apply(IReadOnlyDictionary<string, double[]> tensors, int power = 1)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var changed = tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value);
        foreach (Core.Share share in Value.Rescaling.Shares)
            Put(share, power);
        foreach (Core.Share share in Value.Rescaling.Carried)
            Put(share, 0);
        return changed;

        void Put(Core.Share share, int exponent)
        {
            string name = share.Parameter.Name;
            if (!tensors.TryGetValue(name, out double[]? numbers))
                return;
            ArgumentNullException.ThrowIfNull(numbers, nameof(tensors));
            changed[name] = Core.GaugeModule.scaledTensor(exponent, Value, share, numbers).OrThrow();
        }
    }

    /// <summary>
    /// One JSON object with what the gauge does to each tensor that it changes: <c>{"tensors": [{"name", "rows": {"factors", "from"},
    /// "columns": …}]}</c>. What is missing does nothing.
    /// </summary>
    /// <returns>The text; <see cref="Network.ReadGauge"/> reads it.</returns>
    /// <exception cref="NetworkException">A factor is beyond the range of a double.</exception>
    public string ToJson() => Core.GaugeDocument.write(Value).OrThrow();

    /// <summary>The parameters with the least and the greatest factor of their rows, a line each.</summary>
    public override string ToString() => string.Join('\n', Tensors.Select(tensor => FormattableString.Invariant(
        $"{tensor.Name}: rows by {tensor.RowFactors.Min():G4} to {tensor.RowFactors.Max():G4}{(tensor.RowSources.Index().All(row => row.Index == row.Item) ? "" : ", in another order")}")));

    private TensorGauge Of(Core.Share share)
    {
        var factors = Core.GaugeModule.factors(1, Value, share);
        var sources = Core.GaugeModule.sources(Value, share);
        return new(
            share.Parameter.Name,
            Floats(factors.Item1),
            sources.Item1,
            OptionModule.IsSome(factors.Item2) ? Floats(factors.Item2!.Value) : null,
            OptionModule.IsSome(sources.Item2) ? sources.Item2!.Value : null);
    }

    private Core.Share Share(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return shares.Value.TryGetValue(name, out Core.Share? share)
            ? share
            : throw new ArgumentException($"{name}: no such parameter can be rescaled", nameof(name));
    }

    private static double[] Floats(Core.Magnitude[] factors) => [.. factors.Select(Core.MagnitudeModule.toFloat)];
}
