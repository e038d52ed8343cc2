using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>What is wrong with a rule.</summary>
public enum Fault
{
    /// <summary>The outputs are not the same.</summary>
    OutputsDiffer,

    /// <summary>The rule says that it leaves every bit, and it does not.</summary>
    BitsDiffer,

    /// <summary>The outputs' positions and channels are not the same.</summary>
    ShapesDiffer,

    /// <summary>The rewritten network is not well shaped, or reads what is not there.</summary>
    IllShaped,

    /// <summary>The rule threw an exception.</summary>
    Threw,

    /// <summary>It replaces fewer terms than one, or more than there are.</summary>
    ConsumedOutOfRange,

    /// <summary>Asked again for the same terms, it answered differently.</summary>
    Unsteady,
}

/// <summary>A network that shows that a rule is wrong.</summary>
public sealed class Counterexample
{
    private readonly Verification.Counterexample value;

    internal Counterexample(Verification.Counterexample value)
    {
        this.value = value;
        var (input, wires, expected, actual) = value.Fault switch
        {
            Verification.Fault.OutputsDiffer f => (f.input, f.wires, f.expected, f.actual),
            Verification.Fault.BitsDiffer f => (f.input, f.wires, f.expected, f.actual),
            _ => ([], MapModule.Empty<string, double[]>(), [], []),
        };
        Input = input;
        NamedInputs = wires.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<double>)pair.Value);
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The network, as small as it could be made.</summary>
    public Network Network => new(value.Network);

    /// <summary>Where the rule fired: the layer's label and the path of indices.</summary>
    public string At => value.Place.ToString();

    /// <summary>The terms that were replaced.</summary>
    public Network Before => new(Core.NetworkModule.compose(value.Before));

    /// <summary>The terms that replaced them.</summary>
    public Network After => new(Core.NetworkModule.compose(value.After));

    /// <summary>What is wrong.</summary>
    public Fault Fault => (Fault)value.Fault.Tag;

    /// <summary>What is wrong, in one line.</summary>
    public string Reason => value.Fault.Message;

    /// <summary>The input on which the outputs differ, one position after the other; empty when that is not what is wrong.</summary>
    public IReadOnlyList<double> Input { get; }

    /// <summary>The inputs read by name, likewise.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> NamedInputs { get; }

    /// <summary>The output of the network, one position after the other; empty when outputs are not what is wrong.</summary>
    public IReadOnlyList<double> Expected { get; }

    /// <summary>The output of the rewritten network, likewise.</summary>
    public IReadOnlyList<double> Actual { get; }

    /// <summary>With it as the seed of the options, the first network fails, and shrinks to this one.</summary>
    public int Seed => value.Seed;
}
