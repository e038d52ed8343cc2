using Algebra = Canon.Algebra;
using Core = Canon.Algebra.Training;

namespace Canon;

public sealed partial class Network
{
    /// <summary>
    /// The numbers of every parameter, copied, by rows: of each row the columns that it reads, of each column the taps.
    /// </summary>
    /// <returns>By the name of the parameter.</returns>
    /// <exception cref="NetworkException">A parameter has no values, or one that is not finite.</exception>
    public IReadOnlyDictionary<string, double[]> Tensors() => Canon.Tensors.FromCore(Core.TensorsModule.ofNetwork(Value).OrThrow());

    /// <summary>The network with other numbers in the place of its own, which are not copied and must not be changed afterwards.</summary>
    /// <param name="tensors">By the name of the parameter; parameters that are not named stay.</param>
    /// <returns>The network.</returns>
    /// <exception cref="NetworkException">A tensor is of another size than its parameter.</exception>
    public Network WithTensors(IReadOnlyDictionary<string, double[]> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return new(Core.TensorsModule.bind(Canon.Tensors.ToCore(tensors), Value).OrThrow());
    }

    /// <summary>Gets ready for events of periodic canonical regularization. Numbers are not looked at.</summary>
    /// <param name="options">How events go; null for the defaults.</param>
    /// <param name="input">The shape that flows in; null where the layers tell it.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A period below 1, a cap that is not positive, a negative strength.</exception>
    /// <exception cref="NetworkException">The output's gain cannot be capped, or a size is not known.</exception>
    public PcrPlan PlanPcr(PcrOptions? options = null, SignalShape? input = null)
    {
        options ??= PcrOptions.Default;
        return new(
            Core.Pcr.plan(
                options.ToCore(), input is { } shape ? shape.ToCore() : Algebra.ShapeModule.unknown, Value).OrThrow(),
            options);
    }
}
