using Microsoft.FSharp.Collections;
using Core = Canon.Algebra.Training;

namespace Canon;

/// <summary>What is lost where outputs are not as they should be: means over the samples, of the logits.</summary>
public enum Loss
{
    /// <summary>−ln softmax(y)[class].</summary>
    CrossEntropy,

    /// <summary>−t·ln σ(y) − (1 − t)·ln(1 − σ(y)), the mean over all numbers.</summary>
    BinaryCrossEntropy,

    /// <summary>(y − t)², the mean over all numbers.</summary>
    Squared,
}

/// <summary>Samples, and what a network's outputs for them should be. Immutable.</summary>
public sealed class Samples
{
    internal Samples(Core.Samples value) => Value = value;

    /// <summary>The number of samples.</summary>
    public int Count => Value.Input.Samples;

    /// <summary>The shape of one.</summary>
    public SignalShape Shape => new(Value.Input.Channels, [.. Value.Input.Space]);

    internal Core.Samples Value { get; }

    /// <summary>Samples of classes.</summary>
    /// <param name="shape">The shape of a sample.</param>
    /// <param name="inputs">The samples, one after the other; of each the positions, and at each position the channels. They are copied.</param>
    /// <param name="classes">The class of each, from 0.</param>
    /// <returns>The samples.</returns>
    /// <exception cref="ArgumentException">The inputs do not fill as many samples as there are classes.</exception>
    public static Samples OfClasses(SignalShape shape, IReadOnlyCollection<double> inputs, IReadOnlyCollection<int> classes)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(classes);
        return new(new(Signal(shape, inputs, classes.Count), Core.Targets.NewClasses([.. classes])));
    }

    /// <summary>Samples of numbers.</summary>
    /// <param name="shape">The shape of a sample.</param>
    /// <param name="inputs">The samples, one after the other; of each the positions, and at each position the channels. They are copied.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="targets">For each sample one number for each of the output.</param>
    /// <returns>The samples.</returns>
    /// <exception cref="ArgumentException">The inputs do not fill the samples.</exception>
    public static Samples OfNumbers(
        SignalShape shape, IReadOnlyCollection<double> inputs, int count, IReadOnlyCollection<double> targets)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new(new(Signal(shape, inputs, count), Core.Targets.NewValues([.. targets])));
    }

    internal static Core.Loss ToCore(Loss loss) => loss switch
    {
        Loss.BinaryCrossEntropy => Core.Loss.BinaryCrossEntropy,
        Loss.Squared => Core.Loss.Squared,
        _ => Core.Loss.CrossEntropy,
    };

    private static Algebra.Signal Signal(SignalShape shape, IReadOnlyCollection<double> inputs, int count) =>
        Algebra.SignalModule.create(count, ListModule.OfSeq(shape.Space), shape.Channels, [.. inputs]);
}

/// <summary>A loss and its derivatives.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="Parameters">
/// By the name of each parameter the derivative by every entry of it, by rows; parameters on which the loss does not depend are not
/// among them.
/// </param>
public sealed record GradientReport(double Loss, IReadOnlyDictionary<string, double[]> Parameters);
