using Core = Canon.Algebra;

namespace Canon;

/// <summary>What went of a layer.</summary>
/// <param name="Name">Its label, or the name of its weight where it has none.</param>
/// <param name="Dead">Units that were 0 wherever they were read.</param>
/// <param name="Constant">Units that were a constant, which the biases of the layers that read them now hold.</param>
/// <param name="Unobserved">Units that no layer read.</param>
/// <param name="Duplicate">Units that were multiples of a unit that stayed.</param>
/// <param name="ParametersBefore">Numbers of its weight and bias before; columns go with the units of the layers in front.</param>
/// <param name="ParametersAfter">The same after.</param>
public sealed record SimplifiedLayer(
    string Name, int Dead, int Constant, int Unobserved, int Duplicate, long ParametersBefore, long ParametersAfter)
{
    /// <summary>All units that went.</summary>
    public int Removed => Dead + Constant + Unobserved + Duplicate;
}

/// <summary>Units that look redundant and stay.</summary>
/// <param name="Name">The layer that makes them.</param>
/// <param name="Units">How many.</param>
/// <param name="Reason">Why they stay.</param>
public sealed record KeptUnits(string Name, int Units, string Reason);

/// <summary>A layer that was not looked into: its rows and columns stay.</summary>
/// <param name="Name">Its label, or the name of its weight where it has none.</param>
/// <param name="Reason">Why it was left.</param>
public sealed record LeftLayer(string Name, string Reason);

/// <summary>A network without the units that it can do without, and what they were.</summary>
public sealed class Simplification
{
    internal Simplification(Network original, Core.Simplified value)
    {
        Original = original;
        Network = new(value.Network);
        Layers =
        [
            .. value.Layers.Select(layer => new SimplifiedLayer(
                layer.Name, layer.Dead, layer.Constant, layer.Unobserved, layer.Duplicate, layer.ParametersBefore, layer.ParametersAfter)),
        ];
        Kept = [.. value.Kept.Select(kept => new KeptUnits(kept.Name, kept.Units, kept.Reason))];
        Left = [.. value.Left.Select(left => new LeftLayer(left.Name, left.Reason))];
        ParametersBefore = value.ParametersBefore;
        ParametersAfter = value.ParametersAfter;
    }

    /// <summary>The network that was simplified.</summary>
    public Network Original { get; }

    /// <summary>The same function with fewer units. Weights are not copied: what stays of them is selected.</summary>
    public Network Network { get; }

    /// <summary>The layers that lost something, from the input on.</summary>
    public IReadOnlyList<SimplifiedLayer> Layers { get; }

    /// <summary>Units that look redundant and stay, with the reasons.</summary>
    public IReadOnlyList<KeptUnits> Kept { get; }

    /// <summary>The layers that were left as they are, with the reasons.</summary>
    public IReadOnlyList<LeftLayer> Left { get; }

    /// <summary>The stored numbers of the network before.</summary>
    public long ParametersBefore { get; }

    /// <summary>Those of the network after.</summary>
    public long ParametersAfter { get; }

    /// <summary>
    /// The canonical form of the simplified network. Its <see cref="CanonicalForm.Check"/> compares with the network before it was
    /// simplified.
    /// </summary>
    /// <param name="options">What is known beforehand; null for the defaults.</param>
    /// <returns>The form.</returns>
    /// <exception cref="NetworkException">Sizes do not fit, or a wire is not named.</exception>
    public CanonicalForm Canonicalize(CanonicalizeOptions? options = null)
    {
        var core = (options ?? CanonicalizeOptions.Default).ToCore();
        return new(Core.Canonical.derive(core, Network.Value).OrThrow(), core, Original);
    }
}
