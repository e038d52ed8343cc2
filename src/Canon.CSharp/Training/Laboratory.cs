using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Core = Canon.Algebra.Training;

namespace Canon;

/// <summary>A task of classification, split anew into samples to learn from, to choose by and to judge by for every seed.</summary>
public sealed class Dataset
{
    private Dataset(Core.Dataset value) => Value = value;

    /// <summary>The tasks that are generated: <c>moons</c> and <c>spirals</c>.</summary>
    public static IReadOnlyList<Dataset> Generated { get; } = [.. Core.DatasetModule.generated.Select(dataset => new Dataset(dataset))];

    /// <summary>The name.</summary>
    public string Name => Value.Name;

    /// <summary>One line: what it is, and how large its parts are.</summary>
    public string Description => Value.Description;

    /// <summary>Numbers of a sample.</summary>
    public int Inputs => Value.Inputs;

    /// <summary>The number of classes.</summary>
    public int Classes => Value.Classes;

    internal Core.Dataset Value { get; }

    /// <summary>A table of samples, split anew for every seed.</summary>
    /// <param name="name">The name.</param>
    /// <param name="description">One line for people.</param>
    /// <param name="inputs">The samples, all of as many numbers.</param>
    /// <param name="classes">The class of each, from 0.</param>
    /// <param name="train">How many to learn from.</param>
    /// <param name="validation">How many to choose by; the others are to judge by.</param>
    /// <param name="noise">The part of the classes to learn from and to choose by that is drawn by chance.</param>
    /// <returns>The task.</returns>
    /// <exception cref="ArgumentException">There are too few samples, or a class is negative.</exception>
    public static Dataset OfTable(
        string name,
        string description,
        IReadOnlyList<double[]> inputs,
        IReadOnlyList<int> classes,
        int train,
        int validation,
        double noise = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(classes);
        return new(Core.DatasetModule.ofTable(name, description, [.. inputs], [.. classes], train, validation, noise));
    }

    /// <summary>The samples to learn from.</summary>
    /// <param name="seed">The same seed gives the same.</param>
    /// <returns>The samples.</returns>
    public Samples Train(int seed) => new(Value.Draw.Invoke(seed).Train);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>What keeps a network in check while it is trained.</summary>
public sealed class Method : IEquatable<Method>
{
    private Method(Core.Method value) => Value = value;

    /// <summary>
    /// The nine: none, l2, adamw, weight-norm, batch-norm, gain-penalty, pcr-hard, pcr-soft, manifold.
    /// </summary>
    public static IReadOnlyList<Method> All { get; } = [.. Core.MethodModule.all.Select(method => new Method(method))];

    /// <summary>The name, such as <c>pcr-hard:canonical:note</c>: behind colons what differs from the defaults.</summary>
    public string Name => Core.MethodModule.name(Value);

    /// <summary>Whether it has a strength: a λ, a decay or a cap.</summary>
    public bool HasStrength => !Core.MethodModule.strengths(Value).IsEmpty;

    /// <summary>Whether it has events.</summary>
    public bool HasEvents => Value.Kind.IsPcrHard || Value.Kind.IsPcrSoft;

    internal Core.Method Value { get; }

    /// <summary>
    /// The method of a name; behind colons a gauge (canonical, original, balanced), a moment rule (covariant, full, note, reset, keep),
    /// row-norm or augmented, cap-in-moments, no-start, period=N.
    /// </summary>
    /// <param name="text">The name.</param>
    /// <param name="method">The method; null on failure.</param>
    /// <param name="error">What is not known; null on success.</param>
    /// <returns>False where there is no such method.</returns>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out Method? method, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = Core.MethodModule.parse(text);
        method = result.IsOk ? new(result.ResultValue) : null;
        error = result.IsOk ? null : result.ErrorValue;
        return method is not null;
    }

    /// <summary>The method of a name.</summary>
    /// <param name="text">The name.</param>
    /// <returns>The method.</returns>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static Method Parse(string text) =>
        TryParse(text, out Method? method, out string? error) ? method : throw new ArgumentException(error, nameof(text));

    /// <summary>An MLP with ReLUs as the method wants it, drawn by a seed.</summary>
    /// <param name="seed">The same seed draws the same directions for all methods.</param>
    /// <param name="inputs">Numbers of a sample.</param>
    /// <param name="hidden">The widths of the hidden layers.</param>
    /// <param name="classes">The number of classes.</param>
    /// <returns>The network.</returns>
    public Network CreateNetwork(int seed, int inputs, IEnumerable<int> hidden, int classes)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        return new(Core.MethodModule.network(Value, seed, inputs, ListModule.OfSeq(hidden), classes));
    }

    /// <inheritdoc/>
    public bool Equals(Method? other) => other is not null && Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Method);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two methods are the same.</summary>
    public static bool operator ==(Method? left, Method? right) => Equals(left, right);

    /// <summary>Whether two methods differ.</summary>
    public static bool operator !=(Method? left, Method? right) => !Equals(left, right);

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal static Method Of(Core.Method value) => new(value);
}

/// <summary>What is the same for all methods of an experiment.</summary>
public sealed record LaboratoryOptions
{
    /// <summary>Two hidden layers of 64, 1,000 steps of 32 samples, 20 trials of 2 runs, chosen by negative log-likelihood.</summary>
    public static LaboratoryOptions Default { get; } = new();

    /// <summary>The widths of the hidden layers.</summary>
    public IReadOnlyList<int> Hidden
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    } = [64, 64];

    /// <summary>Steps of a run.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Samples a step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Rates and strengths that are tried for each method: as many for one as for another.</summary>
    public int Trials { get; init; } = 20;

    /// <summary>Runs of each trial.</summary>
    public int TuningSeeds { get; init; } = 2;

    /// <summary>
    /// Whether the setting of the best accuracy is chosen, and of equals the one of the least negative log-likelihood; else the latter
    /// alone decides.
    /// </summary>
    public bool TuneByAccuracy { get; init; }

    internal Core.LaboratoryOptions ToCore() =>
        new(ListModule.OfSeq(Hidden), Steps, BatchSize, Trials, TuningSeeds, TuneByAccuracy);
}

/// <summary>What a method is run with.</summary>
/// <param name="Method">The method.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="Strength">λ, a decay or a cap; null where the method has none.</param>
public sealed record MethodSetting(Method Method, double Rate, double? Strength);

/// <summary>How good a network is on some samples.</summary>
/// <param name="Accuracy">The part that is classified right.</param>
/// <param name="NegativeLogLikelihood">The mean of −ln p(class).</param>
/// <param name="CalibrationError">Over 15 bins of confidence the mean distance of confidence and accuracy.</param>
public readonly record struct Quality(double Accuracy, double NegativeLogLikelihood, double CalibrationError);

/// <summary>A place on the curve of a run.</summary>
/// <param name="Step">The step.</param>
/// <param name="TrainingLoss">The mean loss of the batches since the point before.</param>
/// <param name="Validation">How good it is on the samples to choose by.</param>
/// <param name="GlobalGain">‖g_final‖ there, by row norms.</param>
public sealed record CurvePoint(int Step, double TrainingLoss, Quality Validation, double GlobalGain);

/// <summary>A run from start to end.</summary>
/// <param name="Dataset">The name of the task.</param>
/// <param name="Setting">What was run.</param>
/// <param name="Seed">The seed of split, start and order.</param>
/// <param name="Test">How good it is on the samples to judge by; NaN where it failed.</param>
/// <param name="GlobalGain">‖g_final‖ at the end, by row norms.</param>
/// <param name="Seconds">What the steps took, events included.</param>
/// <param name="EventSeconds">What the events took.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Jumps">
/// What events add to the training loss against going on without them, <see cref="Laboratory.JumpSteps"/> steps behind one: the means over
/// two events; NaN where there are none.
/// </param>
/// <param name="Curve">On the way.</param>
/// <param name="Failure">Why it ended before its last step; null where it did not.</param>
public sealed record LaboratoryRun(
    string Dataset,
    MethodSetting Setting,
    int Seed,
    Quality Test,
    double GlobalGain,
    double Seconds,
    double EventSeconds,
    int Steps,
    IReadOnlyList<double> Jumps,
    IReadOnlyList<CurvePoint> Curve,
    string? Failure);

/// <summary>Experiments: methods against each other, each tuned as much as the others, on seeds that tuning has not seen.</summary>
public static class Laboratory
{
    /// <summary>How many steps behind an event its jump is measured.</summary>
    public static IReadOnlyList<int> JumpSteps { get; } = [.. Core.Laboratory.jumpSteps];

    /// <summary>
    /// The best setting on the samples to choose by, of as many rates times strengths as there are trials.
    /// </summary>
    /// <param name="dataset">The task.</param>
    /// <param name="method">The method.</param>
    /// <param name="options">What is the same for all methods; null for the defaults.</param>
    /// <param name="progress">Told of the part done, in [0, 1].</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>The setting.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static MethodSetting Tune(
        Dataset dataset,
        Method method,
        LaboratoryOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(method);
        options ??= LaboratoryOptions.Default;
        var done = 0;
        return SettingOf(Core.Laboratory.tune(
            options.ToCore(),
            dataset.Value,
            method.Value,
            FuncConvert.FromAction(() => progress?.Report(Math.Min(1, ++done / (double)options.Trials))),
            cancellation));
    }

    /// <summary>One run. The same arguments give the same numbers, times aside. Errors of training end it and stand in it.</summary>
    /// <param name="dataset">The task.</param>
    /// <param name="setting">What is run.</param>
    /// <param name="seed">The seed of split, start and order.</param>
    /// <param name="options">What is the same for all methods; null for the defaults.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>The run.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LaboratoryRun Run(
        Dataset dataset,
        MethodSetting setting,
        int seed,
        LaboratoryOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(setting);
        Core.Run run = Core.Laboratory.run(
            (options ?? LaboratoryOptions.Default).ToCore(),
            dataset.Value,
            new(setting.Method.Value, setting.Rate, setting.Strength ?? double.NaN),
            seed,
            cancellation);
        return new(
            run.Dataset,
            SettingOf(run.Setting),
            run.Seed,
            QualityOf(run.Test),
            run.GlobalGain,
            run.Seconds,
            run.EventSeconds,
            run.Steps,
            run.Jumps,
            [.. run.Curve.Select(p => new CurvePoint(p.Step, p.TrainingLoss, QualityOf(p.Validation), p.GlobalGain))],
            OptionModule.IsSome(run.Failure) ? run.Failure!.Value : null);
    }

    private static MethodSetting SettingOf(Core.Setting setting) => new(
        Method.Of(setting.Method), setting.Rate, double.IsNaN(setting.Strength) ? null : setting.Strength);

    private static Quality QualityOf(Core.Quality quality) =>
        new(quality.Accuracy, quality.NegativeLogLikelihood, quality.CalibrationError);
}
