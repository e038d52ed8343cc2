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

    /// <summary>
    /// The loss of samples and its derivatives by all parameters, in float64. Gains are differentiated as the expressions that they are,
    /// so that a rewritten network has the derivatives of the original.
    /// </summary>
    /// <param name="samples">The batch.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="batchStatistics">Whether batch norms normalize by the statistics of the batch, as in training, not by what they keep.</param>
    /// <returns>The loss and its derivatives.</returns>
    /// <exception cref="NetworkException">Sizes do not fit, numbers are missing or not finite, or a term is opaque.</exception>
    public GradientReport Gradient(Samples samples, Loss loss = Loss.CrossEntropy, bool batchStatistics = false)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Core.Gradient gradient = Core.GradientModule.run(
            new(),
            batchStatistics ? Core.GradientModule.training : Core.GradientModule.inference,
            Microsoft.FSharp.Collections.MapModule.Empty<string, Algebra.Signal>(),
            samples.Value.Input,
            Core.LossModule.objective(Samples.ToCore(loss), samples.Value.Targets),
            Value).OrThrow();
        return new(gradient.Loss, Canon.Tensors.FromCore(gradient.Parameters));
    }

    /// <summary>The part of samples that the network classifies right: whose class has the largest entry of the output.</summary>
    /// <param name="samples">Samples of classes.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="NetworkException">Sizes do not fit, numbers are missing or not finite, or the samples have no classes.</exception>
    public double Accuracy(Samples samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return Core.Classification.accuracy(samples.Value, Value).OrThrow();
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
