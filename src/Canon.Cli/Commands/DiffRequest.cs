using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary>What the user asked <c>canon diff</c> for.</summary>
internal sealed record DiffRequest(
    string First, string Second, double? Tolerance, int Samples, int Seed, string? Gauge, bool Force)
{
    /// <summary>Refuses a target in the way before any work is done.</summary>
    public void RequireFreeTargets()
    {
        if (Gauge is { Length: > 0 } && (Targets.AreSame(Gauge, First) || Targets.AreSame(Gauge, Second)))
            throw new UsageException($"{Gauge}: this is a model that is compared; name another file");
        Targets.RequireWritable(null, Gauge, Force);
    }

    /// <summary>Compares the models, and writes the gauge where there is one.</summary>
    public Comparison Execute()
    {
        // Each layer is compared by itself, whether a file shares its weight or not.
        using OnnxModel first = OnnxModel.Open(First, splitShared: true);
        using OnnxModel second = OnnxModel.Open(Second, splitShared: true);
        if (Gauge is not null && first.DataFiles.Concat(second.DataFiles).Any(file => Targets.AreSame(file, Gauge)))
            throw new UsageException($"{Gauge}: holds weights of a model that is compared; name another file");
        Comparison comparison;
        try
        {
            comparison = first.Network.CompareTo(second.Network, new EqualityOptions
            {
                Tolerance = Tolerance,
                First = first.Options,
                Second = second.Options,
                AreSame = (own, other) => first.HasSameOperator(own, second, other),
                Samples = Samples,
                Seed = Seed,
            });
        }
        catch (NetworkException failure)
        {
            throw new UsageException($"{First}, {Second}: {failure.Message}");
        }

        if (Gauge is not null && comparison.Equivalence == Equivalence.Equal)
        {
            if (comparison.Gauge is null)
                throw new UsageException($"{Gauge}: the models are equal, and no gauge leads from one to the other: a factor went into a normalization or a product");
            using Targets.Text file = Targets.Text.Create(Gauge, comparison.Gauge.ToJson());
            file.Commit(Force);
        }

        return comparison;
    }
}
