using Core = Canon.Algebra;

namespace Canon;

public sealed partial class Network
{
    /// <summary>
    /// The network with symbols replaced wherever they stand, all at once: in layers, gains, slopes, thresholds and biases. A matrix
    /// that a <c>unit_row_linear</c> takes to have unit rows stands for the unit rows of what is put for it.
    /// </summary>
    /// <param name="parameters">Parameters for symbolic parameters, by name. Parameters with values are no symbols and stay.</param>
    /// <param name="gains">Gains for the symbols of gains, by name; null for none.</param>
    /// <returns>The network.</returns>
    /// <exception cref="NetworkException">What is put for a symbol does not have its size.</exception>
    public Network Substitute(
        IReadOnlyDictionary<string, Parameter> parameters, IReadOnlyDictionary<string, Gain>? gains = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new(Core.SubstitutionModule.network(Interop.Substitution(parameters, gains), Value).OrThrow());
    }

    /// <summary>
    /// The network with random numbers in the place of symbols, to be evaluated: normal rows with norms around 1, normal biases,
    /// positive gains. Sizes follow from each other; those that nothing determines are 2 to 5.
    /// </summary>
    /// <param name="seed">The same seed gives the same numbers.</param>
    /// <returns>The network, all sizes known.</returns>
    /// <exception cref="NetworkException">Sizes contradict each other.</exception>
    public Network WithRandomValues(int seed)
    {
        var sized = Core.Instantiate.sizes(
            Microsoft.FSharp.Core.FuncConvert.FromFunc<int, int>(Core.Instantiate.smallSizes),
            [Value]).OrThrow();
        return new(Core.Instantiate.values(seed, sized).OrThrow().Networks.Head);
    }
}
