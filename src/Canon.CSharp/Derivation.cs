using Microsoft.FSharp.Collections;
using Core = Canon.Algebra;

namespace Canon;

/// <summary>One application of a rule.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="At">Where: the layer's label and the path of indices.</param>
/// <param name="Before">The terms that were replaced.</param>
/// <param name="After">The terms that replaced them.</param>
public sealed record RewriteStep(string Rule, string At, Network Before, Network After);

/// <summary>A rule that matched and did not fire.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="At">Where: the layer's label and the path of indices.</param>
/// <param name="Reason">Why it did not fire.</param>
public sealed record Refusal(string Rule, string At, string Reason)
{
    /// <summary>Such as <c>activation-commutation matched at 3, refused: sigmoid is not positively homogeneous</c>.</summary>
    public override string ToString() => Core.DerivationDocument.refused(Rule, At, Reason);
}

/// <summary>A name that a derivation introduced.</summary>
/// <param name="Name">Such as <c>V2</c>.</param>
/// <param name="Meaning">Such as <c>diag(1/g2) * W2 * diag(g1)</c>.</param>
public sealed record Definition(string Name, string Meaning);

/// <summary>A rewriting of a network, step by step.</summary>
public sealed class Derivation
{
    private readonly Core.Derivation value;

    internal Derivation(Core.Derivation value)
    {
        this.value = value;
        Steps = [.. value.Steps.Select(Step)];
        Refusals = [.. value.Refusals.Select(r => new Refusal(r.Rule, r.Place.ToString(), r.Reason))];
    }

    /// <summary>The network before the first step.</summary>
    public Network Original => new(value.Original);

    /// <summary>The network after the last step.</summary>
    public Network Result => new(value.Result);

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<RewriteStep> Steps { get; }

    /// <summary>Rules that matched and did not fire, and why.</summary>
    public IReadOnlyList<Refusal> Refusals { get; }

    /// <summary>Whether the strategy ran to its end instead of stopping at its limit of steps.</summary>
    public bool IsComplete => value.Stop.IsCompleted;

    /// <summary>
    /// What the steps took for granted because there were no numbers to decide it, such as <c>g0 > 0</c>; names mean what they mean
    /// in the result.
    /// </summary>
    public IReadOnlyList<string> Assumptions
    {
        get
        {
            var notation = ResultWritten();
            return [.. value.Assumptions.Select(assumption => Core.AssumptionModule.text(notation, assumption))];
        }
    }

    /// <summary>The names in the result and in the assumptions, and what they stand for, each before the ones that need it.</summary>
    public IReadOnlyList<Definition> Definitions
    {
        get
        {
            var notation = ResultWritten();
            foreach (var assumption in value.Assumptions)
                notation.WriteGain(assumption.gain);
            return [.. notation.Definitions.Select(d => new Definition(d.Item1, d.Item2))];
        }
    }

    /// <summary>
    /// The derivation in plain lines: original, result, definitions, every step, refusals and assumptions, why it ended.
    /// </summary>
    /// <returns>Several lines; a name means the same in all of them.</returns>
    public string ToText() => Core.DerivationDocument.text(value);

    /// <summary>The derivation as a Markdown document: result, every step, refusals, assumptions, definitions.</summary>
    /// <param name="title">The first heading.</param>
    /// <returns>The document.</returns>
    public string ToMarkdown(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        return Core.DerivationDocument.markdown(title, value);
    }

    /// <summary>The derivation as LaTeX: an <c>aligned</c> block for display mathematics, <c>\[ … \]</c>, with amsmath.</summary>
    /// <returns>The block.</returns>
    public string ToLatex() => Core.DerivationDocument.latex(value);

    /// <summary>
    /// The derivation for other programs, as a JSON object: <c>original</c>, <c>result</c>, <c>definitions</c>, <c>steps</c>,
    /// <c>refusals</c>, <c>assumptions</c> and <c>stop</c>, networks as <see cref="Network.ToJson"/> writes them.
    /// </summary>
    /// <returns>The object.</returns>
    public string ToJson() => Core.DerivationDocument.json(value);

    /// <summary>The same steps on another network that has the same terms at their places.</summary>
    /// <param name="network">The network; the original gives the result again.</param>
    /// <returns>The network after the last step.</returns>
    /// <exception cref="InvalidOperationException">A step does not find its terms.</exception>
    public Network Replay(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var result = Core.DerivationModule.replay(value, network.Value);
        return result.IsOk ? new(result.ResultValue) : throw new InvalidOperationException(result.ErrorValue.Message);
    }

    /// <summary>The way back, from the result to the original.</summary>
    /// <returns>The steps in reverse order, each turned round.</returns>
    public Derivation Invert() => new(Core.DerivationModule.invert(value));

    /// <summary>The same steps with symbols replaced, in the terms and in the assumptions.</summary>
    /// <param name="parameters">Parameters for symbolic parameters, by name.</param>
    /// <param name="gains">Gains for the symbols of gains, by name; null for none.</param>
    /// <returns>
    /// Of a symbolic derivation that of the numbers, step by step, where the rules decide alike by symbols and by numbers.
    /// </returns>
    /// <exception cref="NetworkException">What is put for a symbol does not have its size.</exception>
    public Derivation Substitute(
        IReadOnlyDictionary<string, Parameter> parameters, IReadOnlyDictionary<string, Gain>? gains = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new(Core.DerivationModule.substitute(Interop.Substitution(parameters, gains), value).OrThrow());
    }

    /// <summary>
    /// Checks every step by itself: its terms stand at its place, it is what its rule does there, and the terms before and after
    /// agree on random inputs, with random numbers in the place of symbols. The original and the result are compared too.
    /// </summary>
    /// <param name="ownRules">Rules that the steps name, beside those of the catalog; null for none.</param>
    /// <param name="samples">How many inputs are compared, of each step and of the whole.</param>
    /// <param name="seed">Where the random numbers start.</param>
    /// <param name="cancellation">Looked at before each layer that is computed.</param>
    /// <returns>One verdict a step, and that on the whole.</returns>
    /// <exception cref="NetworkException">Branches are nested too deeply.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public DerivationReport Check(
        IEnumerable<Rule>? ownRules = null, int samples = 8, int seed = 1, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        var defaults = Core.DerivationCheck.options;
        var options = new Core.DerivationCheck.Options(
            ListModule.Append((ownRules ?? []).ToCore(nameof(ownRules)), defaults.Rules),
            samples,
            seed,
            defaults.Tolerance,
            Microsoft.FSharp.Core.FuncConvert.FromAction(cancellation.ThrowIfCancellationRequested));
        return new(Core.DerivationCheck.run(options, value).OrThrow());
    }

    private Core.Notation ResultWritten()
    {
        var notation = new Core.Notation(false);
        notation.Write(value.Result);
        return notation;
    }

    internal static RewriteStep Step(Core.Step step) =>
        new(step.Rule, step.Place.ToString(), Composed(step.Before), Composed(step.After));

    private static Network Composed(FSharpList<Core.Network> terms) => new(Core.NetworkModule.compose(terms));
}
